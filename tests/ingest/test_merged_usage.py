"""Usage of accounts that turned out to be one: it goes over, and whatever comes later under the old ID reaches the account that lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts import services
from accounts.ingest.bulk import take_rows
from accounts.ingest.models import MetricPoint
from accounts.ingest.services import undo_import
from accounts.models import Account, AccountMerge, Order, UsageDaily
from accounts.services.merging import measurements_told
from tests import cast
from tests.accounts import make
from tests.accounts.conftest import ask  # noqa: F401  # a fixture
from tests.events import sending
from tests.ingest.files import MORNING, bring_in, counts

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MERGED_AT = MORNING + timedelta(minutes=1)
LATER = MORNING + timedelta(hours=1)
Rows = list[dict[str, Any]]


@pytest.fixture
def pair(acme: object) -> tuple[Account, Account]:
    return make.account(external_id="N", name="North"), make.account(external_id="W", name="West")


def merge(kept: Account, gone: Account, as_of: datetime = MERGED_AT) -> AccountMerge:
    return services.merge_accounts(survivor=kept, absorbed=gone, by=None, as_of=as_of)


def tell(*rows: tuple[str, int], metric: str = "logins", as_of: datetime = MORNING, **more: Any) -> list[str]:
    """A day under these IDs, in one request; what became of the rows."""
    told = [
        {"account": account, "metric": metric, "day": DAY.isoformat(), "value": value, **more}
        for account, value in rows
    ]
    return [result.status for result in take_rows("usage", told, by=None, as_of=as_of)]


def measure(account: str, *values: int, as_of: datetime = MORNING, metric: str = "logins") -> list[str]:
    """Measurements at noon and each minute after."""
    told = [
        {
            "account": account,
            "metric": metric,
            "measured_at": (NOON + timedelta(minutes=minute)).isoformat(),
            "value": value,
        }
        for minute, value in enumerate(values)
    ]
    return [result.status for result in take_rows("usage", told, by=None, as_of=as_of)]


def days(metric: str = "logins") -> dict[str, int]:
    return {row.account.external_id: int(row.value) for row in UsageDaily.objects.filter(metric=metric, day=DAY)}


def points(account: Account) -> list[int]:
    return [int(row.value) for row in MetricPoint.objects.filter(account=account).order_by("measured_at")]


def test_measurements_go_over_and_those_of_one_moment_stay_the_survivors(pair: tuple[Account, Account]) -> None:
    measure("N", 10)
    measure("W", 4, 5, 6)
    done = merge(*pair)
    assert points(pair[0]) == [10, 5, 6]
    assert days()["N"] == 21
    assert (done.moved["measurements"], done.moved["measurements_left"], done.moved["measurements_twice"]) == (2, 1, 1)
    assert measurements_told(done) == (
        "2 measurements came along. 1 stayed behind: this account has one of the same metric and moment, or told the day as a whole."
    )
    measure("N", 11, as_of=LATER)
    assert (points(pair[0]), days()["N"]) == ([11, 5, 6], 22)


def test_a_split_takes_the_measurements_back(pair: tuple[Account, Account]) -> None:
    measure("N", 10)
    measure("W", 4, 5)
    done = merge(*pair)
    services.split_account(done, by=None, as_of=LATER)
    assert (points(pair[0]), points(pair[1]), days()) == ([10], [4, 5], {"N": 10, "W": 9})


def test_a_day_told_as_a_whole_stays_one(pair: tuple[Account, Account]) -> None:
    tell(("N", 10))
    measure("W", 4)
    done = merge(*pair)
    assert (points(pair[0]), days()["N"], done.moved["measurements_left"]) == ([], 14, 1)
    assert tell(("N", 12), as_of=LATER) == ["updated"]
    assert days()["N"] == 16


def test_a_whole_day_of_the_other_stays_in_a_day_of_measurements(pair: tuple[Account, Account]) -> None:
    measure("N", 10)
    tell(("W", 4))
    merge(*pair)
    measure("N", 10, 1, as_of=LATER)
    assert days()["N"] == 15


def test_a_metric_that_is_no_sum_is_taken_over_only_where_there_is_none(pair: tuple[Account, Account]) -> None:
    for key in ("seats", "licenses"):
        make.metric(key, aggregation="max")
    measure("N", 100, metric="seats")
    measure("W", 7, 3, metric="seats")
    measure("W", 5, metric="licenses")
    merge(*pair)
    assert (days("seats")["N"], days("licenses")["N"], points(pair[0])) == (100, 5, [100, 5])


def by_file(rows: Rows, _ask: Callable[..., Any]) -> None:
    lines = [",".join(str(value) for value in row.values()) for row in rows]
    assert counts(bring_in("account,metric,day,value\n" + "\n".join(lines) + "\n", kind="usage", as_of=LATER))[3] == 0


def by_batch(rows: Rows, ask: Callable[..., Any]) -> None:  # noqa: F811  # the fixture, handed on
    answer = ask(cast.grace(), "POST", "usage_daily/batch/", rows)
    assert answer.status_code == 200, answer.content


def by_events(rows: Rows, _ask: Callable[..., Any]) -> None:
    _source, key = sending.source()
    for row in rows:
        told = [sending.track(None, context={"groupId": row["account"]}, at=NOON) for _each in range(row["value"])]
        sending.send(key, *told)
    sending.work_off()


@pytest.mark.parametrize("way", [by_file, by_batch, by_events])
def test_usage_under_the_old_id_reaches_the_account_that_lives(
    pair: tuple[Account, Account],
    way: Callable[..., None],
    ask: Callable[..., Any],  # noqa: F811
) -> None:
    merge(*pair)
    way([{"account": "W", "metric": "logins", "day": DAY.isoformat(), "value": 3}], ask)
    found = UsageDaily.objects.filter(account=pair[0], day=DAY).values_list("value", flat=True)
    assert set(found) == {3}


def test_a_row_by_its_own_id_reaches_the_account_that_lives(
    pair: tuple[Account, Account],
    ask: Callable[..., Any],  # noqa: F811
) -> None:
    merge(*pair)
    body = {"account": "W", "ordered_on": "2026-11-20", "amount": {"amount": "9.00", "currency": "EUR"}}
    assert ask(cast.grace(), "PUT", "orders/by_external_id/o-1/", body).status_code == 201
    assert Order.objects.get().account == pair[0]


def test_each_id_says_its_own_days_again_without_overwriting_the_other(pair: tuple[Account, Account]) -> None:
    tell(("N", 10), ("W", 7))
    merge(*pair)
    assert (tell(("N", 10), as_of=LATER), tell(("W", 7), as_of=LATER)) == (["unchanged"], ["unchanged"])
    assert days()["N"] == 17
    assert tell(("W", 9), as_of=LATER) == ["updated"]
    assert days()["N"] == 19
    assert tell(("N", 11), as_of=LATER) == ["updated"]
    assert tell(("N", 12), ("W", 1), as_of=LATER) == ["updated", "updated"]
    assert days()["N"] == 13


def test_a_split_gives_back_what_the_old_id_told_since(pair: tuple[Account, Account]) -> None:
    tell(("N", 10), active_users=4)
    done = merge(*pair)
    assert tell(("W", 7), as_of=LATER, active_users=2) == ["added"]
    assert UsageDaily.objects.get(account=pair[0]).active_users == 6
    services.split_account(done, by=None, as_of=LATER + timedelta(hours=1))
    assert days() == {"N": 10, "W": 7}
    assert UsageDaily.objects.get(account=pair[0]).active_users == 4


def test_what_an_old_id_tells_goes_through_every_merge(pair: tuple[Account, Account]) -> None:
    south = make.account(external_id="S", name="South")
    tell(("N", 10), ("W", 7), ("S", 1))
    merge(*pair)
    second = merge(south, pair[0], MERGED_AT + timedelta(minutes=1))
    tell(("W", 9), as_of=LATER)
    tell(("N", 20), as_of=LATER)
    tell(("S", 2), as_of=LATER)
    assert days() == {"W": 9, "N": 29, "S": 31}
    services.split_account(second, by=None, as_of=LATER)
    assert days() == {"W": 9, "N": 29, "S": 2}


def test_an_import_under_the_old_id_is_undone_at_every_account(pair: tuple[Account, Account]) -> None:
    tell(("N", 10), ("W", 7))
    merge(*pair)
    batch = bring_in(f"account,metric,day,value\nW,logins,{DAY},9\n", kind="usage", as_of=LATER)
    assert days() == {"N": 19, "W": 9}
    undo_import(batch, by=None, as_of=LATER + timedelta(hours=1))
    assert days() == {"N": 17, "W": 7}
