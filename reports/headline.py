"""The headline of the ROI report: the booked return, or the reasons why none can be shown."""

from decimal import Decimal
from typing import Any

from reports.impact import worth as impact

DIGITS = 6


def headline(worth: impact.Worth, *, margin: Decimal, cost_cents: int, costs_left_out: int) -> dict[str, Any]:
    """The lower bound of the measured money, never more than was admitted, in gross margin against the full cost.

    `reasons` holds codes for why it cannot be shown; while there is one, no estimate stands here. Money in cents, returns per unit of cost.
    """
    booked = worth.reconciliation.bookable_cents
    reasons = _reasons(worth, cost_cents, costs_left_out)
    head: dict[str, Any] = {
        "shown": not reasons,
        "reasons": reasons,
        "verdict": str(worth.money.verdict),
        "booked_cents": booked,
        "cost_cents": cost_cents,
        "net_cents": round(booked * margin) - cost_cents,
        "booked_return": None,
    }
    if reasons or worth.money.money is None:
        return head
    found = impact.returns(worth.money.money, margin=margin, cost_cents=cost_cents)
    return head | {
        "booked_return": round(float(booked * margin) / cost_cents, DIGITS),
        "estimate_return": round(found.roi + 1, DIGITS),
        "low_return": round(found.lo + 1, DIGITS),
        "high_return": round(found.hi + 1, DIGITS),
        "break_even_cents": found.break_even_cents,
    }


def _reasons(worth: impact.Worth, cost: int, costs_left_out: int) -> list[str]:
    checks = {
        "period_is_open": not worth.is_closed,
        "no_experiment": not worth.comparisons,
        "no_cost_entered": cost <= 0,
        "cost_in_other_currency": costs_left_out > 0,
    }
    return [code for code, holds in checks.items() if holds] or _of_the_measurement(worth)


def _of_the_measurement(worth: impact.Worth) -> list[str]:
    verdict = str(worth.money.verdict)
    if verdict == "MEASURED_GAIN":
        return [] if worth.reconciliation.bookable_cents > 0 else ["nothing_admitted"]
    if verdict == "MEASURED_LOSS":
        return ["loss_measured"]
    return ["no_gain_measured"] if verdict == "NO_EFFECT_SHOWN" else ["cannot_be_shown"]
