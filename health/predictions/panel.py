"""The block of an account's page that says how likely it is to leave, why, and how far that can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from health.predictions import words
from health.predictions.presentation import bin_sentence
from health.predictions.queries import account_forecast

if TYPE_CHECKING:
    from accounts.models import Account
    from health.predictions.models import Backtest


def forecast_context(account: Account) -> dict[str, Any]:
    """What predictions/_account.html shows: `forecast`, why there is none, and the sentence on how honest the score is. Three queries."""
    forecast = account_forecast(account)
    latest = forecast.latest
    return {
        "forecast": forecast,
        "forecast_refusal": "" if forecast.told else _why_not(latest),
        "score_sentence": bin_sentence(latest.bands if latest else None, forecast.score),
    }


def _why_not(latest: Backtest | None) -> str:
    if latest is None:
        return _("Cannot tell: nothing has been learned yet. It is tried the night after the first scoring.")
    if latest.model is None:
        return words.refusal(latest.reasons)
    return _("Cannot tell: too little is known about this account, or its scorecard lacks something the model needs.")
