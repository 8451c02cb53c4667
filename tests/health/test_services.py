"""Scoring: who is scored, what is kept, and what never happens twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from health.models import AccountHealth, HealthScore, HealthTransition, ScorecardVersion, Scoring
from health.services import score_accounts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


def test_it_scores_an_account_with_a_reason():
    make.active_version()
    northwind = make.account()
    make.answered(northwind, 2)

    done = score_accounts(as_of=make.AS_OF)

    verdict = AccountHealth.objects.get(account=northwind)
    assert (done.scored_count, done.changed_count, done.transition_count) == (1, 1, 0)
    assert (verdict.score, verdict.band, verdict.coverage, verdict.reason) == (Decimal("20.00"), "risk", Decimal("1.000"), "nps")
    assert (verdict.raw, verdict.points) == ([2.0], [2000])
    kept = HealthScore.objects.get(account=northwind)
    assert (kept.score, kept.input_hash, kept.scored_at) == (verdict.score, verdict.input_hash, make.AS_OF)
