"""Every customer has a value with its method, horizon and interval, what serving it cost, and a tier; or the reason why not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from scipy.special import beta

from accounts.models import Account
from accounts.services import Rate, merge_accounts, set_rates
from health.engine.value.repeat import WEEKS_A_YEAR, Buying, Spending, expected_purchases, expected_spending
from health.predictions.models import AccountPrediction, PredictionModel
from health.value import services
from health.value.invariants import INVARIANTS
from health.value.learning import history_of
from health.value.models import AccountValue, StrategicMark, Valuation, ValueFit
from health.value.sql.reading import histories
from tests import cast
from tests.accounts import make as facts
from tests.value import make
from tests.value.make import AS_OF, LONG_AGO, TODAY, revalued, subscribed, value_of

pytestmark = pytest.mark.usefixtures("acme")
LATER = AS_OF + timedelta(days=1)


def expected(*, left: int, survived: int, first: float | None = None, monthly: float = 800.0) -> float:
    """Month by month, the way one would on paper: what is paid, while it is still there, in today's money."""
    known = make.fitted()
    total = 0.0
    for month in range(36):
        renewals = 0 if month < left else 1 + (month - left) // 12
        stays = beta(known.alpha, known.beta + survived + renewals) / beta(known.alpha, known.beta + survived)
        if renewals and first is not None:
            stays *= first / (beta(known.alpha, known.beta + survived + 1) / beta(known.alpha, known.beta + survived))
        total += monthly * stays * 1.1 ** (-(month + 0.5) / 12)
    return total


def predicted(account: Account, probability: float) -> None:
    model = PredictionModel.objects.create(
        number=1, state="active", horizon_days=90, features=["x"], first_snapshot_on=TODAY, last_snapshot_on=TODAY,
        parameters={}, card={}, digest="", as_of=LONG_AGO,
    )  # fmt: skip
    AccountPrediction.objects.create(
        account=account, model=model, probability=probability, low=probability - 0.05, high=probability + 0.05,
        parts=[0.0], predicted_at=LONG_AGO,
    )  # fmt: skip


def test_a_subscription_is_worth_its_margin_while_it_is_renewed():
    made = make.fit()
    account = subscribed()
    assert revalued() == 1
    value = value_of(account)
    assert float(value.amount) == pytest.approx(expected(left=2, survived=1), abs=0.01)
    assert value.low < value.amount < value.high
    assert (value.method, value.months, value.discount, value.margin, value.currency) == (
        "subscription", 36, Decimal("0.1"), Decimal("0.8"), "EUR",
    )  # fmt: skip
    assert (value.fit_id, value.refusal) == (made.pk, "")
    paid_anyway = sum(800 * 1.1 ** (-(month + 0.5) / 12) for month in range(2))
    known = make.fitted()
    stays = beta(known.alpha, known.beta + 2) / beta(known.alpha, known.beta + 1)
    assert float(value.at_stake) == pytest.approx((float(value.amount) - paid_anyway) / stays, abs=0.01)


def test_a_renewal_within_the_horizon_is_made_with_the_account_s_own_probability():
    make.fit()
    account = subscribed()
    predicted(account, 0.4)
    revalued()
    value = value_of(account)
    assert float(value.amount) == pytest.approx(expected(left=2, survived=1, first=0.6), abs=0.01)
    assert value.low < value.amount < value.high


def test_a_later_renewal_is_made_like_that_of_others():
    make.fit()
    account = subscribed(months=28)
    predicted(account, 0.4)
    revalued()
    assert float(value_of(account).amount) == pytest.approx(expected(left=6, survived=1), abs=0.01)


def test_more_revenue_more_margin_and_more_renewals_survived_are_worth_more():
    make.fit()
    small, large = subscribed(6_000), subscribed(12_000)
    loyal = subscribed(6_000, starts_on=date(2022, 1, 21), months=60)
    rich = subscribed(6_000, segment="Rich")
    services.decide_margin(segment="Rich", margin=Decimal("0.9"), valid_from=TODAY, by=None, as_of=LONG_AGO)
    revalued()
    worth = {each: value_of(each).amount for each in (small, large, loyal, rich)}
    assert worth[large] == pytest.approx(2 * worth[small], abs=Decimal("0.01"))
    assert worth[loyal] > worth[small]
    assert worth[rich] == pytest.approx(worth[small] * Decimal("1.125"), abs=Decimal("0.01"))


