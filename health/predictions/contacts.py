"""Whom it pays to contact, from the present probabilities and what accounts are worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from cshub.db import sql
from health.engine.prediction.profit import ContactPlan, Offer, Step, contact_threshold
from health.predictions.sql.worth import CURRENCIES, WORTH

if TYPE_CHECKING:
    from collections.abc import Mapping

CENTS = 100


@dataclass(frozen=True)
class Plan:
    """The engine's plan in one currency: `accounts` have a probability and a value in it, `others` a value in another one, `unknown` none.

    `everybody` is the last step of the curve: what contacting all of them would bring.
    """

    plan: ContactPlan
    currency: str
    accounts: int
    others: int
    unknown: int

    @property
    def everybody(self) -> Step:
        return self.plan.curve[-1]


def contact_plan(terms: Mapping[str, Decimal]) -> Plan | None:
    """The plan for `offer` and `contact` in units of money and `success` in per cent; in the currency most accounts have.

    An account is worth what would be lost if it left at its next renewal (health.value). None where no account has both a probability
    and a value. Two queries.
    """
    counts = dict(sql.rows(CURRENCIES))
    unknown = counts.pop(None, 0)
    if not counts:
        return None
    currency = next(iter(counts))
    rows = sql.rows(WORTH, {"currency": currency})
    offer = Offer(
        offer_cents=int(terms["offer"] * CENTS),
        contact_cents=int(terms["contact"] * CENTS),
        success_rate=float(terms["success"]) / 100,
    )
    plan = contact_threshold([float(chance) for chance, _cents in rows], [int(cents) for _chance, cents in rows], offer)
    return Plan(plan, currency, len(rows), sum(counts.values()) - len(rows), unknown)
