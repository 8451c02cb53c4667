"""How long before an account left did its health say so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.special import bdtr

from health.engine.prediction.backtest import Verdict
from health.engine.prediction.bands import RISK
from health.engine.prediction.churn import FEWEST_TO_JUDGE
from health.engine.prediction.measures import Interval, share_of
from health.engine.prediction.reasons import Reason

IN_TIME = 30  # days in which something can still be done

History = Sequence[tuple[date, str]]


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """Warning before leaving, in days; an account that was not called at risk when it left had 0.

    `days` is the median over all that left, `warned` the share with any warning, `in_time` that with IN_TIME days or more. The
    figures are None without the verdict SHOWN; `left` says how many accounts there are.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    left: int
    days: Interval | None
    warned: Interval | None
    in_time: Interval | None


def early_warning(
    histories: Mapping[str, History], left_on: Mapping[str, date], *, warned: Collection[str] = RISK
) -> EarlyWarning:
    """Days from the start of the last unbroken stay in the `warned` bands until the account left.

    `histories` holds each account's changes of band as (day, band) in any order; what comes after leaving is not looked at. An account
    without a history had no warning. Refuses under FEWEST_TO_JUDGE accounts that left.
    """
    if len(left_on) < FEWEST_TO_JUDGE:
        short = FEWEST_TO_JUDGE - len(left_on)
        facts = {"churned": len(left_on), "stayed": "any", "needed": FEWEST_TO_JUDGE, "short": short}
        reason = Reason("too_few_outcomes", {name: str(fact) for name, fact in facts.items()})
        return EarlyWarning(Verdict.CANNOT_BE_SHOWN, (reason,), len(left_on), None, None, None)
    times = sorted(days_of_warning(histories.get(account, ()), left, warned) for account, left in left_on.items())
    return EarlyWarning(
        verdict=Verdict.SHOWN,
        reasons=(),
        left=len(times),
        days=median(times),
        warned=share_of(sum(time > 0 for time in times), len(times)),
        in_time=share_of(sum(time >= IN_TIME for time in times), len(times)),
    )


def days_of_warning(history: History, left_on: date, warned: Collection[str] = RISK) -> int:
    """Days of the last unbroken stay in the `warned` bands that lasted until the account left; 0 if there was none."""
    since: date | None = None
    for day, band in sorted(history):
        if day >= left_on:
            break
        since = (since or day) if band in warned else None
    return (left_on - since).days if since else 0


def median(ordered: Sequence[int]) -> Interval:
    """Median of ordered numbers with the interval of the order statistics: at least 95 % whatever the distribution."""
    chance = bdtr(np.arange(len(ordered) + 1), len(ordered), 0.5)  # of at most so many below the median
    rank = int(np.searchsorted(chance, 0.025))
    low, high = ordered[max(rank - 1, 0)], ordered[min(len(ordered) - rank, len(ordered) - 1)]
    return Interval(float(np.median(ordered)), float(low), float(high))
