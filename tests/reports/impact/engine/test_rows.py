"""Rows in: wrong values are named, order does not matter, any change changes the hash."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from reports.impact.engine.rows import identify, instant, tabulate
from tests.reports.impact.engine.make import row, trial


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("arr_start_cents", float("nan")),
        ("arr_start_cents", 10.5),
        ("arr_start_cents", None),
        ("arr_end_cents", float("inf")),
        ("arr_end_cents", 10**19),
        ("renewed", "yes"),
        ("renewed", 1),
        ("contacted", float("nan")),
        ("arm", "control"),
    ],
)
def test_a_wrong_value_is_named_with_account_and_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"northwind.*{field}.*give"):
        identify([replace(row(), **{field: value})], {})  # type: ignore[arg-type]


def test_row_order_does_not_change_the_run() -> None:
    rows = trial(30, 20, 30, 10)
    assert identify(rows, {})[1] == identify(rows[::-1], {})[1]
    assert identify(rows, {})[0] == identify(rows[::-1], {})[0]


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": "Northwind"},
        {"arm": "held_out"},
        {"arr_start_cents": 1_000_001},
        {"arr_end_cents": None},
        {"renewed": None},
        {"assigned_at": date(2025, 1, 2)},
        {"due_at": None},
        {"contacted": None},
        {"stratum": "tier 1"},
        {"due_week": 2},
    ],
)
def test_any_changed_cell_changes_the_hash(change: dict[str, object]) -> None:
    assert identify([row()], {})[1] != identify([replace(row(), **change)], {})[1]  # type: ignore[arg-type]


def test_parameters_are_part_of_the_run_and_the_seed_is_its_beginning() -> None:
    _rows, run = identify([row()], {"outcome": "arr"})
    assert run != identify([row()], {"outcome": "renewal"})[1]
    assert run.seed == run.data_hash[:8]
    assert run.seed_number == int(run.data_hash[:8], 16)


@pytest.mark.parametrize("account_id", ["Łódź 株式会社", "شرکت", "🚀", "a\nb", "\ud800", ""])
def test_ids_in_any_script_are_fine(account_id: str) -> None:
    rows, run = identify([row(account_id)], {})
    assert rows[0].account_id == account_id
    assert len(run.data_hash) == 64


def test_times_and_dates_can_be_compared() -> None:
    warsaw = timezone(timedelta(hours=1))
    assert instant(date(2025, 6, 30)) == datetime(2025, 6, 30, tzinfo=UTC)
    assert instant(datetime(2025, 6, 30, 1, tzinfo=warsaw)) == datetime(2025, 6, 30, tzinfo=UTC)
    assert instant(datetime(2025, 6, 30)) == datetime(2025, 6, 30, tzinfo=UTC)  # noqa: DTZ001 - naive is the point
    assert instant(None) is None


def test_a_lost_account_without_an_amount_kept_nothing() -> None:
    table = tabulate([row(renewed=False, arr_end_cents=None), row("b", arr_end_cents=None)])
    assert table.end[0] == 0
    assert table.end[1] != table.end[1]
