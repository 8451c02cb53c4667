"""The sum of revenue movements is the ARR: at every date, per line, contract and account and in total, whatever happened in whatever order."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from accounts.invariants import INVARIANTS
from accounts.models import AccountRevenue, ContractLine, RevenueMovement
from tests.accounts.histories import EVENTS, History

WITHOUT_SHRINKING = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # a history is short already, and playing one takes its time
LENIENT = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=12, deadline=None, suppress_health_check=LENIENT, phases=WITHOUT_SHRINKING)
@given(events=EVENTS)
def test_the_sum_of_movements_is_the_arr_at_every_date(acme, events):
    with transaction.atomic():
        check(History.play(events))
        transaction.set_rollback(True)  # the examples of one test share its transaction


def check(history):
    lines = dict(ContractLine.objects.values_list("external_id", "arr"))
    moved = list(
        RevenueMovement.objects.values_list("account_id", "line__external_id", "currency", "occurred_on", "amount")
    )
    days = {day for *_keys, day, _amount in moved} | {day for said in history.said.values() for day, _arr in said}
    for day in {each + timedelta(days=shift) for each in days for shift in (-1, 0)} | {history.today}:
        check_day(history, moved, day)
    assert lines == {key: history.arr_on(key, history.today) for key in lines}
    assert [problem for invariant in INVARIANTS for problem in invariant.violations()] == []


def check_day(history, moved, day):
    """What the movements up to the day add up to, against what was said to hold on it."""
    by_line, by_account, in_total = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
    for account, line, currency, occurred_on, amount in moved:
        if occurred_on <= day:
            by_line[line] += amount
            by_account[account] += amount
            in_total[currency] += amount
    expected = {line: history.arr_on(line, day) for line in history.said}
    assert {line: arr for line, arr in by_line.items() if arr} == {line: arr for line, arr in expected.items() if arr}
    assert sum(by_account.values()) == sum(in_total.values()) == sum(expected.values())
    assert all(arr >= 0 for arr in by_account.values())
    if day >= history.today:
        standing = dict(AccountRevenue.objects.values_list("account_id", "arr"))
        assert {pk: arr for pk, arr in standing.items() if arr} == {pk: arr for pk, arr in by_account.items() if arr}
