"""What is known about how honest health and predictions are, from the tenant's own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from accounts.models import Account
from health.engine.prediction.backtest import ChurnBacktest, backtest_churn
from health.engine.prediction.bands import BandBacktest, Judged, backtest_bands
from health.engine.prediction.snapshots import Column, Snapshots, Value
from health.engine.prediction.warning import EarlyWarning, early_warning
from health.engine.transforms import Choice
from health.models import ScorecardVersion
from health.sql import outcomes
from health.sql.run import definition_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from health.engine.definition import Measure

STEP_DAYS = 30
MOST_ROWS = 200_000
FEWEST_SNAPSHOTS = 4


@dataclass(frozen=True)
class History:
    """What the tenant's history says: how the bands did at renewals, how early they warned, and how a prediction would have done.

    `prediction` is None where no account was scored so long ago that its outcome is known; `snapshot_days` are those it was tried with.
    """

    bands: BandBacktest | None
    warning: EarlyWarning
    prediction: ChurnBacktest | None
    snapshot_days: tuple[date, ...]


def history_backtest(*, horizon_days: int, as_of: datetime) -> History:
    """Back-test everything with what was known `as_of`. Bands are judged `horizon_days` before a renewal fell due. Raises CannotPredict."""
    days = snapshot_days(horizon_days=horizon_days, as_of=as_of)
    rows = outcomes.snapshots(days, as_of=as_of) if days else []
    return History(
        bands=renewals_by_band(days_before=horizon_days, as_of=as_of),
        warning=warning_times(since=days[0] if days else as_of.date(), as_of=as_of),
        prediction=backtest_churn(snapshots_of(rows, horizon_days), horizon_days=horizon_days, as_of=as_of)
        if rows
        else None,
        snapshot_days=days,
    )


def snapshot_days(*, horizon_days: int, as_of: datetime) -> tuple[date, ...]:
    """Every STEP_DAYS back from the latest day whose window is over to the first verdict, the earliest first.

    Of a large book fewer days, evenly spread, so that about MOST_ROWS rows are read; never fewer than FEWEST_SNAPSHOTS if there are so many.
    """
    first = outcomes.first_scored(as_of=as_of)
    latest = as_of.astimezone(UTC).date() - timedelta(days=horizon_days)
    if first is None or latest < (start := first.astimezone(UTC).date()):
        return ()
    count = (latest - start).days // STEP_DAYS + 1
    fitting = max(MOST_ROWS // max(Account.objects.customers().count(), 1), FEWEST_SNAPSHOTS)
    every = ceil(count / fitting)
    return tuple(latest - timedelta(days=STEP_DAYS * back) for back in reversed(range(0, count, every)))


def renewals_by_band(*, days_before: int, as_of: datetime) -> BandBacktest | None:
    """Verdicts so many days before each decided renewal against the decision; None where no renewal was ever decided."""
    rows = outcomes.decided_renewals(days_before=days_before, as_of=as_of)
    if not rows:
        return None
    return backtest_bands(
        Judged(
            account_ids=[str(row["account_id"]) for row in rows],
            at=[row["day"] for row in rows],
            bands=[row["band"] for row in rows],
            scores=[None if row["score"] is None else float(row["score"]) for row in rows],
            churned=[row["churned"] for row in rows],
        )
    )


def warning_times(*, since: date, as_of: datetime) -> EarlyWarning:
    """How early the bands warned of the accounts that left since then."""
    left_on = dict(outcomes.left(since=since, as_of=as_of))
    histories: dict[str, list[tuple[date, str]]] = {}
    for account, day, band in outcomes.bands_over_time(list(left_on), as_of=as_of):
        histories.setdefault(str(account), []).append((day, band))
    return early_warning(histories, {str(account): day for account, day in left_on.items()})


def snapshots_of(rows: Sequence[dict[str, Any]], horizon_days: int) -> Snapshots:
    """Rows of `outcomes.snapshots` for the engine, with their outcomes in the horizon."""
    end = timedelta(days=horizon_days)
    return Snapshots(
        account_ids=[str(row["account_id"]) for row in rows],
        columns=features_of(rows),
        churned=[row["left_on"] is not None and row["left_on"] <= row["day"] + end for row in rows],
        at=[row["day"] for row in rows],
    )


def features_of(rows: Sequence[dict[str, Any]]) -> list[Column]:
    """The raw value of each measure of verdicts (`version_id`, `raw`, `scored_at`) as a feature, known since it was scored."""
    measures = _measures({row["version_id"] for row in rows})
    values: dict[str, list[Value]] = {key: [None] * len(rows) for key in _keys(measures)}
    for number, row in enumerate(rows):
        for measure, raw in zip(measures[row["version_id"]], row["raw"], strict=True):
            values[measure.key][number] = _value(measure, raw)
    scored = [row["scored_at"] for row in rows]
    return [Column(key, found, scored) for key, found in values.items()]


def _measures(version_ids: set[Any]) -> dict[Any, tuple[Measure, ...]]:
    versions = ScorecardVersion.objects.filter(pk__in=version_ids)
    return {version.pk: definition_of(version).measures for version in versions}


def _keys(measures: dict[Any, tuple[Measure, ...]]) -> Iterator[str]:
    return iter(sorted({measure.key for formula in measures.values() for measure in formula}))


def _value(measure: Measure, raw: float | None) -> Value:
    """A text for what is chosen from a list: its position there is no number."""
    if raw is None or not isinstance(measure.transform, Choice):
        return raw
    return measure.transform.choices[int(raw)][0]
