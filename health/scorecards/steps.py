"""Steps, texts with points, and steps by tenure as rows of fields: read as they were typed, and shown again with each fault at its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from health.scorecards.inputs import count_of, number_in, shown, text_of

MOST_TABLES = 100
MOST_STEPS = 999
LISTS = {"step": "steps", "choice": "choices"}


@dataclass(frozen=True)
class StepRow:
    """A threshold, or a text, with its points: `name` begins the names of both fields. An empty one is for what comes next."""

    name: str
    place: str
    start: str
    points: str
    start_error: str
    points_error: str

    @property
    def is_empty(self) -> bool:
        return not (self.start or self.points)


@dataclass(frozen=True)
class TableRow:
    """The steps from a month of tenure on: `name` begins the names of its fields. An empty one is for what comes next."""

    name: str
    place: str
    month: str
    below: str
    steps: tuple[StepRow, ...]
    month_error: str
    below_error: str

    @property
    def is_empty(self) -> bool:
        return not (self.month or self.below) and all(step.is_empty for step in self.steps)


def typed_steps(data: Mapping[str, Any], name: str, *, texts: bool = False) -> list[list[Any]]:
    """The pairs of the rows below `name`; a row that was left empty is none, so that emptying a row takes it out."""
    rows = [f"{name}s{place}" for place in range(count_of(data, f"{name}-count", MOST_STEPS))]
    pairs = [(text_of(data, f"{row}-from"), text_of(data, f"{row}-points")) for row in rows]
    return [[start if texts else number_in(start), number_in(points)] for start, points in pairs if start or points]


def typed_tables(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The steps from each month on; one that was left empty is none."""
    found = []
    for table in (f"{name}t{place}" for place in range(count_of(data, f"{name}-tables", MOST_TABLES))):
        steps = typed_steps(data, table)
        month, below = (number_in(text_of(data, f"{table}-{part}")) for part in ("month", "below"))
        if steps or (month, below) != (None, None):
            found.append({"from_month": month, "below": below, "steps": steps})
    return found


def without_step(transform: dict[str, Any], places: Sequence[int]) -> dict[str, Any]:
    """The transform without one row: (step,) of its own, (table, step) of a table by tenure. Other places change nothing."""
    if transform["kind"] in LISTS and len(places) == 1:
        name = LISTS[transform["kind"]]
        return {**transform, name: without(transform[name], places[0])}
    if transform["kind"] == "tenure" and len(places) == 2:
        tables = [
            {**table, "steps": without(table["steps"], places[1])} if row == places[0] else table
            for row, table in enumerate(transform["tables"])
        ]
        return {**transform, "tables": tables}
    return transform


def without_table(transform: dict[str, Any], places: Sequence[int]) -> dict[str, Any]:
    """The transform without the steps of one month. Other places change nothing."""
    if transform["kind"] == "tenure" and len(places) == 1:
        return {**transform, "tables": without(transform["tables"], places[0])}
    return transform


def step_rows(
    pairs: Sequence[Any], measure: str, place: str, errors: Mapping[str, str], *, table: str = ""
) -> tuple[StepRow, ...]:
    """What there is and an empty row behind it. `errors` are those of the measure, by what follows its name in that of the field."""
    return tuple(
        StepRow(
            name=f"{measure}{table}s{row}",
            place=f"{place}.{row}",
            start=shown(start),
            points=shown(points),
            start_error=errors.get(f"{table}s{row}-from", ""),
            points_error=errors.get(f"{table}s{row}-points", ""),
        )
        for row, (start, points) in enumerate([*pairs, (None, None)])
    )


def table_rows(
    tables: Sequence[Mapping[str, Any]], measure: str, place: str, errors: Mapping[str, str]
) -> tuple[TableRow, ...]:
    """What there is, with an empty step in each, and an empty table behind the last; the first begins at month 0."""
    given = [*tables, {"from_month": None if tables else 0, "below": None}]
    return tuple(
        TableRow(
            name=f"{measure}t{row}",
            place=f"{place}.{row}",
            month=shown(table.get("from_month")),
            below=shown(table.get("below")),
            steps=step_rows(table.get("steps", []), measure, f"{place}.{row}", errors, table=f"t{row}"),
            month_error=errors.get(f"t{row}-month", ""),
            below_error=errors.get(f"t{row}-below", ""),
        )
        for row, table in enumerate(given)
    )


def without(rows: Sequence[Any], place: int) -> list[Any]:
    """The rows but the one at a place."""
    return [each for row, each in enumerate(rows) if row != place]
