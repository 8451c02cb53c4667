"""Every account is scored by exactly one scorecard: the first whose scope it meets, or the one that has none."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, CustomField
from health.invariants import INVARIANTS
from health.models import AccountHealth, HealthScore, Scorecard, ScorecardVersion, Scoring
from health.queries import explanation
from health.scorecards import approval, previews, versions
from health.scorecards.assignment import in_force, scope_in_words
from health.scorecards.checking import BadDefinition
from health.segments.services import StillNamed, archive_segment, create_segment
from health.services import NoDefault, activate, draft_version, score_accounts
from health.sql.run import definition_of
from tests.health import make
from tests.playbooks import make as work

pytestmark = pytest.mark.usefixtures("acme")
NOW = make.AS_OF
EU = {"field": "region", "op": "is", "value": "EU"}
UPSIDE_DOWN = make.group(make.measure(low=10, high=0))


def scoped(rule, *, place: int = 1, group=UPSIDE_DOWN) -> ScorecardVersion:
    scorecard = Scorecard.objects.create(name=f"Place {place} {rule}"[:200])
    definition = make.document(group, scope={"place": place, "rule": rule})
    return activate(draft_version(scorecard, definition=definition, by=None, as_of=NOW), by=None, as_of=NOW)


def answering(score: int = 2, **fields) -> Account:
    account = make.account(**fields)
    make.answered(account, score)
    return account


def scores() -> dict[str, tuple[ScorecardVersion, Decimal]]:
    return {
        row.account.name: (row.version, row.score) for row in AccountHealth.objects.select_related("account", "version")
    }


def test_the_first_scope_takes_an_account_and_the_rest_falls_to_the_default():
    default = make.active_version()
    second = scoped({"field": "name", "op": "known"}, place=9)
    first = scoped(EU, place=2, group=make.group(make.measure(low=0, high=4)))
    answering(name="Both", region="EU")
    answering(name="Second", region="US")
    scoring = score_accounts(as_of=NOW)
    assert in_force() == [first, second, default]
    assert scores() == {"Both": (first, 50), "Second": (second, 80)}
    assert scoring.scored_count == 2
    assert Scoring.objects.count() == 2  # none of the one that scored nobody
    assert [found for each in INVARIANTS for found in each.violations()] == []


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        (EU, {"region": "EU"}),
        ({"field": "stage", "op": "is", "value": "adoption"}, {"stage": "adoption"}),
        ({"field": "customer_since_on", "op": "in_last_days", "value": 90}, {"customer_since_on": make.ago(30)}),
    ],
)
def test_a_scope_asks_for_segment_stage_or_tenure(rule, fields):
    default, own = make.active_version(), scoped(rule)
    answering(name="In", **fields)
    answering(name="Out")
    score_accounts(as_of=NOW)
    assert scores() == {"In": (own, 80), "Out": (default, 20)}


def test_a_segment_can_be_a_scope_and_is_said_in_words():
    segment = create_segment(name="Europe", purpose="", definition=EU, by=work.grace(), as_of=NOW)
    own = scoped({"segment": str(segment.pk)}) if make.active_version() else None
    answering(name="In", region="EU")
    score_accounts(as_of=NOW)
    assert scores() == {"In": (own, 80)}
    assert scope_in_words(definition_of(own)) == "in the segment “Europe”"
    why = explanation(Account.objects.get(), as_of=NOW)
    assert why is not None
    assert (why.formula, why.scope) == (own.scorecard.name, "in the segment “Europe”")
    with pytest.raises(StillNamed, match="the scorecard"):
        archive_segment(segment, by=work.grace(), as_of=NOW)


def test_an_account_that_moves_is_scored_by_the_other_and_a_few_as_all():
    default, own = make.active_version(), scoped(EU)
    account = answering(name="Mover", region="US")
    answering(name="Other")
    score_accounts(as_of=NOW)
    Account.objects.filter(pk=account.pk).update(region="EU")
    later = NOW + timedelta(hours=1)
    few = score_accounts(as_of=later, account_ids=[account.pk])
    assert scores() == {"Mover": (own, 80), "Other": (default, 20)}
    assert (few.scored_count, few.changed_count, few.transition_count) == (1, 1, 1)
    whole = score_accounts(as_of=later + timedelta(hours=1))
    assert whole.changed_count == 0
    assert HealthScore.objects.filter(account=account).count() == 2


def test_who_is_no_customer_any_more_loses_the_verdict_of_whatever_scored_them():
    make.active_version()
    scoped(EU)
    gone, stays = answering(name="Gone", region="EU"), answering(name="Stays")
    score_accounts(as_of=NOW)
    Account.objects.filter(pk=gone.pk).update(status="churned", churned_on=make.ago(0))
    score_accounts(as_of=NOW + timedelta(days=1))
    assert list(AccountHealth.objects.values_list("account", flat=True)) == [stays.pk]


def test_the_same_moment_gives_the_same_verdicts_twice():
    make.active_version()
    scoped(EU)
    answering(region="EU")
    score_accounts(as_of=NOW)
    assert score_accounts(as_of=NOW).changed_count == 0
    assert HealthScore.objects.count() == 1


def test_accounts_are_never_left_without_a_scorecard():
    default = make.active_version()
    definition = make.document(scope={"place": 1, "rule": EU})
    turned = draft_version(default.scorecard, definition=definition, by=None, as_of=NOW)
    with pytest.raises(NoDefault, match="no other takes"):
        activate(turned, by=None, as_of=NOW)


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        ({"place": 1, "rule": {"field": "band", "op": "is", "value": "risk"}}, "scope.rule"),
        ({"place": 1, "rule": {"not": {"field": "score", "op": "less_than", "value": 3}}}, "scope.rule"),
        ({"place": 1, "rule": {"field": "nothing", "op": "is", "value": 3}}, "scope.rule"),
        ({"place": 0, "rule": EU}, "scope.place"),
        ({"place": 1, "rule": []}, "scope.rule"),
        ([], "scope"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(scope, field):
    scorecard = Scorecard.objects.create(name="Mine")
    with pytest.raises(BadDefinition) as refusal:
        draft_version(scorecard, definition=make.document(scope=scope), by=None, as_of=NOW)
    assert refusal.value.field == field


def test_a_preview_of_a_scope_moves_only_its_accounts():
    default = make.active_version()
    answering(name="In", region="EU")
    answering(name="Out")
    score_accounts(as_of=NOW)
    version = versions.create_scorecard(
        definition=make.document(UPSIDE_DOWN, name="Europe", scope={"place": 1, "rule": EU}), by=work.ada(), as_of=NOW
    )
    found = previews.preview_version(version, by=work.ada(), as_of=NOW).content
    assert [(move["name"], move["band"]) for move in found["moves"]] == [("In", "good")]
    assert found["account_count"] == 2
    versions.submit(version, by=work.ada(), as_of=NOW)
    approval.approve(version, by=work.grace(), as_of=NOW)
    score_accounts(as_of=NOW + timedelta(days=1))
    assert scores() == {"In": (version, 80), "Out": (default, 20)}


def test_a_scope_on_a_field_that_was_archived_takes_nobody_and_says_so():
    default = make.active_version()
    field = CustomField.objects.create(subject="account", key="tier", label="Tier", kind="text")
    own = scoped({"field": "custom:tier", "op": "is", "value": "gold"})
    CustomField.objects.filter(pk=field.pk).update(archived_at=NOW)
    answering(name="Both", attributes={"tier": "gold"})
    score_accounts(as_of=NOW)
    assert scores() == {"Both": (default, 20)}
    assert "cannot be read any more" in scope_in_words(definition_of(own))
