"""What is known about how honest health and predictions are, from the tenant's own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from accounts.models import Account
from health.engine.prediction.backtest import ChurnBacktest, backtest_churn
from health.engine.prediction.bands import BandBacktest, Judged, backtest_bands
from health.engine.prediction.snapshots import Column, Floats, Snapshots, Value, Values, days
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
    snapshots = known_snapshots(days, horizon_days=horizon_days, as_of=as_of)
    return History(
        bands=renewals_by_band(days_before=horizon_days, as_of=as_of),
        warning=warning_times(since=days[0] if days else as_of.date(), as_of=as_of),
        prediction=backtest_churn(snapshots, horizon_days=horizon_days, as_of=as_of) if snapshots.account_ids else None,
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
    """Verdicts so many days before each decided renewal against the decision; None where no renewal was ever decided.

    With many more than MOST_ROWS decisions those about a part of the accounts, always the same one.
    """
    per_mille = outcomes.per_mille(outcomes.decision_count(as_of=as_of), most=MOST_ROWS)
    seen: dict[Any, Any] = {}  # an account, a day and a band stand in many rows
    rows = [
        (seen.setdefault(account, str(account)), seen.setdefault(day, day), seen.setdefault(band, band), score, churned)
        for account, day, churned, score, band in outcomes.decided_renewals(
            days_before=days_before, as_of=as_of, per_mille=per_mille
        )
    ]
    if not rows:
        return None
    accounts, days, bands, scores, left = zip(*rows, strict=True)
    return backtest_bands(
        Judged(accounts, days, bands, [None if each is None else float(each) for each in scores], left)
    )


def warning_times(*, since: date, as_of: datetime) -> EarlyWarning:
    """How early the bands warned of the accounts that left since then."""
    left_on = dict(outcomes.left(since=since, as_of=as_of))
    histories: dict[str, list[tuple[date, str]]] = {}
    for account, day, band in outcomes.bands_over_time(list(left_on), as_of=as_of):
        histories.setdefault(str(account), []).append((day, band))
    return early_warning(histories, {str(account): day for account, day in left_on.items()})


def known_snapshots(days: Sequence[date], *, horizon_days: int, as_of: datetime) -> Snapshots:
    """What was known of the accounts on these days, for the engine, with their outcomes in the horizon.

    Read some thousand rows at a time into arrays, and of a large book only a part of the accounts, always the same one, so that
    about MOST_ROWS rows are read in all.
    """
    end, read = timedelta(days=horizon_days), _Read()
    names: dict[Any, str] = {}  # an account stands in many snapshots
    per_mille = outcomes.per_mille(Account.objects.customers().count() * len(days), most=MOST_ROWS)
    for rows in outcomes.snapshots(days, as_of=as_of, per_mille=per_mille):
        read.account_ids += [names.setdefault(row["account_id"], str(row["account_id"])) for row in rows]
        read.at += [row["day"] for row in rows]
        read.churned += [row["left_on"] is not None and row["left_on"] <= row["day"] + end for row in rows]
        read.add_moments([row["scored_at"] for row in rows])
        read.add(features_of(rows))
    return Snapshots(account_ids=read.account_ids, columns=read.columns(), churned=read.churned, at=read.at)


class _Read:
    """Rows that were read so far; numbers as arrays, not known where a formula had no such measure."""

    def __init__(self) -> None:
        self.account_ids: list[str] = []
        self.at: list[date] = []
        self.churned: list[bool] = []
        self._parts: dict[str, list[tuple[int, Values]]] = {}  # where a part begins
        self._scored: list[Floats] = []

    def add(self, columns: Sequence[Column]) -> None:
        """The features of the rows read last."""
        count = len(columns[0].values) if columns else 0
        begin = len(self.account_ids) - count
        for column in columns:
            self._parts.setdefault(column.name, []).append((begin, _compact(column.values)))

    def add_moments(self, scored: Sequence[datetime]) -> None:
        """When the rows read last were scored."""
        self._scored.append(np.array([days(moment) for moment in scored]))

    def columns(self) -> list[Column]:
        scored = np.concatenate(self._scored) if self._scored else None
        return [Column(name, self._whole(parts), scored) for name, parts in self._parts.items()]

    def _whole(self, parts: list[tuple[int, Values]]) -> Values:
        numbers = all(part.dtype == float for _begin, part in parts)
        whole: Values = np.full(len(self.account_ids), np.nan if numbers else None, dtype=float if numbers else object)
        for begin, part in parts:
            is_mixed = not numbers and part.dtype == float
            whole[begin : begin + len(part)] = [None if isnan(value) else value for value in part] if is_mixed else part
        return whole


def _compact(values: Sequence[Value] | Values) -> Values:
    """Numbers as floats; texts stay what they are, and so does what is no number, for the engine to refuse it by name."""
    if any(isinstance(value, str) or (value is not None and not isfinite(value)) for value in values):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else float(value) for value in values])


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
