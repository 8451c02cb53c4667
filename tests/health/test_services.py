"""Scoring: who is scored, what is kept, and what never happens twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from cshub.audit.models import AuditEvent
from health.models import AccountHealth, HealthScore, HealthTransition, Scorecard, ScorecardVersion, Scoring
from health.scorecards.checking import BadDefinition
from health.services import (
    NotADraft,
    activate,
    draft_version,
    ensure_fitting_starter,
    ensure_starter_scorecard,
    score_accounts,
)
from health.sql.run import read_verdicts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
NEXT_DAY = make.AS_OF + timedelta(days=1)


def test_it_scores_an_account_with_a_reason():
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 2)

    done = score_accounts(as_of=make.AS_OF)

    verdict = AccountHealth.objects.get(account=northwind)
    assert (done.scored_count, done.changed_count, done.transition_count) == (1, 1, 0)
    assert (verdict.score, verdict.band, verdict.coverage, verdict.reason) == (
        Decimal("20.00"),
        "risk",
        Decimal("1.000"),
        "nps",
    )
    assert (verdict.raw, verdict.points) == ([2.0], [2000])
    kept = HealthScore.objects.get(account=northwind)
    assert (kept.score, kept.input_hash, kept.scored_at) == (verdict.score, verdict.input_hash, make.AS_OF)


def test_scoring_again_writes_nothing():
    make.active_version()
    make.answered(make.account(), 2)
    score_accounts(as_of=make.AS_OF)
    before = _everything()

    again = score_accounts(as_of=make.AS_OF)
    later = score_accounts(as_of=make.AS_OF + timedelta(minutes=5))

    assert (again.changed_count, later.changed_count) == (0, 0)
    assert _everything() == before


def test_a_change_of_band_is_written_once():
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 9, at=make.AS_OF - timedelta(days=9))
    score_accounts(as_of=make.AS_OF)
    make.answered(northwind, 1, at=make.AS_OF + timedelta(hours=1))

    first = score_accounts(as_of=NEXT_DAY)
    second = score_accounts(as_of=NEXT_DAY)

    move = HealthTransition.objects.get()
    assert (first.transition_count, second.transition_count) == (1, 0)
    assert (move.from_band, move.to_band, move.from_score, move.to_score) == (
        "good",
        "risk",
        Decimal("90.00"),
        Decimal("10.00"),
    )
    assert (move.occurred_at, move.reason, move.answered_at) == (NEXT_DAY, "nps", None)


def test_unknown_is_a_band_one_can_move_from():
    make.active_version(make.document(coverage_floor=0.5))
    northwind = make.account()
    score_accounts(as_of=make.AS_OF)
    assert AccountHealth.objects.values_list("score", "band", "reason").get() == (None, "unknown", "coverage")
    make.answered(northwind, 1, at=make.AS_OF + timedelta(hours=1))

    score_accounts(as_of=NEXT_DAY)

    assert HealthTransition.objects.values_list("from_band", "to_band").get() == ("unknown", "risk")


@pytest.mark.parametrize("status", ["prospect", "churned"])
def test_those_who_are_no_customers_lose_their_verdict_and_keep_their_history(status):
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)
    Account.objects.filter(pk=northwind.pk).update(
        status=status, churned_on=NEXT_DAY.date() if status == "churned" else None
    )

    done = score_accounts(as_of=NEXT_DAY)

    assert done.scored_count == 0
    assert not AccountHealth.objects.exists()
    assert HealthScore.objects.count() == 1
    assert not HealthTransition.objects.exists()


def test_a_past_scoring_comes_out_the_same_after_later_facts():
    version = make.active_version(make.document(group_of_three()))
    accounts = [make.account(customer_since_on=make.ago(100 * n)) for n in range(1, 8)]
    for number, account in enumerate(accounts):
        make.answered(account, number)
        make.used(account, {make.ago(5): 10 + number, make.ago(40): 20})
    score_accounts(as_of=make.AS_OF)
    before = read_verdicts(version, as_of=make.AS_OF)

    for account in accounts:
        make.answered(account, 0, at=make.AS_OF + timedelta(hours=2))
        make.answered(account, 0, at=make.AS_OF - timedelta(hours=2), recorded_at=make.AS_OF + timedelta(hours=2))
        make.used(account, {make.ago(3): 500}, recorded_at=make.AS_OF + timedelta(days=2))
    make.account(recorded_at=make.AS_OF + timedelta(days=1))
    score_accounts(as_of=NEXT_DAY)

    assert read_verdicts(version, as_of=make.AS_OF) == before
    columns = ("account_id", "score", "band", "coverage", "reason", "raw", "points", "input_hash")
    kept = HealthScore.objects.filter(scored_at=make.AS_OF).order_by("account_id").values(*columns)
    assert [{name: row[name] for name in columns} for row in before] == list(kept)


def test_an_older_scoring_leaves_the_newer_verdict_alone():
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 9)
    make.answered(northwind, 1, at=make.AS_OF + timedelta(hours=1))
    score_accounts(as_of=NEXT_DAY)

    late = score_accounts(as_of=make.AS_OF)

    assert late.changed_count == 0
    assert AccountHealth.objects.get().scored_at == NEXT_DAY


def test_some_accounts_are_compared_with_the_typical_one_of_the_last_whole_scoring():
    make.active_version(make.document(make.group(make.measure(), make.measure("since", "tenure_months", high=10))))
    accounts = [make.account(customer_since_on=make.ago(60)) for _ in range(6)]
    for account in accounts:
        make.answered(account, 5)
    score_accounts(as_of=make.AS_OF)
    make.answered(accounts[0], 2, at=make.AS_OF + timedelta(hours=1))
    make.answered(accounts[1], 2, at=make.AS_OF + timedelta(hours=1))

    done = score_accounts(as_of=make.AS_OF + timedelta(hours=2), account_ids=[accounts[0].pk])

    assert (done.scored_count, done.changed_count) == (1, 1)
    assert AccountHealth.objects.get(account=accounts[0]).reason == "nps"
    assert AccountHealth.objects.get(account=accounts[1]).scored_at == make.AS_OF
    assert Scoring.objects.count() == 1


def test_scoring_stays_inside_its_tenant(inside):
    make.active_version()
    make.answered(make.account(), 2)
    with inside("globex"):
        make.active_version()
        theirs = make.account()
        make.answered(theirs, 9)
        score_accounts(as_of=make.AS_OF)
        assert AccountHealth.objects.values_list("account_id", "score").get() == (theirs.pk, Decimal("90.00"))
    assert not AccountHealth.objects.exists()


def test_the_number_of_statements_does_not_grow_with_accounts(count_queries):
    make.active_version()
    make.answered(make.account(), 2)
    few = count_queries(lambda: score_accounts(as_of=make.AS_OF))
    for _ in range(30):
        make.answered(make.account(), 4)
    assert count_queries(lambda: score_accounts(as_of=NEXT_DAY)) == few <= 25


def test_a_tenant_without_a_scorecard_gets_the_standard_one():
    make.account()
    score_accounts(as_of=make.AS_OF)
    assert ScorecardVersion.objects.get(state="active").scorecard.name == "Standard health"


def test_one_starter_gives_way_to_another_and_nobody_s_own_formula_to_any():
    standard = ensure_starter_scorecard(template="standard", by=None, as_of=make.AS_OF)
    assert ensure_starter_scorecard(template="standard", by=None, as_of=make.AS_OF) == standard
    file = ensure_starter_scorecard(template="customer_file", by=None, as_of=make.AS_OF)
    assert (file.scorecard.name, file.state) == ("Customer file", "active")
    standard.refresh_from_db()
    assert standard.state == "retired"

    own = make.active_version()
    assert ensure_starter_scorecard(template="standard", by=None, as_of=make.AS_OF) == own


def test_only_a_draft_can_be_activated_and_the_deed_is_in_the_trail():
    version = make.active_version()
    with pytest.raises(NotADraft):
        activate(version, by=None, as_of=make.AS_OF)
    assert list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))[-2:] == [
        "scorecard.drafted",
        "scorecard.activated",
    ]


def test_a_new_version_is_numbered_and_scores_from_then_on():
    version = make.active_version()
    northwind = make.account()
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)
    turned = draft_version(
        version.scorecard, definition=make.document(make.group(make.measure(low=10, high=0))), by=None, as_of=NEXT_DAY
    )
    activate(turned, by=None, as_of=NEXT_DAY)

    score_accounts(as_of=NEXT_DAY)

    assert turned.number == version.number + 1
    assert list(HealthScore.objects.order_by("scored_at").values_list("version_id", "score")) == [
        (version.pk, Decimal("20.00")),
        (turned.pk, Decimal("80.00")),
    ]


def test_a_bad_formula_is_refused_at_its_term():
    scorecard = Scorecard.objects.create(name="Mine")
    with pytest.raises(BadDefinition) as refusal:
        draft_version(
            scorecard, definition=make.document(make.group(make.measure(weight=0))), by=None, as_of=make.AS_OF
        )
    assert refusal.value.field == "groups[0].measures"
    assert not ScorecardVersion.objects.exists()


def test_a_window_is_whole_days_in_utc():
    make.active_version(make.document(make.group(make.measure("n", "engagement_touches", window=1))))
    northwind = make.account()
    for moment in (datetime(2026, 11, 19, 23, 59, tzinfo=UTC), datetime(2026, 11, 20, 0, 0, tzinfo=UTC), make.AS_OF):
        make.make.interaction(northwind, occurred_at=moment, recorded_at=moment)
    score_accounts(as_of=make.AS_OF)
    assert AccountHealth.objects.get().raw == [2.0]


def group_of_three() -> dict[str, object]:
    return make.group(
        make.measure(),
        make.measure("usage", "usage_trend", low=-1, high=1),
        make.measure("since", "tenure_months", high=30),
    )


def _everything() -> list[object]:
    models = (AccountHealth, HealthScore, HealthTransition, Scoring)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_where_nobody_has_chosen_the_starter_that_knows_most_is_taken():
    for _number in range(5):
        make.account(
            attributes={
                "tech_support": "Yes",
                "online_security": "No",
                "internet_service": "DSL",
                "payment_method": "Mailed check",
            }
        )

    assert ensure_fitting_starter(as_of=make.AS_OF).scorecard.name == "Customer file"


def test_a_formula_people_chose_is_not_replaced_by_a_starter():
    chosen = ensure_starter_scorecard(template="standard", by=cast.grace(), as_of=make.AS_OF)
    make.account(attributes={"tech_support": "Yes"})

    assert ensure_fitting_starter(as_of=make.AS_OF) == chosen
