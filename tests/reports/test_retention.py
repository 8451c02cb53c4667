"""GRR, NRR, logo churn and the renewal rate, computed by hand from the definitions."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.numbers import roi_numbers
from tests.accounts import make as facts
from tests.reports.make import BEGUN, KNOWN, LATER, PERIOD

pytestmark = pytest.mark.usefixtures("acme")
BEFORE, WITHIN, AFTER = date(2025, 6, 1), date(2026, 3, 1), date(2026, 7, 1)


def account(*movements: tuple[date, int, str], currency: str = "EUR", **fields: Any) -> None:
    """An account with these movements: day, amount, kind."""
    line = facts.contract(arr=0, currency=currency).lines.get()
    for day, amount, kind in movements:
        facts.movement(line, amount=amount, occurred_on=day, kind=kind, **{"recorded_at": BEGUN, **fields})


def kept() -> dict[str, Any]:
    numbers = roi_numbers(since=PERIOD[0], until=PERIOD[1], as_of=KNOWN, margin=Decimal(1), currency="EUR")
    found: dict[str, Any] = numbers["retention"]
    return found


def test_a_book_by_hand() -> None:
    account((BEFORE, 1000, "new"))  # stays
    account((BEFORE, 1000, "new"), (WITHIN, 500, "expansion"))
    account((BEFORE, 1000, "new"), (WITHIN, -400, "contraction"))
    account((BEFORE, 1000, "new"), (WITHIN, -1000, "churn"))
    account((WITHIN, 9000, "new"))  # a new logo is out of all four
    found = kept()
    assert (found["start_cents"], found["accounts"], found["accounts_lost"]) == (400_000, 4, 1)
    assert found["grr"] == pytest.approx((4000 - 400 - 1000) / 4000)
    assert found["nrr"] == pytest.approx((4000 + 500 - 400 - 1000) / 4000)
    assert found["logo_churn"] == pytest.approx(1 / 4)


def test_an_account_that_grew_before_it_left_loses_no_more_than_its_start() -> None:
    account((BEFORE, 1000, "new"), (WITHIN, 2000, "expansion"), (date(2026, 5, 1), -3000, "churn"))
    account((BEFORE, 1000, "new"))
    assert (kept()["grr"], kept()["nrr"]) == (0.5, 0.5)


def test_who_came_back_is_lost_to_gross_retention_and_kept_in_net() -> None:
    account((BEFORE, 1000, "new"), (WITHIN, -1000, "churn"), (date(2026, 5, 1), 800, "reactivation"))
    assert (kept()["grr"], kept()["nrr"], kept()["logo_churn"]) == (0.0, 0.8, 0.0)


def test_prices_count_as_they_move_and_exchange_rates_not_at_all() -> None:
    account((BEFORE, 1000, "new"), (WITHIN, 100, "price"), (date(2026, 4, 1), -50, "price"), (WITHIN, -300, "fx"))
    assert (kept()["grr"], kept()["nrr"]) == (0.95, 1.05)


def test_what_is_outside_the_period_unknown_or_in_another_currency_is_out() -> None:
    account((BEFORE, 1000, "new"), (AFTER, -1000, "churn"))
    account((BEFORE, 1000, "new"), currency="USD")
    account((BEFORE, 1000, "new"), recorded_at=LATER)
    assert (kept()["accounts"], kept()["grr"], kept()["accounts_left_out"]) == (1, 1.0, 1)


def test_an_empty_book_has_no_shares() -> None:
    found = kept()
    assert [found[name] for name in ("grr", "nrr", "logo_churn", "renewal_rate")] == [None] * 4


def renewal(due_on: date, decision: str = "", arr_renewed: int = 0, **fields: Any) -> None:
    contract = facts.contract(arr=0)
    due = facts.renewal(contract, due_on=due_on, arr_due=1000, **{"recorded_at": BEGUN, **fields})
    if decision:
        facts.decision(due, decision=decision, arr_renewed=arr_renewed, recorded_at=BEGUN)


def test_the_renewal_rate_is_over_all_that_fell_due() -> None:
    renewal(WITHIN, "renewed", 1000)
    renewal(WITHIN, "renewed", 1500)  # growth is no renewal
    renewal(WITHIN, "renewed", 700)
    renewal(WITHIN, "churned")
    renewal(WITHIN)  # nobody decided
    renewal(AFTER, "churned")
    renewal(WITHIN, "churned", recorded_at=LATER)
    found = kept()
    assert (found["due_cents"], found["renewed_cents"], found["undecided"]) == (500_000, 270_000, 1)
    assert found["renewal_rate"] == pytest.approx(0.54)


AMOUNTS = st.lists(st.tuples(st.booleans(), st.integers(1, 900)), max_size=5)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=AMOUNTS)
def test_gross_retention_never_leaves_0_to_1(changes: list[tuple[bool, int]]) -> None:
    level, movements = 1000, []
    for is_loss, amount in changes:
        change = -min(amount, level) if is_loss else amount
        if change:
            movements.append((WITHIN, change, "price"))
            level += change
    account((BEFORE, 1000, "new"), *movements)
    found = kept()
    assert 0 <= found["grr"] <= 1
    assert 0 <= found["lost_cents"] <= found["start_cents"]
