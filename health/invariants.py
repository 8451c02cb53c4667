"""What always holds about health, and how to find what breaks it."""

from __future__ import annotations

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from health.engine.overrides import Override
from health.engine.scoring import input_hash, verdict
from health.engine.sentiment import LONGEST_DAYS
from health.engine.transforms import NEUTRAL
from health.models import HealthOverride, HealthScore, ScorecardVersion, Scoring
from health.sql.run import definition_of

SHOWN = 20
SAMPLE = 500

_LATEST = """
    SELECT account.external_id FROM health_accounthealth current JOIN accounts_account account ON account.id = current.account_id
    LEFT JOIN LATERAL (
        SELECT * FROM health_healthscore kept WHERE kept.account_id = current.account_id ORDER BY scored_at DESC LIMIT 1) kept ON true
    WHERE (kept.scored_at, kept.version_id, kept.score, kept.band, kept.coverage, kept.reason, kept.raw, kept.points, kept.input_hash)
        IS DISTINCT FROM (current.scored_at, current.version_id, current.score, current.band, current.coverage, current.reason, current.raw,
                          current.points, current.input_hash)
    ORDER BY account.external_id LIMIT %(shown)s
"""
_MOVES = """
    SELECT move.account_id, move.occurred_at, move.from_band, move.to_band, before.band, after.band FROM health_healthtransition move
    LEFT JOIN LATERAL (
        SELECT band FROM health_healthscore WHERE account_id = move.account_id AND scored_at < move.occurred_at
        ORDER BY scored_at DESC LIMIT 1) before ON true
    LEFT JOIN health_healthscore after ON after.account_id = move.account_id AND after.scored_at = move.occurred_at
    WHERE (before.band, after.band) IS DISTINCT FROM (move.from_band, move.to_band) ORDER BY move.occurred_at, move.id LIMIT %(shown)s
"""
_UNAPPROVED = """
    SELECT card.name, version.number FROM health_scorecardversion version JOIN health_scorecard card ON card.id = version.scorecard_id
    WHERE version.submitted_at IS NOT NULL AND version.activated_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM health_scorecarddecision said WHERE said.version_id = version.id AND said.decision = 'approved'
            AND said.definition_hash = version.definition_hash AND said.decided_by_id IS DISTINCT FROM version.author_id)
    ORDER BY card.name, version.number
"""

_TIMELESS = """
    SELECT account.external_id, said.level FROM health_accountsentiment said JOIN accounts_account account ON account.id = said.account_id
    WHERE said.said_at > said.recorded_at OR said.fades_on <= (said.said_at AT TIME ZONE 'utc')::date
        OR said.fades_on > (said.said_at AT TIME ZONE 'utc')::date + %(most)s
    ORDER BY account.external_id, said.id LIMIT %(shown)s
"""


def wrong_scores() -> list[str]:
    """The latest verdicts, computed again from their raw values."""
    versions = ScorecardVersion.objects.in_bulk()
    typical = {(row.version_id, row.as_of): row.typical for row in Scoring.objects.order_by("-as_of")[:SAMPLE]}
    said = HealthOverride.objects.in_bulk()
    wrong = []
    for kept in HealthScore.objects.order_by("-scored_at", "account_id")[:SAMPLE]:
        definition = definition_of(versions[kept.version_id])
        usual = typical.get((kept.version_id, kept.scored_at), [NEUTRAL] * len(kept.raw))
        override = said[kept.override_id] if kept.override_id else None
        said_by_hand = Override(override.pk, override.band, override.score) if override else None
        again = verdict(definition, kept.raw, usual, said_by_hand)
        same = (again.score, again.band, again.coverage, list(again.points)) == (
            kept.score,
            kept.band,
            kept.coverage,
            kept.points,
        )
        if not same or input_hash(kept.version_id, kept.raw, kept.override_id) != kept.input_hash:
            wrong.append(
                f"Account {kept.account_id} was scored {kept.score} at {kept.scored_at}; its raw values give {again.score}."
            )
    return wrong[:SHOWN]


def current_without_history() -> list[str]:
    found = sql.rows(_LATEST, {"shown": SHOWN})
    return [
        f"The current health of {external_id} is not its latest verdict in the history." for (external_id,) in found
    ]


def moves_without_verdicts() -> list[str]:
    return [
        f"Account {account} moved from {was} to {now} at {at}; the history says {before or 'nothing'} to {after or 'nothing'}."
        for account, at, was, now, before, after in sql.rows(_MOVES, {"shown": SHOWN})
    ]


def several_defaults() -> list[str]:
    found = [
        str(version)
        for version in ScorecardVersion.objects.in_force().select_related("scorecard")
        if definition_of(version).scope is None
    ]
    return (
        [] if len(found) <= 1 else [f"{len(found)} scorecard versions without a scope are active: {', '.join(found)}."]
    )


def unapproved_formulas() -> list[str]:
    return [
        f"{name} v{number} was in force without somebody else's approval of its formula."
        for name, number in sql.rows(_UNAPPROVED)
    ]


def words_without_end() -> list[str]:
    return [
        f"The sentiment “{level}” about {external_id} was said after it was recorded, or does not fade within {LONGEST_DAYS} days."
        for external_id, level in sql.rows(_TIMELESS, {"most": LONGEST_DAYS, "shown": SHOWN})
    ]


INVARIANTS = (
    Invariant("A score follows from its raw values and its formula", wrong_scores),
    Invariant("The current health is the latest verdict of the history", current_without_history),
    Invariant("A change of band joins two verdicts of the history", moves_without_verdicts),
    Invariant("One scorecard version scores whom no scope takes", several_defaults),
    Invariant("A sentiment is recorded when it is said and fades within a year", words_without_end),
    Invariant("A formula that was submitted is in force only as somebody else approved it", unapproved_formulas),
)