def test_two_contracts_add_up():
    make.fit()
    account = subscribed(6_000)
    facts.contract(account, arr=6_000, starts_on=date(2025, 1, 21), ends_on=date(2027, 1, 21), term_months=12)
    revalued()
    assert float(value_of(account).amount) == pytest.approx(expected(left=2, survived=1), abs=0.02)


@pytest.mark.parametrize(
    ("learned", "margin", "arr", "refusal"),
    [
        (True, None, 12_000, "no_margin"),
        (False, Decimal("0.8"), 12_000, "no_survival"),
        (True, Decimal("0.8"), 0, "no_revenue"),
    ],
)
def test_what_cannot_be_valued_is_unknown_with_its_reason(learned, margin, arr, refusal):
    make.terms()
    make.rates()
    make.worked()
    if learned:
        make.fit()
    account = subscribed(arr)
    revalued(margin)
    value = value_of(account)
    assert (value.amount, value.low, value.refusal) == (None, None, refusal)
    assert (value.tier, value.tier_reason, value.tier_facts) == ("unknown", "value_unknown", {"note": refusal})


def test_work_is_priced_at_what_an_hour_of_the_role_cost_on_the_day():
    ada, grace = cast.ada(), cast.grace()
    make.fit()
    make.rates()
    services.decide_rate(role="csm", hourly=Decimal(90), currency="EUR", valid_from=date(2026, 7, 1), by=None, as_of=LONG_AGO)  # fmt: skip
    account = subscribed()
    at = AS_OF - timedelta(days=10)
    make.worked(account, minutes=30, user=ada)  # 45
    make.worked(account, minutes=30, user=grace)  # 60
    make.worked(account, minutes=30, occurred_at=AS_OF - timedelta(days=200))  # 30, before the raise
    make.worked(account, minutes=60, occurred_at=AS_OF - timedelta(days=400))  # more than a year ago
    facts.Account.objects.update(customer_since_on=date(2025, 1, 21))
    account.tickets.create(external_id="t-1", opened_at=at, minutes=90, recorded_at=at)  # 90
    revalued()
    value = value_of(account)
    assert value.cost == Decimal("225.00")
    assert (value.recorded_minutes, value.estimated_minutes, value.recorded_share) == (180, 0, 1)
    factor = expected(left=2, survived=1, monthly=1.0)
    assert float(value.cost_ahead) == pytest.approx(225 / 12 * factor, abs=0.01)


def test_work_without_minutes_counts_as_the_mean_of_its_kind_where_that_is_known():
    make.fit()
    make.rates()
    account, other = subscribed(), subscribed()
    for minutes in range(15, 45):
        make.worked(other, minutes=minutes)
    make.worked(account, minutes=0)
    make.worked(account, minutes=0, channel="email")
    revalued()
    value = value_of(account)
    assert (value.recorded_minutes, value.estimated_minutes, value.unmeasured_count) == (0, 30, 1)
    assert (value.cost, value.recorded_share) == (Decimal("29.50"), 0)


def test_the_year_of_a_young_account_is_carried_to_a_whole_one_in_what_lies_ahead():
    make.fit()
    make.rates()
    account = subscribed(customer_since_on=TODAY - timedelta(days=146))
    make.worked(account, minutes=60)
    revalued()
    value = value_of(account)
    assert value.cost == 60
    factor = expected(left=2, survived=1, monthly=1.0)
    assert float(value.cost_ahead) == pytest.approx(60 * 365 / 146 / 12 * factor, abs=0.01)


def test_talks_with_an_account_that_was_merged_away_count_at_the_one_it_went_into():
    make.fit()
    make.rates()
    account, gone = subscribed(), facts.account()
    make.worked(gone, minutes=60)
    merge_accounts(survivor=account, absorbed=gone, by=None, as_of=AS_OF - timedelta(hours=1))
    revalued()
    assert value_of(account).cost == 60


