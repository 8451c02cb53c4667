"""The tier of one account from its value, what serving it will cost, and where tiers begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from health.engine.value.tier import Tier, Tiered, tier_of
from health.engine.value.worth import CustomerValue

if TYPE_CHECKING:
    from health.value.assumed import Assumed
    from health.value.serving import Served
    from health.value.valuing import Brought

CENTS = 100


def tiered(brought: Brought, cost_ahead: float | None, work: Served, strategic: str, assumed: Assumed) -> Tiered:
    """The tier with the facts of its reason, money in cents of the currency of the terms. Unknown where value, cost or terms are not known."""
    if strategic:
        return Tiered(Tier.HIGH, "strategic", {"note": strategic}, (Tier.HIGH,))
    if brought.amount is None:
        return _unknown("value_unknown", brought.refusal)
    if cost_ahead is None:
        return _unknown("cost_unknown", work.refusal)
    if assumed.rules is None:
        return _unknown("no_terms", "")
    rate = assumed.exchange(brought.currency, assumed.currency)
    if rate is None:
        return _unknown("no_exchange", brought.currency)

    def cents(amount: float) -> int:
        return round(amount * rate * CENTS)

    value = CustomerValue(
        est_cents=cents(brought.amount),
        lo_cents=None if brought.low is None else cents(brought.low),
        hi_cents=None if brought.high is None else cents(brought.high),
        method=brought.method,
        horizon=str(assumed.months),
        covers="",
    )
    found = tier_of(value, cost_cents=cents(cost_ahead), rules=assumed.rules)
    facts = {**found.facts, "horizon": assumed.months, "currency": assumed.currency}
    return Tiered(found.tier, found.reason, facts, found.possible)


def _unknown(reason: str, note: str) -> Tiered:
    return Tiered(Tier.UNKNOWN, reason, {"note": note}, (Tier.UNKNOWN,))
