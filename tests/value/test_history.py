"""The plot of an account's value: what it draws, what its table says, and when there is none."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from cshub.l10n import formats
from health.value.history import WEEKS, Told, value_plot
from health.value.models import AccountValue, Valuation
from tests import cast
from tests.value import make
from tests.value.make import AS_OF, TODAY, revalued, subscribed


def told(weeks_ago: int, amount: int | None, tier: str = "middle", currency: str = "EUR") -> Told:
    sums = (None, None, None) if amount is None else tuple(map(Decimal, (amount, amount - 1_000, amount + 2_000)))
    return Told(AS_OF - timedelta(weeks=weeks_ago), *sums, currency, tier)


def words(plot: Any) -> list[str]:
    return [mark.label for mark in plot["plot"].events]


@pytest.mark.parametrize(
    "history", [[], [told(0, 40_000)], [told(9, None), told(0, 40_000)], [told(9, None), told(0, None)]]
)
def test_fewer_than_two_weeks_with_a_value_are_no_line(history: list[Told]) -> None:
    assert value_plot(history, as_of=AS_OF)["plot"] is None


def test_the_line_begins_with_the_first_valuation_and_carries_each_on_until_the_next() -> None:
    found = value_plot([told(10, 40_000), told(4, 60_000, "high")], as_of=AS_OF)
    [line] = found["plot"].lines
    assert line.path.count(" ") == 11  # ten weeks, and now
    assert line.ribbon
    assert found["plot_label"] == "Lifetime value over 10 weeks with its interval, from €40k to €60k"
    day = TODAY - timedelta(weeks=4)
    assert found["plot_rows"] == [
        (formats.date(day), ["€60k", "€59k–€62k", "High"]),
        (formats.date(day - timedelta(weeks=6)), ["€40k", "€39k–€42k", "Middle"]),
    ]


def test_of_more_than_a_year_the_last_one_is_drawn_with_what_held_at_its_beginning() -> None:
    found = value_plot([told(200, 40_000), told(100, 50_000), told(1, 60_000)], as_of=AS_OF)
    assert found["plot_label"].startswith(f"Lifetime value over {WEEKS} weeks with its interval, from €50k")


def test_each_tier_has_its_line_and_its_name_where_it_lasted() -> None:
    found = value_plot(
        [told(50, 40_000), told(30, 60_000, "high"), told(28, 41_000), told(2, 70_000, "high")], as_of=AS_OF
    )
    assert words(found) == ["Middle", "", "Middle", "High"]


def test_an_unknown_week_is_a_gap_and_money_of_another_currency_is_not_drawn() -> None:
    found = value_plot([told(30, 40_000), told(20, None, "unknown"), told(10, 60_000)], as_of=AS_OF)
    assert found["plot"].lines[0].path.count("M") == 2
    assert found["plot_rows"][1][1] == ["–", "–", "Unknown"]
    changed = value_plot([told(30, 9_000_000, currency="JPY"), told(10, 60_000)], as_of=AS_OF)
    assert changed["plot_label"].endswith("from €60k to €60k")


def test_the_page_of_an_account_shows_it_with_a_table(acme: object, client: Any) -> None:
    make.fit()
    make.rates()
    make.terms()
    account = subscribed(50_000)
    make.worked(account)
    revalued()
    client.force_login(cast.grace())
    url = reverse("account", args=[account.pk])
    assert "Value and tier over the past year" not in client.get(url).content.decode()
    now = AccountValue.objects.values().get(account=account)
    earlier = AS_OF - timedelta(weeks=30)
    Valuation.objects.create(**{**now, "computed_at": earlier, "recorded_at": earlier, "amount": Decimal(30_000), "low": Decimal(29_000), "tier": "low"})  # fmt: skip
    text = client.get(url).content.decode()
    assert "Value and tier over the past year" in text
    assert "€29k–" in text
    assert f"Told on {formats.date(TODAY)}." in text
    assert "Without expansion" in text
