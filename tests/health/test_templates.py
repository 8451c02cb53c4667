"""The card on the account page: the arithmetic is all there, in every language, and an unknown score says why."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Account
from health.queries import explanation
from health.services import ensure_starter_scorecard, score_accounts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


def card(account: Account) -> str:
    return " ".join(render_to_string("health/_why.html", {"why": explanation(account, as_of=make.AS_OF)}).split())


def test_it_shows_every_step_from_raw_value_to_score():
    make.active_version(make.document(make.group(make.measure(), make.measure("since", "tenure_months", high=20))))
    northwind = make.account(customer_since_on=make.ago(487))
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)

    html = card(northwind)

    for text in ("NPS 2", "16 months", "0 earns 0 points, 10 earns 100", "Watch", "50.0%", "v1"):
        assert text in html
    assert "style=" not in html


def test_an_unknown_score_says_how_much_is_missing():
    make.active_version(make.document(coverage_floor=0.5))
    northwind = make.account()
    score_accounts(as_of=make.AS_OF)
    html = card(northwind)
    assert "Not enough data: 0 of 1 measure connected" in html
    assert "Data covers 0% of the weights; a score needs 50%." in html


def test_an_account_that_is_not_scored_yet_says_so():
    assert "Not scored yet" in card(make.account())


@pytest.mark.parametrize("language", ["en", "pl", "ru", "fa"])
@pytest.mark.parametrize("template", ["standard", "customer_file"])
def test_starters_render_in_every_language(template, language):
    ensure_starter_scorecard(template=template, by=None, as_of=make.LONG_AGO)
    northwind = make.account(
        customer_since_on=make.ago(400),
        attributes={"tech_support": "No", "payment_method": "<script>", "monthly_charges": 70.5},
    )
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)
    with translation.override(language):
        assert "<script>" not in card(northwind)


def test_a_name_in_a_formula_is_text_and_never_markup():
    make.active_version(make.document(make.group(make.measure(label="<b>NPS</b>"))))
    northwind = make.account()
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)
    assert "&lt;b&gt;NPS&lt;/b&gt;" in card(northwind)
