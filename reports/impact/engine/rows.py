"""The accounts of a trial as they come in: checked, put in one order and turned into arrays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ENGINE_VERSION = "impact-engine 1"

TREATED = "treated"
HELD_OUT = "held_out"
ALWAYS_WORKED = "always_worked"
ARMS = (TREATED, HELD_OUT, ALWAYS_WORKED)

Outcome = Literal["renewal", "arr"]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LARGEST_CENTS = 10**18


@dataclass(frozen=True, slots=True)
class HoldoutRow:
    """One account in a trial, as assigned.

    `arm` is `treated`, `held_out` or `always_worked` (set apart before the draw, not compared).
    `renewed` None means not known yet; `arr_end_cents` may be None then, and counts as 0 when `renewed` is False.
    `due_at` is the scheduled renewal, whatever happened earlier. `due_week` is only read by `sequential`.
    """

    account_id: str
    arm: str
    arr_start_cents: int
    arr_end_cents: int | None
    renewed: bool | None
    assigned_at: date | datetime | None
    due_at: date | datetime | None
    contacted: bool | None = None
    stratum: str = ""
    due_week: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows as arrays of one length, in canonical order; unknown numbers are NaN."""

    treated: Flags
    held_out: Flags
    renewed: Floats
    start: Floats
    end: Floats
    contacted: Floats
    due_week: Floats
    late: Flags
    undated: Flags
    duplicate: Flags
    not_yet_due: Flags
    always_worked: int


@dataclass(frozen=True, slots=True)
class Run:
    """The identity of a calculation: same rows, parameters and engine, same `data_hash`."""

    data_hash: str

    @property
    def seed(self) -> str:
        return self.data_hash[:8]

    @property
    def seed_number(self) -> int:
        return int(self.seed, 16)


def identify(rows: Sequence[HoldoutRow], params: Mapping[str, object]) -> tuple[list[HoldoutRow], Run]:
    """Check the rows, sort them so that their order cannot matter, and hash them with the parameters.

    Raises ValueError naming the account, the field and the remedy.
    """
    written = sorted(((_written(row), row) for row in rows), key=lambda pair: pair[0])
    digest = hashlib.sha256()
    digest.update(json.dumps([ENGINE_VERSION, dict(params)], sort_keys=True, default=str).encode())
    for text, _row in written:
        digest.update(b"\n" + text.encode())
    return [row for _text, row in written], Run(digest.hexdigest())


def tabulate(rows: Sequence[HoldoutRow], *, as_of: date | datetime | None = None) -> Table:
    """Arrays of the rows that were drawn. With `as_of`, accounts due later are marked as not yet due."""
    drawn = [row for row in rows if row.arm != ALWAYS_WORKED]
    first_rows = {row.account_id: number for number, row in reversed(list(enumerate(drawn)))}
    duplicate = [first_rows[row.account_id] != number for number, row in enumerate(drawn)]
    assigned = [instant(row.assigned_at) for row in drawn]
    due = [instant(row.due_at) for row in drawn]
    now = instant(as_of)
    return Table(
        treated=np.array([row.arm == TREATED for row in drawn], dtype=bool),
        held_out=np.array([row.arm == HELD_OUT for row in drawn], dtype=bool),
        renewed=np.array([_number(row.renewed) for row in drawn], dtype=float),
        start=np.array([row.arr_start_cents for row in drawn], dtype=float),
        end=np.array([_number(_arr_end(row)) for row in drawn], dtype=float),
        contacted=np.array([_number(row.contacted) for row in drawn], dtype=float),
        due_week=np.array([_number(row.due_week) for row in drawn], dtype=float),
        late=np.array(
            [a is not None and d is not None and a >= d for a, d in zip(assigned, due, strict=True)], dtype=bool
        ),
        undated=np.array([a is None or d is None for a, d in zip(assigned, due, strict=True)], dtype=bool),
        duplicate=np.array(duplicate, dtype=bool),
        not_yet_due=np.array([now is not None and d is not None and d > now for d in due], dtype=bool),
        always_worked=len(rows) - len(drawn),
    )


def instant(value: date | datetime | None) -> datetime | None:
    """A date is its midnight; a time without a zone is UTC. So both can be compared."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _arr_end(row: HoldoutRow) -> int | None:
    return 0 if row.arr_end_cents is None and row.renewed is False else row.arr_end_cents


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _written(row: HoldoutRow) -> str:
    """One row as text for the hash. Also the place where a wrong value is named."""
    if row.arm not in ARMS:
        raise ValueError(f"Account {row.account_id!r}: arm is {row.arm!r}; give one of {', '.join(ARMS)}.")
    cells = (
        row.account_id,
        row.arm,
        _cents(row, "arr_start_cents", row.arr_start_cents),
        None if row.arr_end_cents is None else _cents(row, "arr_end_cents", row.arr_end_cents),
        _flag(row, "renewed", row.renewed),
        _iso(row.assigned_at),
        _iso(row.due_at),
        _flag(row, "contacted", row.contacted),
        row.stratum,
        row.due_week,
    )
    return json.dumps(cells, separators=(",", ":"))


def _cents(row: HoldoutRow, field: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_CENTS:
        raise ValueError(
            f"Account {row.account_id!r}: {field} is {value!r}; give whole cents as an integer up to 10**18."
        )
    return value


def _flag(row: HoldoutRow, field: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"Account {row.account_id!r}: {field} is {value!r}; give True, False, or None for not known.")
    return value


def _iso(value: date | datetime | None) -> str | None:
    moment = instant(value)
    return None if moment is None else moment.isoformat()
