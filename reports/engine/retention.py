"""Gross and net revenue retention, logo churn and the renewal rate, by the definitions printed on the report."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RevenueSums:
    """Sums over the accounts with revenue at the start of the period, in cents a year.

    `lost` is contraction, churn and price cuts, each account capped at its start; `gained` is expansion, reactivation and price rises.
    `due` and `renewed` are over the renewals due and decided in the period.
    """

    start: int
    lost: int
    lost_uncapped: int
    gained: int
    accounts: int
    accounts_lost: int
    due: int
    renewed: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Retention:
    """Shares between 0 and 1 (NRR may be more); None where there is nothing to divide by."""

    grr: float | None
    nrr: float | None
    logo_churn: float | None
    renewal_rate: float | None


def retention(sums: RevenueSums) -> Retention:
    """GRR = (start - lost)/start, never above 1; NRR = (start + gained - lost)/start; logo churn = accounts lost/accounts;
    renewal rate = revenue renewed/revenue due. The cohort is fixed at the start; exchange-rate movements are out of all of them.
    """
    return Retention(
        grr=_share(sums.start - sums.lost, sums.start),
        nrr=_share(sums.start + sums.gained - sums.lost_uncapped, sums.start),
        logo_churn=_share(sums.accounts_lost, sums.accounts),
        renewal_rate=_share(sums.renewed, sums.due),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
