"""What always holds about predictions, and how to find what breaks it."""

from __future__ import annotations

import hashlib
import json

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from health.predictions.models import PredictionModel

SHOWN = 20

_LATEST = """
    SELECT account.external_id FROM predictions_accountprediction now JOIN accounts_account account ON account.id = now.account_id
    LEFT JOIN LATERAL (
        SELECT * FROM predictions_prediction kept WHERE kept.account_id = now.account_id ORDER BY predicted_at DESC LIMIT 1) kept ON true
    WHERE (kept.predicted_at, kept.model_id, kept.probability, kept.low, kept.high, kept.parts)
        IS DISTINCT FROM (now.predicted_at, now.model_id, now.probability, now.low, now.high, now.parts)
    ORDER BY account.external_id LIMIT %(shown)s
"""
_STRANGERS = """
    SELECT account.external_id FROM predictions_accountprediction now JOIN accounts_account account ON account.id = now.account_id
    JOIN predictions_predictionmodel model ON model.id = now.model_id WHERE model.state <> 'active' ORDER BY account.external_id LIMIT %(shown)s
"""


def digest_of(model: PredictionModel) -> str:
    """SHA-256 over everything that was learned."""
    whole = json.dumps({"parameters": model.parameters, "card": model.card}, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def changed_models() -> list[str]:
    return [
        f"What prediction model {model} learned is not what its digest was made over."
        for model in PredictionModel.objects.order_by("number")
        if digest_of(model) != model.digest
    ][:SHOWN]


def present_without_history() -> list[str]:
    return [
        f"The present probability of {external_id} is not the latest one in its history."
        for (external_id,) in sql.rows(_LATEST, {"shown": SHOWN})
    ]


def told_by_retired() -> list[str]:
    return [
        f"The present probability of {external_id} was told by a model that is not in use."
        for (external_id,) in sql.rows(_STRANGERS, {"shown": SHOWN})
    ]


INVARIANTS = (
    Invariant("A prediction model is what its digest says", changed_models),
    Invariant("The present probability is the latest of the history", present_without_history),
    Invariant("Present probabilities come from the model in use", told_by_retired),
)
