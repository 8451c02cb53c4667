"""What pages read: the whole arithmetic, lines over time, bands by revenue, and how many statements that costs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from health import queries
from health.models import AccountHealth
from health.services import score_accounts
from tests.accounts import make as facts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


def scored_over_time(account: Account, scores: dict[int, int]) -> None:
    """NPS answers some days before the clock, each followed by a scoring."""
    for days, score in sorted(scores.items(), reverse=True):
        moment = make.AS_OF - timedelta(days=days)
        make.answered(account, score, at=moment - timedelta(hours=1))
        score_accounts(as_of=moment)


def test_the_arithmetic_adds_up_to_the_score():
    make.active_version(
        make.document(
            make.group(
                make.measure(label="Loyalty"),
                make.measure("csat", "survey_csat", low=1, high=5),
                key="voice",
                weight=60,
            ),
            make.group(make.measure("since", "tenure_months", low=0, high=20), key="time", weight=40),
            name="Ours",
        )
    )
    northwind = make.account(customer_since_on=make.ago(487))
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)

    why = queries.explanation(northwind, as_of=make.AS_OF)

    assert why is not None
    assert (why.score, why.band, why.coverage) == (Decimal("44.00"), "risk", Decimal("0.700"))
    assert [(line.key, line.raw_text, line.points, line.counted) for line in why.lines] == [
        ("nps", "2", Decimal(20), Decimal("12.00")),
        ("since", "16 months", Decimal(80), Decimal("32.00")),
        ("csat", "no data", None, None),
    ]
    assert [line.effect for line in why.lines] == [Decimal("-18.00"), Decimal("12.00"), None]
    assert why.lines[0].label == "Loyalty"
    assert why.reason == "NPS 2"


def test_an_account_that_was_never_scored_has_no_explanation():
    assert queries.explanation(make.account(), as_of=make.AS_OF) is None


def test_an_explanation_of_the_past_is_that_of_the_past():
    make.active_version()
    northwind = make.account()
    scored_over_time(northwind, {40: 9, 10: 3})
    then = queries.explanation(northwind, as_of=make.AS_OF - timedelta(days=20))
    now = queries.explanation(northwind, as_of=make.AS_OF)
    assert then is not None
    assert now is not None
    assert (then.score, now.score, now.previous_score, now.change) == (
        Decimal(90),
        Decimal(30),
        Decimal(90),
        Decimal(-60),
    )
    assert now.lines[0].points_change == Decimal(-60)


def test_history_begins_with_the_score_that_stood():
    make.active_version()
    northwind = make.account()
    scored_over_time(northwind, {40: 9, 10: 3})
    since = make.AS_OF - timedelta(days=30)
    points = queries.history(northwind, since=since, as_of=make.AS_OF)
    assert [(point.at, point.score) for point in points] == [
        (since, Decimal(90)),
        (make.AS_OF - timedelta(days=10), Decimal(30)),
    ]


def test_rows_have_reason_change_and_a_line_of_weeks(count_queries):
    make.active_version()
    northwind, fabrikam, unscored = make.account(), make.account(), make.account(status="prospect")
    scored_over_time(northwind, {100: 9, 33: 8, 10: 3})
    make.answered(fabrikam, 10, at=make.AS_OF - timedelta(days=2))
    score_accounts(as_of=make.AS_OF)

    rows = queries.verdicts([northwind.pk, fabrikam.pk, unscored.pk], as_of=make.AS_OF)

    assert set(rows) == {northwind.pk, fabrikam.pk}
    row = rows[northwind.pk]
    assert (row.score, row.change, row.reason) == (Decimal(30), Decimal(-50), "NPS 3")
    assert row.spark == tuple(Decimal(score) for score in [90] * 8 + [80] * 3 + [30] * 2)
    assert rows[fabrikam.pk].change is None or rows[fabrikam.pk].spark[-1] == Decimal(100)
    many = [make.account().pk for _ in range(20)]
    score_accounts(as_of=make.AS_OF + timedelta(days=1))
    assert count_queries(lambda: queries.verdicts([northwind.pk], as_of=make.AS_OF)) == 2
    assert count_queries(lambda: queries.verdicts([northwind.pk, *many], as_of=make.AS_OF)) == 2


def test_reasons_cost_a_statement_and_one_more_for_a_formula_seen_first(count_queries):
    make.active_version()
    accounts = [make.account() for _ in range(6)]
    for number, account in enumerate(accounts):
        make.answered(account, number)
    score_accounts(as_of=make.AS_OF)
    ids = [account.pk for account in accounts]
    assert count_queries(lambda: queries.reasons(ids)) == 2
    assert count_queries(lambda: queries.reasons(ids)) == 1
    assert queries.reasons(ids)[ids[0]] == "NPS 0"


def test_scores_at_a_past_moment():
    make.active_version()
    northwind = make.account()
    scored_over_time(northwind, {40: 9, 10: 3})
    assert queries.scores_at([northwind.pk], at=make.AS_OF - timedelta(days=30)) == {northwind.pk: Decimal(90)}
    assert queries.scores_at([northwind.pk], at=make.AS_OF - timedelta(days=50)) == {}
    assert queries.scores_at([], at=make.AS_OF) == {}


def test_bands_are_summed_by_revenue(count_queries):
    make.active_version()
    for score, arr in ((2, 100), (3, 50), (9, 1000)):
        account = make.account()
        facts.contract(account, arr=arr)
        make.answered(account, score)
    make.account(status="prospect")
    score_accounts(as_of=make.AS_OF)

    shares = queries.bands_summary(Account.objects.all())

    assert [(share.band, share.currency, share.account_count, share.arr) for share in shares] == [
        ("risk", "EUR", 2, Decimal(150)),
        ("good", "EUR", 1, Decimal(1000)),
        ("none", "", 1, Decimal(0)),
    ]
    assert count_queries(lambda: queries.bands_summary(Account.objects.all())) == 1


def test_contributions_are_plain_objects():
    make.active_version()
    make.answered(make.account(), 2)
    score_accounts(as_of=make.AS_OF)
    assert queries.contributions(AccountHealth.objects.all()) == [
        [{"key": "nps", "source": "survey_nps", "raw": 2.0, "points": 20.0}]
    ]


def test_the_account_page_costs_a_fixed_number_of_statements(count_queries):
    make.active_version()
    northwind = make.account()
    scored_over_time(northwind, {40: 9, 20: 5, 10: 3})
    since = make.AS_OF - timedelta(days=30)
    queries.explanation(northwind, as_of=make.AS_OF)  # a formula is read once
    assert count_queries(lambda: queries.explanation(northwind, as_of=make.AS_OF)) == 1
    assert count_queries(lambda: queries.history(northwind, since=since, as_of=make.AS_OF)) == 2


def test_an_exception_is_told_beside_the_sum():
    exception = {"measure": "nps", "op": "gte", "value": 9, "cap": 60}
    make.active_version(make.document(exceptions=[exception]))
    northwind = make.account()
    make.answered(northwind, 10)
    score_accounts(as_of=make.AS_OF)

    why = queries.explanation(northwind, as_of=make.AS_OF)

    assert why is not None
    assert (why.score, why.computed, why.band) == (Decimal(60), Decimal(100), "watch")
    assert why.exception == "Exception for “NPS”: the score is at most 60"
    assert why.lines[0].counted == Decimal(100)


def test_what_lies_beyond_the_end_of_the_scale_is_told_as_cut_off():
    make.active_version(make.document(stretch=2))
    northwind = make.account()
    make.answered(northwind, 9)
    score_accounts(as_of=make.AS_OF)

    why = queries.explanation(northwind, as_of=make.AS_OF)

    assert why is not None
    assert (why.summed, why.cut_off, why.score) == (Decimal(130), Decimal(-30), Decimal(100))
    assert why.typical_score == Decimal(50)
    assert why.lines[0].counted == Decimal(130)
