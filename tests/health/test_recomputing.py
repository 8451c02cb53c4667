"""“As of 31 March” comes out the same in July: later facts change nothing, and what was corrected in place is named."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, Contract, Order, StageChange, SurveyResponse, Ticket, UsageDaily
from health import queries
from health.models import HealthScore
from health.overriding import override_health
from health.services import activate, draft_version, score_accounts
from tests.accounts import make as facts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
DAY = timedelta(days=1)
LATER = make.AS_OF + 100 * DAY
KEPT = (
    *("usage_trend", "usage_breadth", "usage_recency", "survey_nps", "survey_csat", "survey_ces", "engagement_recency"),
    *("engagement_touches", "proactive_share", "tickets_open", "tickets_reply_hours", "stage_days", "arr", "arr_trend"),
    *("order_pace", "people_left", "billing_overdue_share", "billing_days_late", "tenure_months", "renewal_days"),
)


def everything():
    """A formula with a signal of every source above."""
    measures = [make.measure(source, source, low=0, high=100, weight=1 + place) for place, source in enumerate(KEPT)]
    return make.document(make.group(*measures))


def happened(account, at, number, *, known):
    """One fact of each kind, that occurred at a moment and was learned at another."""
    told = {"recorded_at": known}
    day = at.date()
    make.answered(account, number % 11, at=at, **told)
    make.answered(account, 1 + number % 5, kind="csat", at=at, **told)
    facts.interaction(account, occurred_at=at, minutes=5 + number, **told)
    UsageDaily.objects.get_or_create(
        account=account,
        metric=facts.metric("logins"),
        day=day,
        defaults={"value": number, "active_users": number, **told},
    )
    Ticket.objects.create(account=account, external_id=f"t{number}", opened_at=at, **told)
    Order.objects.create(account=account, external_id=f"o{number}", ordered_on=day, amount=9, currency="EUR", **told)
    stages = list(Account.Stage.values)
    StageChange.objects.create(
        account=account, from_stage=stages[number % 3], to_stage=stages[3 + number % 3], occurred_at=at, **told
    )


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    before=st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True),
    late=st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True),
    after=st.lists(st.integers(1, 60), max_size=4, unique=True),
)
def test_what_is_learned_later_changes_no_verdict_of_the_past(before, late, after):
    version = make.active_version(everything())
    northwind = make.account(customer_since_on=make.ago(400))
    deal = facts.contract(northwind, arr=100, recorded_at=make.LONG_AGO)
    facts.movement(deal.lines.get(), amount=50, occurred_on=make.ago(30), recorded_at=make.AS_OF - DAY)
    numbers = iter(range(1, 100))
    offset = HealthScore.objects.count() * 1000
    for days in before:
        at = make.AS_OF - days * DAY
        happened(northwind, at, offset + next(numbers), known=at)
    score_accounts(as_of=make.AS_OF)
    kept = HealthScore.objects.get(account=northwind)

    for days in late:  # backdated: it happened before, we learned it after
        happened(northwind, make.AS_OF - days * DAY - timedelta(hours=1), offset + next(numbers), known=LATER - 2 * DAY)
    for days in after:
        at = make.AS_OF + days * DAY
        happened(northwind, at, offset + next(numbers), known=at)
    activate(draft_version(version.scorecard, definition=make.document(), by=None, as_of=LATER), by=None, as_of=LATER)
    score_accounts(as_of=LATER)
    again = queries.recomputed(northwind, at=make.AS_OF + DAY)

    assert again is not None
    assert (again.is_same, again.input_hash, again.differing) == (True, kept.input_hash, ())
    Account.objects.filter(pk=northwind.pk).update(status="prospect")  # the next example has a book of its own


def test_what_a_person_set_is_part_of_it():
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 4)
    override_health(northwind, band="good", reason="Signed", until_on=make.ago(-5), by=None, as_of=make.AS_OF)
    kept = HealthScore.objects.get(account=northwind, scored_at=make.AS_OF)
    score_accounts(as_of=LATER)
    again = queries.recomputed(northwind, at=make.AS_OF + DAY)
    assert again is not None
    assert (again.is_same, again.input_hash) == (True, kept.input_hash)


CORRECTIONS = {
    "attribute:seats": lambda account: Account.objects.filter(pk=account.pk).update(attributes={"seats": 7}),
    "renewal_days": lambda account: Contract.objects.filter(account=account).update(ends_on=make.ago(-700)),
    "tenure_months": lambda account: Account.objects.filter(pk=account.pk).update(customer_since_on=make.ago(9)),
    "survey_nps": lambda account: SurveyResponse.objects.filter(account=account).update(score=1),
    "usage_level": lambda account: UsageDaily.objects.filter(account=account).update(value=99),
    "tickets_reopened": lambda account: Ticket.objects.filter(account=account).update(reopened_count=3),
}


@pytest.mark.parametrize("source", sorted(CORRECTIONS))
def test_a_fact_corrected_in_place_is_named_with_both_values(source):
    terms = {"metric": "logins"} if source == "usage_level" else {}
    make.active_version(make.document(make.group(make.measure("it", source, **terms), make.measure("arr", "arr"))))
    northwind = make.account(customer_since_on=make.ago(400), attributes={"seats": 3})
    facts.contract(northwind, arr=100, recorded_at=make.LONG_AGO)
    happened(northwind, make.AS_OF - 9 * DAY, 5, known=make.AS_OF - 9 * DAY)
    score_accounts(as_of=make.AS_OF)
    kept = HealthScore.objects.get(account=northwind)
    assert kept.raw[0] is not None

    CORRECTIONS[source](northwind)
    again = queries.recomputed(northwind, at=make.AS_OF)

    assert again is not None
    assert not again.is_same
    ((key, was, found),) = [(each.key, each.kept, each.again) for each in again.differing]
    assert (key, was) == ("it", kept.raw[0])
    assert found not in (None, was)


def test_who_was_no_customer_by_the_facts_of_today_is_told():
    make.active_version()
    northwind = make.account()
    score_accounts(as_of=make.AS_OF)
    Account.objects.filter(pk=northwind.pk).update(status="prospect")
    again = queries.recomputed(northwind, at=make.AS_OF)
    assert again is not None
    assert again.is_gone
    assert queries.recomputed(make.account(), at=make.AS_OF) is None
