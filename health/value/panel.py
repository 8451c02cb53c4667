"""The block of an account's page that says what it is worth, what serving it costs, and in which tier it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from health.value import words
from health.value.history import value_plot
from health.value.models import Tier
from health.value.queries import account_page

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Account


def value_context(account: Account, *, as_of: datetime) -> dict[str, Any]:
    """What value/_account.html shows under `worth`. Four queries."""
    page = account_page(account)
    shown: dict[str, Any] = {
        "page": page,
        "earlier": [(at, Tier(tier).label) for at, tier in page.earlier[1:]],
        **value_plot(page.told, as_of=as_of),
    }
    value = page.value
    if value is not None:
        shown |= {
            "value": value,
            "refusal": words.value_refusal(value, page.fit),
            "cost_refusal": words.cost_refusal(value),
            "method": words.method(value),
            "reason": words.tier_reason(value),
            "possible": words.possible(value),
            "minutes": value.recorded_minutes + value.estimated_minutes,
        }
    return {"worth": shown}
