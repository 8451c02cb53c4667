"""A snapshot shows what could be seen on its day, and nothing of what came later."""

from datetime import UTC, datetime, timedelta

import pytest

from health.engine.prediction.history import Events, Lives, joined, take_snapshot
from health.engine.prediction.snapshots import Snapshots

DAY = datetime(2026, 3, 31, tzinfo=UTC)
WINDOW = {"window_days": 30, "horizon_days": 90}


def ago(days: float) -> datetime:
    return DAY - timedelta(days=days)


LIVES = Lives(
    ["A", "B", "C", "D", "E"],
    [ago(400), ago(400), ago(400), ago(-1), ago(0)],
    [None, ago(-90), ago(0), None, ago(-91)],
)


def snapshot(*events: tuple[str, float, float], **more: object) -> Snapshots:
    """Logins as (account, days ago, recorded days ago)."""
    rows = Events(
        [name for name, _at, _known in events],
        ["login"] * len(events),
        [ago(at) for _name, at, _known in events],
        [ago(known) for _name, _at, known in events],
    )
    return take_snapshot(LIVES, rows, at=DAY, **WINDOW, **more)


def feature(found: Snapshots, name: str) -> dict[str, object]:
    column = next(column for column in found.columns if column.name == name)
    return dict(zip(found.account_ids, column.values, strict=True))


def test_who_is_alive_and_who_leaves_within_the_horizon():
    found = snapshot()
    assert dict(zip(found.account_ids, found.churned, strict=True)) == {"A": False, "B": True, "E": False}


def test_counts_change_and_days_since_by_hand():
    found = snapshot(("A", 0, 0), ("A", 29, 29), ("A", 30, 30), ("A", 59, 59), ("A", 60, 60), ("B", 45, 45))
    assert feature(found, "login_count") == {"A": 2, "B": 0, "E": 0}
    assert feature(found, "login_change")["A"] == pytest.approx(0)
    assert feature(found, "login_days_since") == {"A": 0, "B": 45, "E": None}
    assert feature(found, "tenure_days") == {"A": 400, "B": 400, "E": 0}


def test_what_came_or_was_recorded_later_leaves_no_trace():
    known = [("A", 3, 3), ("B", 40, 40)]
    later = [("A", -1, -1), ("A", 2, -1), ("B", -80, -80), ("X", 1, 1)]
    assert snapshot(*known) == snapshot(*known, *later)


def test_an_outcome_whose_window_is_open_is_not_known():
    assert set(snapshot(as_of=ago(-89)).churned) == {None}
    assert None not in snapshot(as_of=ago(-90)).churned


def test_snapshots_are_joined_under_each_other():
    rows = Events(["A"], ["login"], [ago(45)])
    both = [take_snapshot(LIVES, rows, at=ago(back), **WINDOW, kinds=["login"]) for back in (60, 0)]
    found = joined(both)
    assert found.account_ids == ["A", "B", "C", "A", "B", "E"]
    assert [column.name for column in found.columns] == [
        "login_count",
        "login_change",
        "login_days_since",
        "tenure_days",
    ]
    with pytest.raises(ValueError, match="needs its moment and the features"):
        joined([both[0], snapshot()])