def test_cost_without_rates_or_recorded_work_is_unknown_and_so_is_the_tier():
    make.fit()
    make.terms()
    account = subscribed()
    revalued()
    assert (value_of(account).cost, value_of(account).cost_refusal) == (None, "no_work")
    make.worked(account)
    revalued(as_of=LATER)
    value = value_of(account)
    assert (value.cost_refusal, value.tier, value.tier_reason) == ("no_rate", "unknown", "cost_unknown")


def test_cost_is_told_in_the_currency_of_the_account():
    make.fit()
    make.rates()
    made = facts.contract(facts.account(), starts_on=date(2025, 1, 21), ends_on=date(2027, 1, 21), currency="USD")
    facts.AccountRevenue.objects.filter(account=made.account).update(currency="USD")
    make.worked(made.account, minutes=60)
    revalued()
    assert value_of(made.account).cost_refusal == "no_exchange"
    set_rates([Rate(base="EUR", currency="USD", valid_on=TODAY, rate=Decimal("0.8"))], source="", by=None, as_of=AS_OF)
    revalued(as_of=LATER)
    assert (value_of(made.account).cost, value_of(made.account).currency) == (Decimal("75.00"), "USD")


@pytest.mark.parametrize(
    ("high", "middle", "tier", "reason"),
    [
        (10_000, 5_000, "high", "above"),
        (90_000, 5_000, "middle", "above"),
        (90_000, 80_000, "low", "below"),
    ],
)
def test_the_tier_follows_from_value_less_cost_to_serve(high, middle, tier, reason):
    make.fit()
    make.rates()
    make.terms(high, middle)
    account = subscribed()
    make.worked(account, minutes=60)
    revalued()
    value = value_of(account)
    assert (value.tier, value.tier_reason) == (tier, reason)
    net = round((value.amount - value.cost_ahead) * 100)
    assert value.tier_facts["net"] == pytest.approx(net, abs=1)
    assert value.tier in value.possible_tiers


def test_an_account_that_costs_more_than_it_brings_says_so():
    make.fit()
    make.rates()
    make.terms()
    account = subscribed(600)
    for _ in range(20):
        make.worked(account, minutes=120)
    revalued()
    assert (value_of(account).tier, value_of(account).tier_reason) == ("loss", "costs_more")


def test_an_account_that_was_set_apart_is_high_until_the_mark_is_taken_away():
    grace = cast.grace()
    account = subscribed()
    services.mark_strategic(account, note="Reference in Japan", by=grace, as_of=AS_OF)
    services.mark_strategic(account, note="Reference in all of Asia", by=grace, as_of=AS_OF)
    assert StrategicMark.objects.open().count() == 1
    revalued()
    value = value_of(account)
    assert (value.tier, value.tier_reason, value.tier_facts) == ("high", "strategic", {"note": "Reference in all of Asia"})  # fmt: skip
    assert services.end_strategic(account, by=grace, as_of=LATER) == 1
    revalued(as_of=LATER)
    assert value_of(account).tier == "unknown"
    with pytest.raises(services.BadTerms, match="Say why"):
        services.mark_strategic(account, note=" ", by=grace, as_of=LATER)


def test_only_what_changed_is_written_and_every_value_that_held_is_kept():
    make.fit()
    make.terms()
    make.rates()
    accounts = [subscribed() for _ in range(3)]
    make.worked(accounts[0])
    assert revalued() == 3
    assert revalued(as_of=LATER) == 0
    services.decide_margin(segment="Rich", margin=Decimal("0.9"), valid_from=TODAY, by=None, as_of=LONG_AGO)
    Account.objects.filter(pk=accounts[0].pk).update(segment="Rich")
    assert revalued(as_of=LATER) == 1
    assert Valuation.objects.count() == 4
    assert [each.account_id for each in Valuation.objects.earlier()] == [accounts[0].pk]
    assert Valuation.objects.present().count() == 3
    Account.objects.filter(pk=accounts[1].pk).update(status="churned")
    assert revalued(as_of=LATER + timedelta(days=1)) == 1
    assert AccountValue.objects.count() == 2
    assert [each for invariant in INVARIANTS for each in invariant.violations()] == []


