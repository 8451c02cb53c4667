"""Notes of whose facts changed: taken a few at a time, and together where most accounts of a stretch are noted."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ChangedAccount
from accounts.services import are_side_by_side, changed, note_changed, take_changed
from tests.accounts import make

pytestmark = pytest.mark.usefixtures("acme")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(changed, "AT_ONCE", 2)
    monkeypatch.setattr(changed, "SIDE_BY_SIDE", 4)


def noted(ids, *, at=NOW):
    note_changed(list(ids), as_of=at)


def test_few_are_taken_the_oldest_first():
    ids = sorted(make.account().pk for _ in range(3))
    noted(ids[:1], at=NOW + timedelta(minutes=1))
    noted(ids[1:2])
    assert sorted(take_changed()) == ids[:2]
    assert take_changed() == []


def test_many_side_by_side_are_taken_together_from_the_oldest_on():
    ids = sorted(make.account().pk for _ in range(8))
    noted(ids[2:])
    noted(ids[:2], at=NOW + timedelta(minutes=1))
    assert sorted(take_changed()) == ids[2:6]
    assert sorted(take_changed()) == ids[6:], "the two that are left of the file; fewer than a stretch wait after them"
    assert sorted(take_changed()) == ids[:2]
    assert not ChangedAccount.objects.exists()


def test_many_far_apart_are_taken_a_few_at_a_time():
    ids = sorted(make.account().pk for _ in range(40))
    noted(ids[::12])
    assert sorted(take_changed()) == ids[0:13:12]
    assert sorted(take_changed()) == ids[24::12]


def test_side_by_side_are_those_with_few_others_between_them():
    ids = sorted(make.account().pk for _ in range(10))
    assert are_side_by_side(ids[:3])
    assert are_side_by_side([ids[0], ids[4], ids[8]]), "nine accounts hold three"
    assert not are_side_by_side([ids[0], ids[4], ids[9]])
    assert not are_side_by_side(ids[:2]), "a few are read alone"
