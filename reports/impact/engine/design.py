"""Before a trial: how many accounts it needs, and the smallest effect it could show."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from scipy.special import ndtri


@dataclass(frozen=True, slots=True)
class Required:
    """Accounts with a known outcome that a trial needs."""

    total: int
    treated: int
    held_out: int


def required_accounts(
    *,
    churn_held_out: float,
    churn_treated: float,
    treated_share: float = 0.5,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Required:
    """Accounts needed to show that churn falls (or rises) from one share to another.

    Normal approximation with each arm's own variance; weekly reading needs about 3% more.
    Source: Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), ch. 4.
    Raises ValueError when a share is not one, or the two churns are equal (no number is enough).
    """
    _check_share("churn_held_out", churn_held_out, closed=True)
    _check_share("churn_treated", churn_treated, closed=True)
    _check_share("treated_share", treated_share)
    if churn_held_out == churn_treated:
        raise ValueError("churn_treated equals churn_held_out; give the churn that the work should bring about.")
    reach = _reach(power, alpha)
    spread = _variance(churn_treated) / treated_share + _variance(churn_held_out) / (1 - treated_share)
    total = ceil(reach**2 * spread / (churn_held_out - churn_treated) ** 2)
    treated = max(1, round(total * treated_share))
    return Required(total=total, treated=treated, held_out=max(1, total - treated))


def smallest_detectable_effect(
    *,
    treated: int,
    held_out: int,
    churn: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float | None:
    """Smallest fall in churn (0.05 = 5 points) that these arms would show, if `churn` is the hold-out's share.

    None when even a fall to zero could be missed. Solves the formula of `required_accounts` for the effect.
    """
    _check_share("churn", churn, closed=True)
    if treated < 1 or held_out < 1:
        raise ValueError(f"treated is {treated} and held_out {held_out}; each arm needs at least one account.")
    reach_squared = _reach(power, alpha) ** 2
    # (churn - c)^2 = reach^2 * (c(1-c)/treated + churn(1-churn)/held_out), a quadratic in c.
    square = 1 + reach_squared / treated
    linear = -(2 * churn + reach_squared / treated)
    constant = churn**2 - reach_squared * _variance(churn) / held_out
    root = (-linear - sqrt(max(0.0, linear**2 - 4 * square * constant))) / (2 * square)
    return churn - root if 0 <= root < churn else None


def _reach(power: float, alpha: float) -> float:
    _check_share("power", power)
    _check_share("alpha", alpha)
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def _variance(share: float) -> float:
    return share * (1 - share)


def _check_share(name: str, value: float, *, closed: bool = False) -> None:
    if not (0 <= value <= 1 if closed else 0 < value < 1):
        raise ValueError(f"{name} is {value}; give a share between 0 and 1, such as 0.1 for 10%.")