def test_at_one_moment_an_account_is_valued_once():
    make.fit()
    account = subscribed()
    assert revalued() == 1
    facts.AccountRevenue.objects.filter(account=account).update(arr=24_000)
    assert revalued() == 0
    assert revalued(as_of=LATER) == 1
    assert [each for invariant in INVARIANTS for each in invariant.violations()] == []


def test_renewals_count_from_the_day_an_account_became_a_customer():
    make.fit()
    renewed_anew = subscribed(customer_since_on=date(2022, 1, 21))
    revalued()
    assert float(value_of(renewed_anew).amount) == pytest.approx(expected(left=2, survived=4), abs=0.01)


def test_its_statements_do_not_grow_with_accounts():
    make.fit()
    make.rates()
    make.worked(subscribed())
    with CaptureQueriesContext(
        connection,
    ) as few:
        revalued()
    for _ in range(5):
        make.worked(subscribed())
    with CaptureQueriesContext(connection) as many:
        revalued(as_of=LATER)
    assert len(many) == len(few)


def test_a_tampered_value_and_a_tier_against_its_reason_are_found():
    make.fit()
    make.terms()
    make.rates()
    account = subscribed()
    make.worked(account)
    revalued()
    AccountValue.objects.update(tier="loss", amount=1, low=0)
    found = [each for invariant in INVARIANTS for each in invariant.violations()]
    assert any(f"The present value of {account.external_id} is not the latest" in each for each in found)
    assert any(f"The tier of {account.external_id} does not follow" in each for each in found)


def test_renewals_are_counted_by_how_many_came_before_and_too_few_losses_are_refused():
    first = facts.contract(starts_on=date(2024, 1, 1), ends_on=date(2026, 1, 1))
    for due in (date(2025, 1, 1), date(2026, 1, 1)):
        facts.decision(facts.renewal(first, due_on=due), decided_on=due, recorded_at=LONG_AGO)
    gone = facts.contract(starts_on=date(2024, 1, 1), ends_on=date(2025, 1, 1))
    facts.decision(facts.renewal(gone), decision="churned", decided_on=date(2025, 1, 1), recorded_at=LONG_AGO)
    revalued()
    kept = ValueFit.objects.get()
    assert (kept.kind, kept.scope, kept.refusal, kept.parameters) == ("survival", "long", "too_few_lost", None)
    assert (kept.observed, kept.happened) == (3, 1)
    assert value_of(first.account).refusal == "no_survival"
    revalued(as_of=LATER)
    assert ValueFit.objects.count() == 1
    revalued(as_of=AS_OF + timedelta(days=7))
    assert ValueFit.objects.count() == 2


def test_who_reorders_without_a_contract_is_valued_by_its_orders():
    parameters = {"buying": make.BUYING, "spending": make.SPENDING}
    make.fit("reorders", "EUR", parameters=parameters)
    often, never = facts.account(), facts.account()
    for number, day in enumerate((100, 70, 40, 10)):
        often.orders.create(
            external_id=f"o-{number}", ordered_on=TODAY - timedelta(days=day), amount=50, currency="EUR", recorded_at=LONG_AGO
        )  # fmt: skip
    revalued()
    value = value_of(often)
    history = history_of(histories(today=TODAY, as_of=AS_OF))
    assert [history.repeats.tolist(), history.spent_cents.tolist()] == [[3.0], [5000.0]]
    weeks = 36 * WEEKS_A_YEAR / 12
    buys = expected_purchases(Buying(**make.BUYING), history, weeks=weeks)[0]
    spends = expected_spending(Spending(**make.SPENDING), history)[0] / 100
    assert float(value.amount) == pytest.approx(buys * spends * 0.8 * 1.1**-1.5, abs=0.02)
    assert (value.method, value.currency) == ("repeat", "EUR")
    assert value.low < value.amount < value.high
    assert value_of(never).refusal == "no_revenue"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"months": 6}, "months"),
        ({"discount": Decimal(2)}, "discount"),
        ({"currency": "euro"}, "currency"),
        ({"middle": 0}, "middle_from"),
        ({"high": 5_000}, "high_from"),
    ],
)
def test_terms_that_make_no_sense_are_refused_at_their_field(told, field):
    with pytest.raises(services.BadTerms) as refusal:
        make.terms(**told)
    assert refusal.value.field == field
