"""`verify` is silent over honest data and speaks when somebody changed a verdict."""

from datetime import timedelta

import pytest

from health.invariants import (
    INVARIANTS,
    current_without_history,
    moves_without_verdicts,
    several_defaults,
    wrong_scores,
)
from health.models import AccountHealth, HealthScore, HealthTransition, Scorecard, ScorecardVersion
from health.services import score_accounts
from tests.health import make


@pytest.fixture(autouse=True)
def scored(acme: object) -> None:
    make.active_version()
    for score in (2, 8, 5, 5, 5, 5):
        account = make.account()
        make.answered(account, score)
        make.answered(account, 10 - score, at=make.AS_OF + timedelta(hours=1))
    score_accounts(as_of=make.AS_OF)
    score_accounts(as_of=make.AS_OF + timedelta(days=1))


def test_honest_data_has_no_violations():
    assert HealthTransition.objects.count() == 2
    assert [found for invariant in INVARIANTS for found in invariant.violations()] == []


def test_a_score_that_does_not_follow_from_its_inputs_is_found():
    AccountHealth.objects.filter(score=80).update(score=81)
    assert len(current_without_history()) == 1
    kept = HealthScore.objects.first()
    assert kept is not None
    HealthScore.objects.bulk_create([_with(kept, score=99, band="good")])
    assert "its raw values give" in wrong_scores()[0]


def test_a_move_that_never_was_is_found():
    account = make.account()
    HealthTransition.objects.create(
        account=account, from_band="good", to_band="risk", reason="nps", occurred_at=make.AS_OF
    )
    assert len(moves_without_verdicts()) == 1


def test_two_formulas_in_force_are_found():
    other = Scorecard.objects.create(name="Other")
    ScorecardVersion.objects.create(
        scorecard=other, number=1, definition=make.document(), definition_hash="x", state="active"
    )
    assert len(several_defaults()) == 1


def _with(kept: HealthScore, **changes: object) -> HealthScore:
    fields = {
        field.attname: getattr(kept, field.attname) for field in HealthScore._meta.fields if field.attname != "pk"
    }
    return HealthScore(**fields | {"scored_at": kept.scored_at + timedelta(days=9)} | changes)
