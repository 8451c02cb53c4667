"""Computes what a version would change, and what it would have known before renewals, and keeps that with the version."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from health.engine.contrast import Read, responsible
from health.engine.definition import canonical_hash
from health.models import ScorecardPreview, ScorecardVersion
from health.scorecards.assignment import in_force, parts, with_version
from health.scorecards.resuming import Kept, Report, Steps, unheard
from health.sql import previews
from health.sql.peers import has_peers
from health.sql.run import Part, definition_of
from health.sql.whole import AT_ONCE, Span, spans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from cshub.users.models import User
    from health.engine.prediction.bands import BandBacktest

State = ScorecardVersion.State
SHOWN = 50
DAYS_BEFORE = 90  # a warning later than that comes too late for most terms of notice
HISTORY_DAYS = 720
STEP_DAYS = 60
STALE_DAYS = 7
BEGINNING = "beginning"
WAITING = (State.DRAFT, State.RETURNED, State.SUBMITTED)


class CannotPreview(Refused):
    """Only what is not in force yet can change something."""

    code = "cannot_preview"


def preview_version(
    version: ScorecardVersion, *, by: User | None, as_of: datetime, report: Report = unheard, kept: Kept | None = None
) -> ScorecardPreview:
    """Compute what this version would change on the facts known at `as_of` and keep it; it writes no verdict. Raises CannotPreview.

    All accounts are measured both ways, span by span; the back-test measures the accounts with a decided renewal at up to
    HISTORY_DAYS / STEP_DAYS days of the past, twice each. After each of these steps `report` hears how many are done, and of how many.
    The preview is of the formula as it stood at the beginning. With `kept` the steps that were done before are not done again, at the
    moment they were done, as long as the formula and what is in force are the same.
    """
    seen = ScorecardVersion.objects.select_related("scorecard").get(pk=version.pk)
    previewable(seen)
    before, after = in_force(), with_version(seen)
    steps = Steps(report, kept or Kept())
    as_of, every = _begun(steps.kept, seen, before, as_of)
    due = previews.decided_renewals(as_of=as_of, days=HISTORY_DAYS)
    steps.total = len(every) + len(_by_day(due, as_of)) * (2 if before else 1)
    content = {
        **difference(before, after, as_of=as_of, shown=SHOWN, steps=steps, every=every),
        "backtest": backtest(before, after, due, as_of=as_of, steps=steps),
    }
    return _keep(version, seen, content, against=before, by=by, as_of=as_of)


def previewable(version: ScorecardVersion) -> None:
    """Raises CannotPreview."""
    if version.state not in WAITING:
        raise CannotPreview(
            _("Version %(number)s is %(state)s. What is or was in force has no preview; draft the next version.")
            % {"number": version.number, "state": version.get_state_display().lower()}
        )


def difference(
    before: Sequence[ScorecardVersion],
    after: Sequence[ScorecardVersion],
    *,
    as_of: datetime,
    shown: int,
    account_ids: Sequence[UUID] | None = None,
    steps: Steps | None = None,
    every: Sequence[Span] = (),
) -> dict[str, Any]:
    """Distributions and changes of band between two sets of versions in force, as plain JSON: amounts as text, bands by key.

    `flows` counts accounts and ARR by currency for each pair of bands (`none`: no verdict); `moves` holds the largest accounts with
    another band and the measure that is responsible. One statement; with `steps` one for each span of `every`, each in a transaction.
    """
    was, will = parts(before, as_of=as_of), parts(after, as_of=as_of)
    if steps is None or any(has_peers(definition_of(part.version)) for part in (*was, *will)):  # ranks are among all
        with transaction.atomic():
            flows, moved = previews.compared(was, will, as_of=as_of, shown=shown, account_ids=account_ids)
    else:
        flows, moved = _in_spans(was, will, every, as_of=as_of, shown=shown, steps=steps)
    return {
        "account_count": sum(flow["account_count"] for flow in flows),
        "changed_count": sum(flow["account_count"] for flow in flows if flow["was_band"] != flow["band"]),
        "flows": flows,
        "moves": [_move(row, was, will) for row in moved],
    }


def backtest(
    before: Sequence[ScorecardVersion],
    after: Sequence[ScorecardVersion],
    due: Sequence[dict[str, Any]],
    *,
    as_of: datetime,
    steps: Steps,
) -> dict[str, Any]:
    """How well both ways would have warned DAYS_BEFORE days before renewals that were decided (`due`), by what was known then; as plain JSON.

    Both are measured anew on the same accounts and days, so that a formula is not compared with a history it did not write.
    """
    by_day = _by_day(due, as_of)
    return {
        "days_before": DAYS_BEFORE,
        "decided_count": len(due),
        "old": _judged(before, by_day, steps, "old") if before else None,
        "new": _judged(after, by_day, steps, "new"),
    }


def out_of_date(preview: ScorecardPreview, *, as_of: datetime) -> str:
    """Why a preview does not say any more what would happen, in a sentence; empty where it does. One query."""
    if preview.against != [str(each.pk) for each in in_force()]:
        return _("Since this preview was computed another version came into force. Compute it again.")
    if (age := as_of - preview.as_of) > timedelta(days=STALE_DAYS):
        return _("This preview is %(days)s days old. Compute it again.") % {"days": age.days}
    return ""


def _begun(
    kept: Kept, seen: ScorecardVersion, before: Sequence[ScorecardVersion], as_of: datetime
) -> tuple[datetime, list[Span]]:
    """The moment and the spans of the steps that are kept; where they were of something else, they are forgotten and it begins anew."""
    of = {"definition_hash": seen.definition_hash, "against": [str(each.pk) for each in before]}
    found = kept.get(BEGINNING)
    if found is None or found["of"] != of:
        kept.forget()
        every = [[str(start), str(end)] for start, end in spans(AT_ONCE)]
        found = {"of": of, "as_of": as_of.isoformat(), "spans": every}
        kept.put(BEGINNING, found)
    return datetime.fromisoformat(found["as_of"]), [(start, end) for start, end in found["spans"]]


@transaction.atomic
def _keep(
    version: ScorecardVersion,
    seen: ScorecardVersion,
    content: dict[str, Any],
    *,
    against: Sequence[ScorecardVersion],
    by: User | None,
    as_of: datetime,
) -> ScorecardPreview:
    held = ScorecardVersion.objects.select_for_update(of=("self",)).select_related("scorecard").get(pk=version.pk)
    previewable(held)
    preview = ScorecardPreview.objects.create(
        version=held,
        definition_hash=seen.definition_hash,
        against=[str(each.pk) for each in against],
        content=content,
        digest=canonical_hash(content),
        as_of=as_of,
        computed_by=by,
        recorded_at=as_of,
    )
    held.preview = preview
    held.save(update_fields=["preview"])
    after_words = {"digest": preview.digest, "changed": content["changed_count"]}
    record("scorecard.previewed", target=held, by=by, at=as_of, after=after_words)
    version.refresh_from_db()
    return preview


def _in_spans(
    was: Sequence[Part], will: Sequence[Part], every: Sequence[Span], *, as_of: datetime, shown: int, steps: Steps
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The same as one statement over everybody, with the memory of a span."""
    counted: dict[tuple[str, str, str], list[Any]] = {}
    moved: list[dict[str, Any]] = []
    for number, span in enumerate(every):
        compare = partial(_of_span, was, will, as_of=as_of, shown=shown, span=span)
        flows, some = steps.take(f"span {number}", compare)
        for flow in flows:
            sums = counted.setdefault((flow["was_band"], flow["band"], flow["currency"]), [0, Decimal(0)])
            sums[0] += flow["account_count"]
            sums[1] += Decimal(flow["arr"])
        moved = sorted([*moved, *some], key=lambda row: (row["arr"] is None, -Decimal(row["arr"] or 0)))[:shown]
    names = ("was_band", "band", "currency")
    flows = [
        {**dict(zip(names, key, strict=True)), "account_count": count, "arr": str(arr)}
        for key, (count, arr) in sorted(counted.items())
    ]
    return flows, moved


