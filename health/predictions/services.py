"""What can be done with predictions: learn anew from what happened, and tell each account's probability."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from cshub.audit.services import record
from health.engine.prediction.backtest import ChurnBacktest, backtest_churn
from health.engine.prediction.card import read_card
from health.engine.prediction.churn import ChurnModel, fit_churn, read_model
from health.engine.prediction.reasons import CannotPredict, Reason
from health.engine.prediction.snapshots import Snapshots, tabulate
from health.engine.transforms import Choice
from health.models import ScorecardVersion
from health.predictions.engine import documents
from health.predictions.engine.succession import Comparison, compare
from health.predictions.models import Backtest, PredictionModel
from health.predictions.sql import reading, writing
from health.queries import backtests
from health.sql.run import definition_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

State = PredictionModel.State
Decision = Backtest.Decision
HORIZON_DAYS = 90
LEARN_EVERY = timedelta(days=28)
DIGITS = 4


@dataclass(frozen=True)
class Learned:
    """What learning gave: the back-test, the new model if there is one, how it compares with the one in use, or why there is none."""

    tried: ChurnBacktest | None
    model: ChurnModel | None
    comparison: Comparison | None
    reasons: tuple[Reason, ...]


def learn_when_due(*, as_of: datetime) -> Backtest | None:
    """Learn anew if that was never done or LEARN_EVERY ago; None where it is not due."""
    latest = Backtest.objects.latest_one()
    return learn(as_of=as_of) if latest is None or latest.as_of + LEARN_EVERY <= as_of else None


@transaction.atomic
def learn(*, as_of: datetime, horizon_days: int = HORIZON_DAYS) -> Backtest:
    """Back-test health and prediction with what was known `as_of`, learn a new version, and decide between it and the one in use.

    It is taken into use unless, on rows that neither learned from, the one in use is better beyond chance (Comparison.is_worse); where
    there are too few of those, it is taken, as it knows more history. What cannot be learned or judged is kept
    with its reasons; then what was in use stays. A version once written is never changed or removed, and every back-test is kept.
    Repeating it for the same moment, or an earlier one, gives what is there.
    """
    latest = Backtest.objects.latest_one()
    if latest is not None and latest.as_of >= as_of:
        return latest
    days = backtests.snapshot_days(horizon_days=horizon_days, as_of=as_of)
    snapshots = backtests.known_snapshots(days, horizon_days=horizon_days, as_of=as_of)
    old = PredictionModel.objects.in_use()
    learned = _learn(snapshots, horizon_days, as_of, old)
    model, decision = old, Decision.REFUSED
    if learned.model is not None:
        decision = Decision.KEPT if learned.comparison and learned.comparison.is_worse else Decision.TAKEN
        model = _write(learned.model, decision, horizon_days=horizon_days, as_of=as_of)
    kept = Backtest.objects.create(
        as_of=as_of,
        horizon_days=horizon_days,
        snapshot_count=len(days),
        **_health_documents(since=days[0] if days else as_of.date(), horizon_days=horizon_days, as_of=as_of),
        prediction=None if learned.tried is None else documents.of_prediction(learned.tried),
        decision=decision,
        reasons=documents.of_reasons(learned.reasons),
        comparison=None if learned.comparison is None else asdict(learned.comparison),
        model=model,
    )
    record(
        "prediction.learned", target=kept, by=None, at=as_of, after={"decision": decision, "version": str(model or "")}
    )
    return kept


@transaction.atomic
def predict(*, as_of: datetime, account_ids: Sequence[UUID] | None = None) -> int:
    """Tell the probability of every scored account (or of those named) with the model in use; how many changed.

    Accounts without data, and those scored by a formula that lacks a feature of the model, get none, and lose the one they had.
    A fixed number of statements for each 20,000 accounts. Repeating it writes nothing.
    """
    model = PredictionModel.objects.in_use()
    if model is None:
        return 0
    usable = _versions_with(model)
    fitted, changed = fitted_model(model), 0
    for rows in reading.verdicts(usable, as_of=as_of, account_ids=account_ids):
        changed += writing.keep(_told(fitted, rows), model_id=model.pk, as_of=as_of)
    writing.forget_unreadable(usable, account_ids=account_ids)
    return changed


def fitted_model(model: PredictionModel) -> ChurnModel:
    """The version as the engine computes with it."""
    return read_model(model.parameters, read_card(model.card))


def _learn(snapshots: Snapshots, horizon_days: int, as_of: datetime, old: PredictionModel | None) -> Learned:
    tried = None
    try:
        tried = backtest_churn(snapshots, horizon_days=horizon_days, as_of=as_of)
        if tried.quality is None:
            return Learned(tried, None, None, tried.reasons)
        model = fit_churn(snapshots, horizon_days=horizon_days, as_of=as_of)
    except CannotPredict as refusal:
        return Learned(tried, None, None, refusal.reasons)
    return Learned(tried, model, _compared(tried, snapshots, old, horizon_days, as_of) if old else None, ())


def _compared(
    tried: ChurnBacktest, snapshots: Snapshots, old: PredictionModel, horizon_days: int, as_of: datetime
) -> Comparison | None:
    if old.horizon_days != horizon_days:
        return None
    table = tabulate(snapshots, horizon_days=horizon_days, as_of=as_of)
    return compare(tried, table, fitted_model(old), old_known_at=old.as_of, horizon_days=horizon_days)


def _health_documents(*, since: date, horizon_days: int, as_of: datetime) -> dict[str, Any]:
    """How the bands did at renewals and how early they warned; None where no renewal was decided yet or the rows are wrong."""
    bands = backtests.renewals_by_band(days_before=horizon_days, as_of=as_of)
    return {
        "bands": None if bands is None else documents.of_bands(bands),
        "warning": documents.of_warning(backtests.warning_times(since=since, as_of=as_of)),
    }


def _write(model: ChurnModel, decision: Decision, *, horizon_days: int, as_of: datetime) -> PredictionModel:
    """The next version, in use unless it was declined; the one before retires."""
    if decision == Decision.TAKEN:
        PredictionModel.objects.filter(state=State.ACTIVE).update(state=State.RETIRED, retired_at=as_of)
    parameters, card = model.document(), model.card.document()
    whole = json.dumps({"parameters": parameters, "card": card}, sort_keys=True)
    return PredictionModel.objects.create(
        number=(PredictionModel.objects.aggregate(newest=Max("number"))["newest"] or 0) + 1,
        state=State.ACTIVE if decision == Decision.TAKEN else State.DECLINED,
        horizon_days=horizon_days,
        features=list(model.encoding.names),
        first_snapshot_on=date.fromisoformat(str(model.card.first_snapshot)),
        last_snapshot_on=date.fromisoformat(str(model.card.last_snapshot)),
        parameters=parameters,
        card=card,
        digest=hashlib.sha256(whole.encode()).hexdigest(),
        as_of=as_of,
    )


def _versions_with(model: PredictionModel) -> list[UUID]:
    """The scorecard versions now scoring that measure everything the model needs, each as the text or number it learned."""
    terms = model.parameters["encoding"]["features"]
    needed = {(each["name"], each["kind"] == "text") for each in terms}
    versions = ScorecardVersion.objects.filter(state=ScorecardVersion.State.ACTIVE)
    return [
        version.pk
        for version in versions
        if needed <= {(each.key, isinstance(each.transform, Choice)) for each in definition_of(version).measures}
    ]


def _told(fitted: ChurnModel, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Probabilities as rows to be written."""
    ids = [str(row["account_id"]) for row in rows]
    found = fitted.predict(ids, backtests.features_of(rows))
    figures = zip(
        ids, found.probability.tolist(), found.lo.tolist(), found.hi.tolist(), found.parts.tolist(), strict=True
    )
    return [
        {
            "account_id": account, "probability": round(chance, DIGITS), "low": round(low, DIGITS), "high": round(high, DIGITS),
            "parts": [round(part, DIGITS) for part in parts],
        }
        for account, chance, low, high, parts in figures
    ]  # fmt: skip
