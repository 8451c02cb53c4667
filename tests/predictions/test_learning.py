"""Who leaves is learned from what was known before, kept with its back-test, and refused in a sentence where it cannot be known."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from cshub import pipeline
from health.models import AccountHealth, HealthScore
from health.predictions import services
from health.predictions.invariants import INVARIANTS
from health.predictions.models import AccountPrediction, Backtest, Prediction, PredictionModel
from health.predictions.words import refusal
from tests.predictions.make import AS_OF, LATER, history, lived, present, scored

pytestmark = pytest.mark.usefixtures("acme")
MONTH = timedelta(days=30)


def chances() -> dict[str, Decimal]:
    return dict(AccountPrediction.objects.values_list("account__external_id", "probability"))


def broken() -> list[str]:
    return [each for invariant in INVARIANTS for each in invariant.violations()]


def test_a_tenant_with_history_gets_a_model_with_a_card_and_every_account_its_probability():
    lived()
    present()
    kept = services.learn(as_of=AS_OF)
    assert kept.decision == "taken"
    assert kept.bands["auc"]["lo"] > 0.5
    assert kept.prediction["quality"]["auc"]["lo"] > 0.5
    model = PredictionModel.objects.in_use()
    assert (model.number, model.features, model.horizon_days) == (1, ["nps"], 90)
    assert model.card["churned"] >= 50
    assert services.predict(as_of=AS_OF) == AccountHealth.objects.count()
    by_score = list(AccountPrediction.objects.order_by("account__health__score").values_list("probability", flat=True))
    assert min(by_score[:20]) > max(by_score[-20:])
    assert broken() == []


def test_repeating_writes_nothing_and_a_changed_verdict_is_kept_in_the_history():
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)
    assert services.learn(as_of=AS_OF).pk == Backtest.objects.get().pk
    assert services.predict(as_of=LATER) == 0
    account = Account.objects.get(external_id="h-0")
    before = chances()["h-0"]
    scored(account, [1.0 if before < Decimal("0.1") else 9.0])
    assert services.predict(as_of=LATER, account_ids=[account.pk]) == 1
    told = list(
        Prediction.objects.filter(account=account).order_by("predicted_at").values_list("probability", flat=True)
    )
    assert told == [before, chances()["h-0"]]
    assert told[0] != told[1]
    assert broken() == []


def test_what_is_known_today_does_not_leak_into_what_is_learned():
    """The trap: present verdicts, and one written after each snapshot, hold the outcome itself. Learning has to give the same as without."""
    lived()
    present()
    clean = services.learn(as_of=AS_OF)
    left = {str(each) for each in Account.objects.filter(movements__kind="churn").values_list("pk", flat=True)}
    last = HealthScore.objects.order_by("-scored_at").first()
    HealthScore.objects.bulk_create(
        HealthScore(
            account_id=account, scored_at=AS_OF - timedelta(hours=1), version_id=last.version_id, score=0 if str(account) in left else 100,
            band="good", coverage=1, reason="nps", raw=[-100.0 if str(account) in left else 100.0], points=[0], input_hash="",
        )
        for account in Account.objects.values_list("pk", flat=True)
    )  # fmt: skip
    AccountHealth.objects.filter(account__in=left).update(raw=[-100.0])
    AccountHealth.objects.exclude(account__in=left).update(raw=[100.0])
    trapped = services.learn(as_of=AS_OF + timedelta(minutes=1))
    assert trapped.prediction["data_hash"] == clean.prediction["data_hash"]
    assert trapped.prediction["quality"]["auc"] == clean.prediction["quality"]["auc"]
    assert trapped.prediction["quality"]["auc"]["estimate"] < 0.95


def test_a_feature_that_holds_the_outcome_is_refused_by_name():
    history(left=120, stayed=120, when_left=1, otherwise=9)
    kept = services.learn(as_of=AS_OF)
    assert kept.decision == "refused"
    assert kept.reasons[0]["code"] == "leakage_suspected"
    assert "nps" in refusal(kept.reasons)
    assert PredictionModel.objects.count() == 0


def test_few_outcomes_are_refused_with_the_counts_in_the_sentence():
    lived(count=24)
    kept = services.learn(as_of=AS_OF)
    assert (kept.decision, kept.model) == ("refused", None)
    left = kept.prediction["churned"]
    assert f"Cannot tell: {left} accounts left and {24 - left} stayed; 50 of each are needed" in refusal(kept.reasons)
    assert services.predict(as_of=AS_OF) == 0


def test_one_outcome_only_is_refused():
    history(left=0, stayed=60, when_left=1, otherwise=9)
    kept = services.learn(as_of=AS_OF)
    assert kept.reasons[0]["code"] == "one_outcome_only"
    assert "both outcomes are needed" in refusal(kept.reasons)


def test_a_value_that_is_no_number_is_refused_and_the_model_in_use_stays():
    lived()
    present()
    services.learn(as_of=AS_OF)
    first = HealthScore.objects.order_by("scored_at").first()
    _written_wrongly(first)
    kept = services.learn(as_of=LATER)
    assert kept.decision == "refused"
    assert "which is no number" in refusal(kept.reasons)
    assert kept.model == PredictionModel.objects.in_use()
    assert kept.model.number == 1


def test_an_account_without_data_or_with_a_value_that_is_no_number_has_no_probability():
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)
    empty, wrong = Account.objects.filter(external_id__in=["h-1", "h-2"]).order_by("external_id")
    scored(empty, [None])
    scored(wrong, [float("nan")])
    services.predict(as_of=LATER)
    assert not {"h-1", "h-2"} & set(chances())
    assert Prediction.objects.filter(account__in=[empty, wrong]).count() == 2


def test_a_scorecard_that_lacks_a_feature_leaves_accounts_unknown():
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)
    PredictionModel.objects.update(features=["nps", "gone"])
    model = PredictionModel.objects.in_use()
    model.parameters["encoding"]["features"].append({**model.parameters["encoding"]["features"][0], "name": "gone"})
    model.save()
    assert services.predict(as_of=LATER) == 0
    assert chances() == {}


def test_it_learns_anew_every_four_weeks_and_keeps_old_versions():
    lived()
    present()
    assert pipeline.learn(as_of=AS_OF)
    assert not pipeline.learn(as_of=AS_OF + timedelta(days=27))
    assert pipeline.learn(as_of=AS_OF + timedelta(days=28))
    assert list(PredictionModel.objects.values_list("number", "state")) == [(2, "active"), (1, "retired")]
    assert set(AccountPrediction.objects.values_list("model__number", flat=True)) == {2}
    assert broken() == []


def test_no_query_for_a_row():
    lived()
    present()
    services.learn(as_of=AS_OF)
    with CaptureQueriesContext(connection) as few:
        services.predict(as_of=AS_OF, account_ids=list(Account.objects.values_list("pk", flat=True)[:10]))
    with CaptureQueriesContext(connection) as many:
        services.predict(as_of=LATER)
    assert len(many) <= len(few)


def _written_wrongly(row: HealthScore) -> None:
    """A verdict an hour later with a value that is no number."""
    row.scored_at += timedelta(hours=1)
    row.raw = [float("nan")]
    row.save(force_insert=True)
