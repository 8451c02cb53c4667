"""Computes what a version would change, and what it would have known before renewals, and keeps that with the version."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from health.engine.contrast import Read, responsible
from health.engine.definition import canonical_hash
from health.engine.prediction.backtest import Verdict
from health.engine.prediction.bands import BandBacktest, Judged, backtest_bands
from health.models import ScorecardPreview, ScorecardVersion
from health.scorecards.assignment import in_force, parts, with_version
from health.sql import previews
from health.sql.run import Part, definition_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from cshub.users.models import User

State = ScorecardVersion.State
SHOWN = 50
DAYS_BEFORE = 90  # a warning later than that comes too late for most terms of notice
HISTORY_DAYS = 720
STEP_DAYS = 60
STALE_DAYS = 7
WAITING = (State.DRAFT, State.RETURNED, State.SUBMITTED)


class CannotPreview(Refused):
    """Only what is not in force yet can change something."""

    code = "cannot_preview"


@transaction.atomic
def preview_version(version: ScorecardVersion, *, by: User | None, as_of: datetime) -> ScorecardPreview:
    """Compute what this version would change on the facts known at `as_of` and keep it; it writes no verdict. Raises CannotPreview.

    All accounts are measured both ways in one statement; the back-test measures the accounts with a decided renewal at up to
    HISTORY_DAYS / STEP_DAYS days of the past, twice each.
    """
    kept = ScorecardVersion.objects.select_for_update(of=("self",)).select_related("scorecard").get(pk=version.pk)
    if kept.state not in WAITING:
        raise CannotPreview(
            _("Version %(number)s is %(state)s. What is or was in force has no preview; draft the next version.")
            % {"number": kept.number, "state": kept.get_state_display().lower()}
        )
    before, after = in_force(), with_version(kept)
    content = {
        **difference(before, after, as_of=as_of, shown=SHOWN),
        "backtest": backtest(before, after, as_of=as_of),
    }
    preview = ScorecardPreview.objects.create(
        version=kept,
        definition_hash=kept.definition_hash,
        against=[str(each.pk) for each in before],
        content=content,
        digest=canonical_hash(content),
        as_of=as_of,
        computed_by=by,
        recorded_at=as_of,
    )
    kept.preview = preview
    kept.save(update_fields=["preview"])
    after_words = {"digest": preview.digest, "changed": content["changed_count"]}
    record("scorecard.previewed", target=kept, by=by, at=as_of, after=after_words)
    version.refresh_from_db()
    return preview


def difference(
    before: Sequence[ScorecardVersion],
    after: Sequence[ScorecardVersion],
    *,
    as_of: datetime,
    shown: int,
    account_ids: Sequence[UUID] | None = None,
) -> dict[str, Any]:
    """Distributions and changes of band between two sets of versions in force, as plain JSON: amounts as text, bands by key. One statement.

    `flows` counts accounts and ARR by currency for each pair of bands (`none`: no verdict); `moves` holds the largest accounts with
    another band and the measure that is responsible. Inside a transaction.
    """
    was, will = parts(before, as_of=as_of), parts(after, as_of=as_of)
    flows, moved = previews.compared(was, will, as_of=as_of, shown=shown, account_ids=account_ids)
    return {
        "account_count": sum(flow["account_count"] for flow in flows),
        "changed_count": sum(flow["account_count"] for flow in flows if flow["was_band"] != flow["band"]),
        "flows": flows,
        "moves": [_move(row, was, will) for row in moved],
    }


def backtest(
    before: Sequence[ScorecardVersion], after: Sequence[ScorecardVersion], *, as_of: datetime
) -> dict[str, Any]:
    """How well both ways would have warned DAYS_BEFORE days before renewals that were decided, by what was known then; as plain JSON.

    Both are measured anew on the same accounts and days, so that a formula is not compared with a history it did not write.
    """
    due = previews.decided_renewals(as_of=as_of, days=HISTORY_DAYS)
    by_day: dict[date, dict[UUID, bool]] = {}
    for row in due:
        day = _looked_at(row["due_on"], as_of)
        by_day.setdefault(day, {})[row["account_id"]] = row["churned"] or by_day.get(day, {}).get(
            row["account_id"], False
        )
    return {
        "days_before": DAYS_BEFORE,
        "decided_count": len(due),
        "old": _judged(before, by_day) if before else None,
        "new": _judged(after, by_day),
    }


def out_of_date(preview: ScorecardPreview, *, as_of: datetime) -> str:
    """Why a preview does not say any more what would happen, in a sentence; empty where it does. One query."""
    if preview.against != [str(each.pk) for each in in_force()]:
        return _("Since this preview was computed another version came into force. Compute it again.")
    if (age := as_of - preview.as_of) > timedelta(days=STALE_DAYS):
        return _("This preview is %(days)s days old. Compute it again.") % {"days": age.days}
    return ""


def _move(row: dict[str, Any], was: Sequence[Part], will: Sequence[Part]) -> dict[str, Any]:
    before, after = _read(was, row["was_part"], row["was_raw"]), _read(will, row["part"], row["raw"])
    kept = ("account_id", "name", "was_band", "band", "was_score", "score", "arr", "currency")
    because = responsible(before, after)
    measured = after if after and because in {each.key for each in after.definition.measures} else before
    named = {each.key: each for each in measured.definition.measures}.get(because) if measured else None
    label = {"label": named.label, "source": named.source} if named else {}
    return {**{name: row[name] for name in kept}, "because": because, **label}


def _read(plan: Sequence[Part], place: int | None, raw: list[float | None] | None) -> Read | None:
    return None if place is None or raw is None else Read(definition_of(plan[place].version), raw)


def _looked_at(due_on: date, as_of: datetime) -> date:
    """The day of the grid, DAYS_BEFORE to DAYS_BEFORE + STEP_DAYS days before a renewal fell due."""
    ago = (as_of.date() - due_on).days + DAYS_BEFORE
    return as_of.date() - timedelta(days=-(-ago // STEP_DAYS) * STEP_DAYS)


def _judged(versions: Sequence[ScorecardVersion], by_day: dict[date, dict[UUID, bool]]) -> dict[str, Any] | None:
    judged = Judged(account_ids=[], at=[], bands=[], scores=[], churned=[])
    rows = []
    for day, churned in sorted(
        by_day.items()
    ):  # a day is measured as of its own end: at most HISTORY_DAYS / STEP_DAYS of them
        moment = previews.end_of(day)
        found = previews.verdicts_at(parts(versions, as_of=moment), as_of=moment, account_ids=list(churned))
        rows += [(str(row["account_id"]), day, row["band"], row["score"], churned[row["account_id"]]) for row in found]
    if not rows:
        return None
    accounts, days, bands, scores, left = zip(*rows, strict=True)
    numbers = [None if score is None else float(score) for score in scores]
    judged = Judged(account_ids=accounts, at=days, bands=bands, scores=numbers, churned=left)
    return _plain(backtest_bands(judged))


def _plain(found: BandBacktest) -> dict[str, Any]:
    shown = found.verdict is Verdict.SHOWN
    return {
        "is_shown": shown,
        "churned": found.churned,
        "stayed": found.stayed,
        "unscored": found.unscored,
        "bands": [{"band": each.band, "n": each.n, "churned": each.churned} for each in found.bands],
        "auc": _interval(found.auc),
        "lift": _interval(found.lift),
        "recall": _interval(found.confusion.recall) if found.confusion else None,
        "precision": _interval(found.confusion.precision) if found.confusion else None,
    }


def _interval(found: Any) -> dict[str, float] | None:
    return None if found is None else {name: round(value, 4) for name, value in asdict(found).items()}