@transaction.atomic
def _of_span(was: Sequence[Part], will: Sequence[Part], *, as_of: datetime, shown: int, span: Span) -> list[Any]:
    return list(previews.compared(was, will, as_of=as_of, shown=shown, span=span))


def _by_day(due: Sequence[dict[str, Any]], as_of: datetime) -> dict[date, dict[UUID, bool]]:
    """For each day that is looked at, the accounts with a decision and whether anything churned."""
    found: dict[date, dict[UUID, bool]] = {}
    for row in due:
        day = found.setdefault(_looked_at(row["due_on"], as_of), {})
        day[row["account_id"]] = row["churned"] or day.get(row["account_id"], False)
    return found


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


def _judged(
    versions: Sequence[ScorecardVersion], by_day: dict[date, dict[UUID, bool]], steps: Steps, which: str
) -> dict[str, Any] | None:
    rows = []
    for day, churned in sorted(by_day.items()):  # at most HISTORY_DAYS / STEP_DAYS of them
        found = steps.take(f"{which} {day}", partial(_at_end_of, day, versions, list(churned)))
        gone = {str(account): left for account, left in churned.items()}
        rows += [(account, day, band, score, gone[account]) for account, band, score in found if account in gone]
    if not rows:
        return None
    from health.engine.prediction.bands import (  # numpy: 80 MB of every process that never judges bands
        Judged,
        backtest_bands,
    )

    accounts, days, bands, scores, left = zip(*rows, strict=True)
    numbers = [None if score is None else float(score) for score in scores]
    judged = Judged(account_ids=accounts, at=days, bands=bands, scores=numbers, churned=left)
    return _plain(backtest_bands(judged))


@transaction.atomic
def _at_end_of(day: date, versions: Sequence[ScorecardVersion], account_ids: Sequence[UUID]) -> list[Any]:
    """Account, band and score of each, measured as of the end of the day."""
    moment = previews.end_of(day)
    found = previews.verdicts_at(parts(versions, as_of=moment), as_of=moment, account_ids=account_ids)
    return [[str(row["account_id"]), row["band"], None if row["score"] is None else str(row["score"])] for row in found]


def _plain(found: BandBacktest) -> dict[str, Any]:
    from health.engine.prediction.backtest import Verdict

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
