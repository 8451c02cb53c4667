"""Revenue kept in several currencies: exchange rates move what is reported and never what customers did."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import services as accounts
from accounts.models import Account
from accounts.services import Rate
from reports.numbers import canonical, roi_numbers
from reports.tables import table_csv, tables_of
from tests.accounts import make as facts
from tests.accounts.histories import EVENTS, History
from tests.accounts.test_histories import LENIENT, WITHOUT_SHRINKING
from tests.reports.make import KNOWN, LATER, PERIOD
from tests.reports.test_retention import BEFORE, WITHIN, account

pytestmark = pytest.mark.usefixtures("acme")
START, END = PERIOD
SOON = KNOWN - timedelta(hours=1)


def rates(*said: tuple[str, date, str], as_of: Any = SOON) -> None:
    given = [Rate("EUR", currency, day, Decimal(rate)) for currency, day, rate in said]
    accounts.set_rates(given, by=None, as_of=as_of)


def numbers(as_of: Any = KNOWN) -> dict[str, Any]:
    return roi_numbers(since=START, until=END, as_of=as_of, margin=Decimal(1), currency="EUR")


def test_a_book_in_two_currencies_by_hand() -> None:
    account((BEFORE, 1000, "new"), (WITHIN, -100, "contraction"))
    account((BEFORE, 2000, "new"), (WITHIN, 500, "expansion"), currency="USD")
    rates(("USD", date(2025, 12, 1), "0.5"), ("USD", date(2026, 6, 1), "0.8"))
    found = numbers()["currencies"]
    start = 1000 + 2000 * 0.5
    assert found["grr_constant"] == pytest.approx((900 + 1000) / start)
    assert found["nrr_constant"] == pytest.approx((900 + 2500 * 0.5) / start)
    assert found["grr_reported"] == pytest.approx((900 + 1000) / start)  # a dearer dollar keeps no more than there was
    assert found["nrr_reported"] == pytest.approx((900 + 2500 * 0.8) / start)
    assert [(row["currency"], row["at_start"], row["at_end"]) for row in found["rates"]] == [
        ("EUR", "1", "1"),
        ("USD", "0.5", "0.8"),
    ]


def test_a_falling_currency_lowers_what_is_reported_alone() -> None:
    account((BEFORE, 2000, "new"), currency="USD")
    rates(("USD", date(2025, 12, 1), "1.0"), ("USD", date(2026, 6, 1), "0.9"))
    found = numbers()["currencies"]
    assert [found[name] for name in ("grr_constant", "nrr_constant", "grr_reported", "nrr_reported")] == [
        1,
        1,
        0.9,
        0.9,
    ]


def test_a_missing_rate_is_said_and_never_guessed() -> None:
    account((BEFORE, 1000, "new"))
    account((BEFORE, 2000, "new"), currency="USD")
    account((BEFORE, 3000, "new"), currency="PLN")
    rates(("USD", date(2025, 12, 1), "0.5"), ("PLN", date(2026, 3, 1), "0.2"))
    found = numbers()
    assert found["currencies"]["missing"] == [{"currency": "PLN", "accounts": 1}]
    assert found["currencies"]["accounts"] == 2
    assert {"code": "accounts_left_out", "count": 1} in found["not_claimed"]
    assert "PLN,1" in table_csv(found, "currencies")


def test_without_rates_or_other_currencies_a_report_keeps_its_bytes() -> None:
    account((BEFORE, 1000, "new"))
    before = canonical(numbers())
    rates(("USD", date(2025, 12, 1), "0.5"))
    assert canonical(numbers()) == before
    assert "currencies" not in tables_of(numbers())
    account((BEFORE, 2000, "new"), currency="USD")
    known_before_the_rate = numbers(as_of=SOON - timedelta(seconds=1))
    assert "currencies" not in known_before_the_rate


def test_a_rate_that_was_learned_later_changes_no_report_of_before() -> None:
    account((BEFORE, 2000, "new"), currency="USD")
    rates(("USD", date(2025, 12, 1), "0.5"))
    before = canonical(numbers())
    rates(("USD", date(2025, 12, 1), "0.7"), as_of=LATER)
    assert canonical(numbers()) == before
    assert numbers(as_of=LATER)["currencies"]["rates"][0]["at_start"] == "0.7"


def test_a_merge_is_not_churn_and_what_left_afterwards_is() -> None:
    account((BEFORE, 1000, "new"))
    account((BEFORE, 500, "new"))
    kept, gone = Account.objects.order_by("-revenue__arr")
    accounts.merge_accounts(survivor=kept, absorbed=gone, occurred_on=WITHIN, by=None, as_of=KNOWN)
    found = numbers()["retention"]
    assert (found["accounts"], found["accounts_lost"], found["grr"], found["nrr"]) == (1, 0, 1.0, 1.0)
    for line in (line for contract in kept.contracts.all() for line in contract.lines.all()):
        facts.movement(line, amount=-line.arr, occurred_on=date(2026, 5, 1), kind="churn", recorded_at=KNOWN)
    assert (numbers()["retention"]["grr"], numbers()["retention"]["accounts_lost"]) == (0.0, 1)


def test_accounts_merged_one_into_the_next_are_one() -> None:
    for _ in range(4):
        account((BEFORE, 1000, "new"))
    for gone, kept in pairwise(list(Account.objects.order_by("pk"))):
        accounts.merge_accounts(survivor=kept, absorbed=gone, occurred_on=WITHIN, by=None, as_of=KNOWN)
    found = numbers()["retention"]
    assert (found["accounts"], found["accounts_lost"], found["grr"], found["nrr"]) == (1, 0, 1.0, 1.0)


def test_a_correction_takes_back_what_it_corrects() -> None:
    account((BEFORE, 1000, "new"), (WITHIN, 500, "expansion"), (WITHIN, -500, "correction"))
    account((BEFORE, 1000, "new"), (WITHIN, -300, "contraction"), (WITHIN, 300, "correction"))
    assert (numbers()["retention"]["grr"], numbers()["retention"]["nrr"]) == (1.0, 1.0)


@settings(max_examples=12, deadline=None, suppress_health_check=LENIENT, phases=WITHOUT_SHRINKING)
@given(events=EVENTS, at_start=st.decimals("0.01", 90, places=4), at_end=st.decimals("0.01", 90, places=4))
def test_gross_retention_is_never_above_one_whatever_happened(events: Any, at_start: Decimal, at_end: Decimal) -> None:
    with transaction.atomic():
        history = History.play(events)
        since, until = date(2023, 3, 1), max(date(2023, 4, 1), history.today)
        for currency in ("USD", "IRR"):
            rates(
                (currency, date(2023, 1, 1), str(at_start)),
                (currency, until - timedelta(days=1), str(at_end)),
                as_of=history.as_of,
            )
        found = roi_numbers(since=since, until=until, as_of=KNOWN, margin=Decimal(1), currency="EUR")
        shares = [found["retention"]["grr"]]
        shares += (
            [found["currencies"][name] for name in ("grr_constant", "grr_reported")] if "currencies" in found else []
        )
        assert all(share is None or 0 <= share <= 1 for share in shares)
        transaction.set_rollback(True)  # the examples of one test share its transaction
