"""Accounts as they were known at a moment, and whether they left within the horizon: checked, in one order, as arrays."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from health.engine.prediction.reasons import cannot

ENGINE_VERSION = "prediction-engine 1"

Value = float | int | bool | str | None
Moment = date | datetime
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]
Values = Floats | Texts  # NaN or None where nothing is known


@dataclass(frozen=True, slots=True)
class Column:
    """One feature: a number, yes or no, or a text for each row; None where it is not known.

    `recorded_at` says when the newest fact inside each value was recorded; None as a whole where nobody can say. Both may be arrays:
    numbers with NaN where nothing is known, and days since 1970 in UTC.
    """

    name: str
    values: Sequence[Value] | Values
    recorded_at: Sequence[Moment | None] | Floats | None = None


@dataclass(frozen=True, slots=True)
class Snapshots:
    """One row for each account and moment; all sequences have the length of `account_ids`.

    `at` is the moment the row describes (a date: the end of that day in UTC), None for a file without dates.
    `churned` is the outcome in (at, at + horizon]; None where it is not known yet.
    """

    account_ids: Sequence[str]
    columns: Sequence[Column]
    churned: Sequence[bool | None]
    at: Sequence[Moment] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with a known outcome, sorted by account and moment. `at` in days since 1970, NaN for a file without dates.

    `unknown` counts the rows left out, `undated` names the features of which some values do not say when they were recorded.
    """

    account_ids: NDArray[np.str_]
    at: Floats
    churned: Floats
    columns: Mapping[str, Values]
    unknown: int
    undated: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.churned)

    def part(self, rows: Flags | NDArray[np.intp]) -> Table:
        """These rows only."""
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Table(self.account_ids[rows], self.at[rows], self.churned[rows], columns, 0, self.undated)

    @property
    def dated(self) -> bool:
        return len(self) > 0 and not math.isnan(self.at[0])

    @property
    def churned_accounts(self) -> int:
        """Accounts that left, each counted once in however many snapshots it stands."""
        return len(np.unique(self.account_ids[self.churned == 1]))

    @property
    def stayed_accounts(self) -> int:
        """Accounts that stayed in at least one snapshot and left in none."""
        return len(np.unique(self.account_ids)) - self.churned_accounts


def tabulate(snapshots: Snapshots, *, horizon_days: int | None = None, as_of: Moment | None = None) -> Table:
    """Check the rows and turn them into arrays, in an order that does not depend on theirs.

    With both `horizon_days` and `as_of`, an outcome counts only if its window was over by then: who left already counts no more
    than who may still leave. Raises CannotPredict naming feature, account, value and remedy, and ValueError for unequal lengths.
    """
    count = len(snapshots.account_ids)
    if not count:
        raise cannot("no_rows")
    ids = np.array([str(account) for account in snapshots.account_ids])
    at = (
        np.full(count, np.nan)
        if snapshots.at is None
        else np.array([days(moment, end=True) for moment in snapshots.at])
    )
    if len(at) != count or len(snapshots.churned) != count:
        raise ValueError(f"Give {count} moments and outcomes, one for each account.")
    order = np.lexsort((at, ids))
    _refuse_duplicates(ids[order], at[order])
    outcome = np.array([np.nan if left is None else float(bool(left)) for left in snapshots.churned])
    if horizon_days is not None and as_of is not None and snapshots.at is not None:
        outcome[at + horizon_days > days(as_of, end=True)] = np.nan
    columns = columns_of(snapshots.columns, ids, at)
    known = order[~np.isnan(outcome[order])]
    return Table(
        account_ids=ids[known],
        at=at[known],
        churned=outcome[known],
        columns={name: columns[name][known] for name in sorted(columns)},
        unknown=count - len(known),
        undated=tuple(sorted(column.name for column in snapshots.columns if _undated(column))),
    )


def columns_of(columns: Sequence[Column], ids: NDArray[np.str_], at: Floats) -> dict[str, Values]:
    """Each feature as an array in the order of `ids`; none may be recorded after its moment. Raises CannotPredict."""
    read: dict[str, Values] = {}
    for column in columns:
        if len(column.values) != len(ids) or column.name in read:
            raise ValueError(f"Feature {column.name}: give it once, with one value for each of {len(ids)} accounts.")
        _refuse_hindsight(column, ids, at)
        read[column.name] = _array(column, ids)
    return read


