"""Gross and net revenue retention, logo churn and the renewal rate, by the definitions printed on the report."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """One currency's part of the book, in cents a year of the reporting currency.

    `start`, `lost` (capped account by account), `lost_uncapped` and `gained` at the rate of the period's start; `kept_reported` and
    `net_reported` are what was left at the end, without and with what was gained, at the rate of the end. Of an account no more than its
    start counts as kept, so that a rising currency does not lift gross retention above 1.
    """

    start: int
    lost: int
    lost_uncapped: int
    gained: int
    kept_reported: int
    net_reported: int


@dataclass(frozen=True, slots=True)
class CurrencyRetention:
    """GRR and NRR of the whole book: at constant currency, and as reported."""

    grr_constant: float | None
    nrr_constant: float | None
    grr_reported: float | None
    nrr_reported: float | None


def retention_by_currency(parts: Sequence[CurrencySums]) -> CurrencyRetention:
    """The whole book in one currency. Constant: every amount at the rate of the start, so that only customers move the shares.
    Reported: the start at its rate, what is left at the rate of the end; the difference of the two is exchange rates alone.
    """
    start = sum(part.start for part in parts)
    return CurrencyRetention(
        grr_constant=_share(sum(part.start - part.lost for part in parts), start),
        nrr_constant=_share(sum(part.start + part.gained - part.lost_uncapped for part in parts), start),
        grr_reported=_share(sum(part.kept_reported for part in parts), start),
        nrr_reported=_share(sum(part.net_reported for part in parts), start),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
