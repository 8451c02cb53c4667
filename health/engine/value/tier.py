"""How much attention an account is worth: its tier by value after what it costs to serve, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from health.engine.value.worth import CannotValue, CustomerValue

# Templates rather than sentences, so that a page can translate them and fill in the facts.
WORDS = {
    "strategic": "set as strategic: {note}",
    "value_unknown": "its value is not known: {note}",
    "costs_more": "serving it costs {cost}, more than the {value} it is worth over {horizon}",
    "above": "worth {net} after serving it ({value} less {cost}) over {horizon}; {tier} begins at {from}",
    "below": "worth {net} after serving it ({value} less {cost}) over {horizon}; {next} begins at {from}",
}


class Tier(StrEnum):
    """From the most valuable down; `loss` costs more than it brings, `unknown` is a verdict."""

    HIGH = "high"
    MIDDLE = "middle"
    LOW = "low"
    LOSS = "loss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TierRules:
    """From how many cents of value less cost on an account is `high` or `middle`. Raises CannotValue unless high > middle > 0."""

    high_cents: int
    middle_cents: int

    def __post_init__(self) -> None:
        if not self.high_cents > self.middle_cents > 0:
            raise CannotValue(
                f"high_cents is {self.high_cents}, middle_cents {self.middle_cents}; give high > middle > 0."
            )


@dataclass(frozen=True, slots=True)
class Tiered:
    """The tier, the code of its reason with the cents and words its template names, and the tiers the interval also allows.

    `sure` is whether the whole interval of the value lies in this tier; without an interval it is not.
    """

    tier: Tier
    reason: str
    facts: Mapping[str, int | str] = field(default_factory=dict)
    possible: tuple[Tier, ...] = ()

    @property
    def sure(self) -> bool:
        return self.possible == (self.tier,)


def tier_of(
    value: CustomerValue | None, *, cost_cents: int, rules: TierRules, strategic: str = "", missing: str = ""
) -> Tiered:
    """The tier of one account; `cost_cents` to serve it over the same horizon as the value.

    `strategic` is the note of whoever set the account apart: it is high then, whatever the money says. `missing` says why there is no
    value. Raises CannotValue for a negative cost.
    """
    if cost_cents < 0:
        raise CannotValue(f"cost_cents is {cost_cents}; give cents, 0 or more.")
    if strategic:
        return Tiered(Tier.HIGH, "strategic", {"note": strategic}, (Tier.HIGH,))
    if value is None:
        return Tiered(Tier.UNKNOWN, "value_unknown", {"note": missing}, (Tier.UNKNOWN,))
    net = value.est_cents - cost_cents
    tier = _tier(net, rules)
    facts: dict[str, int | str] = {"value": value.est_cents, "cost": cost_cents, "net": net, "horizon": value.horizon}
    return Tiered(tier, _reason(tier), facts | _edge(tier, rules), _possible(value, cost_cents, rules))


def _tier(net: int, rules: TierRules) -> Tier:
    if net >= rules.high_cents:
        return Tier.HIGH
    if net >= rules.middle_cents:
        return Tier.MIDDLE
    return Tier.LOW if net >= 0 else Tier.LOSS


def _reason(tier: Tier) -> str:
    return {Tier.HIGH: "above", Tier.MIDDLE: "above", Tier.LOW: "below"}.get(tier, "costs_more")


def _edge(tier: Tier, rules: TierRules) -> dict[str, int | str]:
    """The threshold that decided: the one it passed, or the one it missed."""
    if tier is Tier.LOSS:
        return {}
    edge = rules.high_cents if tier is Tier.HIGH else rules.middle_cents
    return {"from": edge} | ({"next": Tier.MIDDLE.value} if tier is Tier.LOW else {"tier": tier.value})


def _possible(value: CustomerValue, cost_cents: int, rules: TierRules) -> tuple[Tier, ...]:
    """The tiers from the upper end of the interval down to the lower; none without an interval."""
    if value.lo_cents is None or value.hi_cents is None:
        return ()
    ladder = [Tier.HIGH, Tier.MIDDLE, Tier.LOW, Tier.LOSS]
    first, last = (ladder.index(_tier(bound - cost_cents, rules)) for bound in (value.hi_cents, value.lo_cents))
    return tuple(ladder[first : last + 1])
