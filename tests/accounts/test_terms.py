"""Terms of contracts: escalators, ends that follow each other, terms that renew by themselves, notices and changes in the middle."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts import services
from accounts.invariants import INVARIANTS
from accounts.models import AccountRevenue, Contract, ContractLine, Renewal, RenewalDecision, RevenueMovement
from accounts.services import MidTermChange
from accounts.services.refusals import LateChange, UnusableChange, UnusableTerms
from cshub import pipeline
from tests.accounts import make

DAY = timedelta(days=1)


@pytest.fixture
def today(as_of):
    return as_of.date()


def back(today, years, days=0):
    return today.replace(year=today.year - years) + timedelta(days=days)


def multi_year(today, *, percent="3", **fields):
    """Three years, the second anniversary yesterday; known from the start."""
    starts = back(today, 2, -1)
    made = make.contract(
        starts_on=starts, ends_on=starts.replace(year=starts.year + 3), escalator_percent=Decimal(percent), **fields
    )
    Contract.objects.filter(pk=made.pk).update(recorded_at=f"{starts} 00:00+00")
    return made


def violations():
    return [problem for invariant in INVARIANTS for problem in invariant.violations()]


def prices():
    return list(RevenueMovement.objects.filter(kind="price").values_list("occurred_on", "amount"))


def test_the_price_goes_up_once_at_an_anniversary_inside_the_term(acme, as_of, today):
    contract = multi_year(today, arr="1000.01")
    assert services.escalate_contracts(as_of=as_of) == 1
    assert services.escalate_contracts(as_of=as_of) == 0
    assert prices() == [(today - DAY, Decimal("30.00"))]
    assert contract.lines.get().arr == AccountRevenue.objects.get().arr == Decimal("1030.01")
    assert violations() == []


def test_the_end_of_a_term_belongs_to_the_renewal(acme, as_of, today):
    contract = multi_year(today)
    make.renewal(contract, due_on=today - DAY)
    assert services.escalate_contracts(as_of=as_of) == 0


def test_a_price_that_was_told_on_the_anniversary_or_later_holds(acme, as_of, today):
    contract = multi_year(today)
    told = services.LineChange(contract.lines.get().external_id, contract.external_id, Decimal(13_000), today - DAY)
    services.revise_lines([told], by=None, as_of=as_of)
    assert services.escalate_contracts(as_of=as_of) == 0


def test_anniversaries_before_the_contract_was_known_are_in_its_amount_already(acme, as_of, today):
    starts = back(today, 2, -1)
    make.contract(starts_on=starts, ends_on=starts.replace(year=starts.year + 3), escalator_percent=Decimal(3))
    Contract.objects.update(recorded_at=as_of)
    assert services.escalate_contracts(as_of=as_of) == 0


def test_escalating_many_costs_as_much_as_escalating_two(acme, as_of, today, count_queries):
    def escalate(count):
        for _ in range(count):
            multi_year(today)
        return count_queries(lambda: services.escalate_contracts(as_of=as_of))

    escalate(1)
    assert escalate(20) == escalate(2)


def test_a_contract_renews_by_itself_on_the_day_of_its_end(acme, as_of, today):
    contract = make.contract(starts_on=back(today, 1), ends_on=today, auto_renews=True)
    services.refresh_renewals(as_of=as_of)
    assert services.renew_automatically(as_of=as_of) == 1
    assert services.renew_automatically(as_of=as_of) == 0
    contract.refresh_from_db()
    assert contract.ends_on == today.replace(year=today.year + 1)
    decision = RenewalDecision.objects.get()
    assert (decision.decision, decision.arr_renewed, decision.decided_on) == ("renewed", Decimal(12_000), today)
    assert RevenueMovement.objects.count() == 1
    assert Renewal.objects.filter(due_on=contract.ends_on).exists()


def test_terms_that_ran_out_meanwhile_are_caught_up_with(acme, as_of, today):
    contract = make.contract(
        starts_on=back(today, 1, -40), ends_on=back(today, 0, -70), term_months=1, auto_renews=True
    )
    assert pipeline.advance(as_of=as_of).renewals
    contract.refresh_from_db()
    assert contract.ends_on > today
    assert RenewalDecision.objects.count() == 3
    assert violations() == []


def test_one_that_does_not_renew_by_itself_waits_for_a_decision(acme, as_of, today):
    make.contract(starts_on=back(today, 1), ends_on=today)
    services.refresh_renewals(as_of=as_of)
    assert services.renew_automatically(as_of=as_of) == 0


def test_a_notice_in_time_ends_it(acme, as_of, today):
    contract = make.contract(starts_on=back(today, 1, 30), ends_on=today + 30 * DAY, auto_renews=True, notice_days=20)
    services.give_notice(contract, notified_on=today, by=None, as_of=as_of)
    contract.refresh_from_db()
    assert (contract.auto_renews, contract.attributes["notice_given_on"]) == (False, today.isoformat())
    assert services.renew_automatically(as_of=as_of + 40 * DAY) == 0


def test_a_notice_ends_an_open_contract_after_its_period(acme, as_of, today):
    contract = make.contract(starts_on=back(today, 1), ends_on=None, notice_days=90)
    services.give_notice(contract, notified_on=today, by=None, as_of=as_of)
    contract.refresh_from_db()
    assert contract.ends_on == today + 90 * DAY
    assert Renewal.objects.get().due_on == contract.ends_on


def test_a_notice_that_came_too_late_says_what_happens(acme, as_of, today):
    late = make.contract(starts_on=back(today, 1, 30), ends_on=today + 30 * DAY, auto_renews=True, notice_days=60)
    with pytest.raises(UnusableTerms, match="Notice had to be given by .* renews on"):
        services.give_notice(late, notified_on=today, by=None, as_of=as_of)
    fixed = make.contract(starts_on=back(today, 1), ends_on=today + 30 * DAY)
    with pytest.raises(UnusableTerms, match="does not renew by itself"):
        services.give_notice(fixed, notified_on=today, by=None, as_of=as_of)


def pair(today):
    """A main contract and an add-on with an end of its own."""
    main = make.contract(starts_on=back(today, 1), ends_on=today + 100 * DAY)
    beside = make.contract(main.account, starts_on=back(today, 0, -50), ends_on=today + 315 * DAY, arr=500)
    return main, beside


def test_an_add_on_takes_the_end_of_the_main_contract_and_goes_on_with_it(acme, as_of, today):
    main, beside = pair(today)
    services.revise_contract(beside, co_term_with=main, by=None, as_of=as_of)
    beside.refresh_from_db()
    assert beside.ends_on == main.ends_on
    main_renewal = Renewal.objects.get(contract=main)
    services.decide_renewals(
        [services.Decision(main_renewal.pk, "renewed", Decimal(13_000), today)], by=None, as_of=as_of
    )
    main.refresh_from_db()
    beside.refresh_from_db()
    assert main.ends_on == beside.ends_on == (today + 100 * DAY).replace(year=(today + 100 * DAY).year + 1)
    assert RenewalDecision.objects.get(renewal__contract=beside).arr_renewed == 500
    assert AccountRevenue.objects.get().arr == 13_500
    assert violations() == []


def test_an_add_on_follows_when_a_file_prolongs_the_main_contract(acme, as_of, today):
    main, beside = pair(today)
    services.revise_contract(beside, co_term_with=main, by=None, as_of=as_of)
    Contract.objects.filter(pk=main.pk).update(ends_on=today + 200 * DAY)
    pipeline.advance(as_of=as_of)
    beside.refresh_from_db()
    assert beside.ends_on == today + 200 * DAY


def test_an_add_on_does_not_renew_by_itself_before_its_main_contract(acme, as_of, today):
    main = make.contract(starts_on=back(today, 1), ends_on=today)
    beside = make.contract(main.account, starts_on=back(today, 1), ends_on=today, auto_renews=True)
    services.revise_contract(beside, co_term_with=main, by=None, as_of=as_of)
    services.refresh_renewals(as_of=as_of)
    assert services.renew_automatically(as_of=as_of) == 0


def test_ends_that_cannot_follow_are_refused(acme, as_of, today):
    main, beside = pair(today)
    with pytest.raises(UnusableTerms, match="another contract of its account"):
        services.revise_contract(beside, co_term_with=make.contract(), by=None, as_of=as_of)
    services.revise_contract(beside, co_term_with=main, by=None, as_of=as_of)
    with pytest.raises(UnusableTerms, match="Let those end on their own first"):
        services.revise_contract(main, co_term_with=beside, by=None, as_of=as_of)
    with pytest.raises(UnusableTerms, match="Change the end there"):
        services.revise_contract(beside, ends_on=today + 5 * DAY, by=None, as_of=as_of)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"ends_on": date(2020, 1, 1)}, "Give an end after the start"),
        ({"term_months": 0}, "never ends"),
        ({"escalator_percent": Decimal(200)}, "no yearly escalator"),
    ],
)
def test_terms_that_cannot_be_are_refused(acme, as_of, terms, sentence):
    with pytest.raises(UnusableTerms, match=sentence):
        services.revise_contract(make.contract(), by=None, as_of=as_of, **terms)


def counted(today, quantity=10):
    contract = make.contract(starts_on=back(today, 0, -100), ends_on=today + 265 * DAY, arr=1000)
    ContractLine.objects.update(quantity=quantity)
    return ContractLine.objects.select_related("contract").get(contract=contract)


def test_more_units_cost_more_from_a_day_on(acme, as_of, today):
    line = services.change_line(
        counted(today), MidTermChange(occurred_on=today - 5 * DAY, quantity=Decimal(15)), by=None, as_of=as_of
    )
    assert (line.arr, line.quantity) == (1500, 15)
    last = RevenueMovement.objects.order_by("occurred_on").last()
    assert (last.kind, last.amount, last.occurred_on) == ("expansion", 500, today - 5 * DAY)
    assert Renewal.objects.get().arr_due == 1500


def test_number_and_price_move_one_after_the_other(acme, as_of, today):
    services.change_line(
        counted(today),
        MidTermChange(occurred_on=today, quantity=Decimal(5), unit_price=Decimal(120)),
        by=None,
        as_of=as_of,
    )
    moved = list(RevenueMovement.objects.order_by("occurred_on", "kind").values_list("kind", "amount"))
    assert moved == [("new", 1000), ("contraction", -500), ("price", 100)]
    assert violations() == []


def test_another_product_moves_the_difference_alone(acme, as_of, today):
    line = services.change_line(
        counted(today),
        MidTermChange(occurred_on=today, arr=Decimal(1200), product="Platform Plus"),
        by=None,
        as_of=as_of,
    )
    assert line.product == "Platform Plus"
    assert RevenueMovement.objects.get(occurred_on=today).amount == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"arr": Decimal(1), "unit_price": Decimal(1)}, "not both"),
        ({"unit_price": Decimal(0)}, "more than 0"),
        ({"arr": Decimal("NaN")}, "not usable"),
        ({"arr": Decimal(1000)}, "Nothing differs"),
        ({}, "Nothing differs"),
    ],
)
def test_changes_that_say_nothing_are_refused(acme, as_of, today, change, sentence):
    with pytest.raises(UnusableChange, match=sentence):
        services.change_line(counted(today), MidTermChange(occurred_on=today, **change), by=None, as_of=as_of)


def test_a_day_outside_the_term_or_before_the_last_change_is_refused(acme, as_of, today):
    line = counted(today)
    for day, sentence in ((today + DAY, "still to come"), (today - 200 * DAY, "outside the term")):
        with pytest.raises(UnusableChange, match=sentence):
            services.change_line(line, MidTermChange(occurred_on=day, arr=Decimal(5)), by=None, as_of=as_of)
    services.change_line(line, MidTermChange(occurred_on=today, arr=Decimal(5)), by=None, as_of=as_of)
    with pytest.raises(LateChange):
        services.change_line(line, MidTermChange(occurred_on=today - DAY, arr=Decimal(6)), by=None, as_of=as_of)
