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
    """The engine's plan in one currency: `accounts` have a probability and a worth in it, `others` a worth in another one.

    `everybody` is the last step of the curve: what contacting all of them would bring.
    """

    plan: ContactPlan
    currency: str
    accounts: int
    others: int

    @property
    def everybody(self) -> Step:
        return self.plan.curve[-1]


def contact_plan(terms: Mapping[str, Decimal]) -> Plan | None:
    """The plan for `offer` and `contact` in units of money, `success` and `worth` in per cent; in the currency most accounts have.

    None where no account has both a probability and a worth. Two queries.
    """
    currencies = sql.rows(CURRENCIES)
    if not currencies:
        return None
    currency = currencies[0][0]
    rows = sql.rows(WORTH, {"currency": currency, "share": terms["worth"] / 100})
    offer = Offer(
        offer_cents=int(terms["offer"] * CENTS),
        contact_cents=int(terms["contact"] * CENTS),
        success_rate=float(terms["success"]) / 100,
    )
    plan = contact_threshold([float(chance) for chance, _cents in rows], [int(cents) for _chance, cents in rows], offer)
    return Plan(plan, currency, len(rows), sum(count for _name, count in currencies[1:]))