def fingerprint(table: Table, params: Mapping[str, Any]) -> str:
    """SHA-256 over the engine's version, the parameters and the rows: the same for the same data in any order."""
    digest = hashlib.sha256(f"{ENGINE_VERSION}\n{sorted(params.items())!r}\n".encode())
    digest.update("\x1f".join(table.account_ids.tolist()).encode())
    digest.update(table.at.tobytes() + table.churned.tobytes())
    for name, values in table.columns.items():
        digest.update(name.encode())
        digest.update(values.tobytes() if values.dtype == float else repr(values.tolist()).encode())
    return digest.hexdigest()


def days(moment: Moment, *, end: bool = False) -> float:
    """Days since 1970 in UTC. A date is its first instant, or with `end` its last; a time without a zone is UTC."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(), tzinfo=UTC) + (
            timedelta(days=1, microseconds=-1) if end else timedelta()
        )
    elif moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() / 86_400


def day_text(at: float) -> str:
    """The day of a moment in days since 1970, in UTC."""
    return "no date" if math.isnan(at) else (date(1970, 1, 1) + timedelta(days=math.floor(at))).isoformat()


def _refuse_duplicates(ids: NDArray[np.str_], at: Floats) -> None:
    same = (ids[1:] == ids[:-1]) & ((at[1:] == at[:-1]) | np.isnan(at[1:]))
    if same.any():
        first = int(np.argmax(same))
        raise cannot("duplicate_snapshot", account=ids[first], at=day_text(at[first]))


def _refuse_hindsight(column: Column, ids: NDArray[np.str_], at: Floats) -> None:
    if column.recorded_at is None:
        return
    if len(column.recorded_at) != len(ids):
        raise ValueError(f"Feature {column.name}: give {len(ids)} moments of recording, or none at all.")
    recorded = (
        column.recorded_at
        if isinstance(column.recorded_at, np.ndarray)
        else np.array([np.nan if moment is None else days(moment) for moment in column.recorded_at])
    )
    late = recorded > at
    if late.any():
        first = int(np.argmax(late))
        raise cannot(
            "recorded_after_snapshot",
            feature=column.name,
            account=ids[first],
            recorded=day_text(recorded[first]),
            at=day_text(at[first]),
            count=int(late.sum()),
        )


def _undated(column: Column) -> bool:
    """Whether some known value does not say when it was recorded."""
    if column.recorded_at is None or isinstance(column.recorded_at, np.ndarray):
        return column.recorded_at is None or bool(np.isnan(column.recorded_at).any())
    return any(
        value is not None and moment is None for value, moment in zip(column.values, column.recorded_at, strict=True)
    )


def _array(column: Column, ids: NDArray[np.str_]) -> Values:
    """Numbers as floats, texts as objects; yes is 1, no is 0."""
    if isinstance(column.values, np.ndarray) and column.values.dtype == float:
        numbers = column.values.astype(float, copy=False)
        return _refuse_infinite(column.name, numbers, np.isinf(numbers), ids)
    text = next((isinstance(value, str) for value in column.values if value is not None), False)
    for row, value in enumerate(column.values):
        if value is not None and isinstance(value, str) != text:
            raise cannot("mixed_kinds", feature=column.name, account=ids[row], value=repr(value))
    if text:
        return np.array(column.values, dtype=object)
    numbers = np.array([np.nan if value is None else float(value) for value in column.values])
    wrong = ~np.isfinite(numbers) & np.array([value is not None for value in column.values])
    return _refuse_infinite(column.name, numbers, wrong, ids)


def _refuse_infinite(name: str, numbers: Floats, wrong: Flags, ids: NDArray[np.str_]) -> Floats:
    if wrong.any():
        first = int(np.argmax(wrong))
        raise cannot("not_finite", feature=name, account=ids[first], value=numbers[first])
    return numbers
