"""Back-tests and predictions over HTTP: the pages, the block of an account, and REST."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account
from health.predictions import services
from health.predictions.contacts import contact_plan
from health.predictions.models import AccountPrediction
from tests import cast
from tests.predictions.make import AS_OF, history, lived, present, worth
from tests.segments.make import asks, members, segment

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def browser(client: Any) -> Any:
    client.force_login(cast.ada())
    return client


def page(browser: Any, name: str, *args: object, **query: str) -> str:
    answer = browser.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def learned() -> None:
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)


def test_before_the_first_back_test_the_page_says_what_will_appear(browser):
    assert "Nothing has been checked yet" in page(browser, "backtest")
    answer = browser.get(reverse("prediction_model"))
    assert (answer.status_code, answer.url) == (302, reverse("backtest"))
    assert browser.get(reverse("prediction_model_version", args=[7])).status_code == 404


def test_few_outcomes_get_counts_and_no_verdict(browser):
    lived(count=24)
    services.learn(as_of=AS_OF)
    text = page(browser, "backtest")
    assert "No verdict yet" in text
    assert "30 of each are needed" in text
    assert "50 of each are needed" in text
    assert "leave more often" not in text
    assert "Warned and not warned" not in text


def test_from_the_back_test_to_the_card_to_whom_to_contact(browser):
    learned()
    worth(dict.fromkeys(Account.objects.all(), 12_000))
    text = page(browser, "backtest")
    assert "Accounts with a low score leave more often" in text
    assert "Warned and not warned" in text
    assert reverse("prediction_model_version", args=[1]) in text
    card = page(browser, "prediction_model")
    assert "Prediction model v1" in card
    assert "changing one need not change the outcome" in card
    cheap = {"offer": "10", "contact": "1", "success": "50"}
    assert "expected, in 95 of 100 cases" in page(browser, "prediction_model", **cheap)
    assert "Contact nobody" in page(browser, "prediction_model", **{**cheap, "contact": "20000"})
    wrong = browser.get(reverse("prediction_model"), {**cheap, "success": "140"})
    assert wrong.status_code == 422
    assert "less than or equal to 100" in wrong.content.decode()


def test_contacting_pays_by_what_is_lost_if_an_account_leaves_and_unknown_values_are_left_out(browser):
    learned()
    accounts = list(Account.objects.order_by("external_id"))
    worth({each: 100 + place if place else None for place, each in enumerate(accounts)})
    told = dict(AccountPrediction.objects.values_list("account", "probability"))
    plan = contact_plan({"offer": Decimal(10), "contact": Decimal(1), "success": Decimal(50)})
    assert (plan.accounts, plan.others, plan.unknown) == (len(told) - 1, 0, 1)
    everybody = sum(
        float(told[each.pk]) * 0.5 * (100 + place - 10) - (1 - float(told[each.pk])) * 10 - 1
        for place, each in enumerate(accounts)
        if place
    )
    assert plan.everybody.profit_cents == pytest.approx(everybody * 100, abs=1)
    assert "1 account without a known value is left out" in page(browser, "prediction_model", offer="10", contact="1", success="50")  # fmt: skip


def test_an_account_shows_its_probability_with_drivers_and_how_honest_its_score_is(browser):
    learned()
    account = Account.objects.get(external_id="h-0")
    text = page(browser, "account", account.pk)
    told = account.prediction
    assert f"{told.probability * 100:.1f}% likely to leave within 90 days" in text
    assert "NPS" in text
    assert "typical is" in text
    assert "of the time" in text


def test_an_account_without_a_probability_says_why(browser):
    history(left=3, stayed=9, when_left=1, otherwise=9)
    present()
    account = Account.objects.get(external_id="h-5")
    assert "nothing has been learned yet" in page(browser, "account", account.pk)
    services.learn(as_of=AS_OF)
    assert "Cannot tell: 3 accounts left and 9 stayed" in page(browser, "account", account.pk)


def test_rest_gives_probabilities_with_drivers_and_cards(browser):
    learned()
    account = Account.objects.get(external_id="h-0")
    found = browser.get("/api/v1/predictions/", {"account": str(account.pk)}).json()["data"]
    assert len(found) == 1
    assert found[0]["horizon_days"] == 90
    assert [each["feature"] for each in found[0]["drivers"]] == ["nps"]
    assert float(found[0]["low"]) <= float(found[0]["probability"]) <= float(found[0]["high"])
    assert browser.get("/api/v1/predictions/", {"account": str(account.pk), "present": "false"}).json()["data"] == []
    [model] = browser.get("/api/v1/prediction_models/", {"state": "active"}).json()["data"]
    assert model["card"]["quality"]["auc"]["estimate"] > 0.5
    [kept] = browser.get("/api/v1/backtests/").json()["data"]
    assert (kept["decision"], kept["model"]) == ("taken", model["id"])
    assert browser.post("/api/v1/predictions/", {}, content_type="application/json").status_code in (403, 405)


def test_a_segment_asks_for_the_probability_and_takes_nobody_who_is_unknown():
    learned()
    told = AccountPrediction.objects.order_by("-probability").first()
    AccountPrediction.objects.filter(account__external_id="h-0").delete()
    rule = asks("leaving_probability", "at_least", float(told.probability))
    assert members(segment(rule)) == {told.account.name}
    everybody = members(segment(asks("leaving_probability", "at_least", 0)))
    assert len(everybody) == AccountPrediction.objects.count()
    assert "H 0" not in everybody


@pytest.mark.parametrize("person", [cast.ada, cast.grace, cast.finn])
def test_everybody_who_is_signed_in_may_read_and_nobody_else(client, person):
    assert client.get(reverse("backtest")).status_code == 302
    assert client.get("/api/v1/predictions/").status_code == 401
    client.force_login(person())
    assert client.get(reverse("backtest")).status_code == 200
    assert client.get("/api/v1/prediction_models/").status_code == 200
