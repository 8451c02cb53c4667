"""What a measurement says: a verdict, an interval, the counts behind it and the sentences for a CFO."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Protocol


class Verdict(StrEnum):
    """What may be said. Only the first two are claims."""

    MEASURED_GAIN = "MEASURED_GAIN"
    MEASURED_LOSS = "MEASURED_LOSS"
    NO_EFFECT_SHOWN = "NO_EFFECT_SHOWN"
    CANNOT_BE_SHOWN = "CANNOT_BE_SHOWN"
    TOO_EARLY = "TOO_EARLY"
    NOT_YET = "NOT_YET"


class Grade(StrEnum):
    """How a figure is known: A random holdout, B natural experiment, C adjusted comparison, D asserted."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


CLAIMS = (Verdict.MEASURED_GAIN, Verdict.MEASURED_LOSS)


@dataclass(frozen=True, slots=True)
class Money:
    """Money kept because of the work, in cents, with its 95% interval; `lo_cents` is rounded down, `hi_cents` up."""

    est_cents: int
    lo_cents: int
    hi_cents: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The facts under a verdict. `treated` and `held_out` count accounts whose outcome is known."""

    assigned_treated: int
    assigned_held_out: int
    treated: int
    held_out: int
    renewed_treated: int
    renewed_held_out: int
    missing_treated: int
    missing_held_out: int
    held_out_contacted: int
    held_out_contact_known: int
    arr_due_treated_cents: int
    arr_due_held_out_cents: int
    arr_kept_treated_cents: int
    arr_kept_held_out_cents: int
    effective_treated: float
    effective_held_out: float
    largest_share_treated: float
    largest_share_held_out: float
    kept_share_varies: bool
    negative_arr: int
    duplicates: int
    assigned_late: int
    undated: int
    always_worked: int
    not_yet_due: int

    @property
    def contamination(self) -> float | None:
        """Share of the hold-out that was contacted all the same; None when nobody recorded it."""
        known = self.held_out_contact_known
        return self.held_out_contacted / known if known else None

    @property
    def missing_share_treated(self) -> float:
        return self.missing_treated / self.assigned_treated if self.assigned_treated else 0.0

    @property
    def missing_share_held_out(self) -> float:
        return self.missing_held_out / self.assigned_held_out if self.assigned_held_out else 0.0

    @property
    def largest_share(self) -> float:
        """Share of its arm's ARR that the largest account carries, in the worse of the two arms."""
        return max(self.largest_share_treated, self.largest_share_held_out)

    @property
    def churned(self) -> int:
        return self.treated + self.held_out - self.renewed_treated - self.renewed_held_out


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement. `estimate`, `lo` and `hi` are shares (0.05 = 5 points), None when it cannot be shown.

    `reasons` are machine codes (`reasons.in_words` says them); a code beside a claim is a warning.
    `seed` is the first 8 hex digits of `data_hash`, the SHA-256 of rows, parameters and engine version.
    """

    verdict: Verdict
    grade: Grade | None
    estimate: float | None
    lo: float | None
    hi: float | None
    reasons: tuple[str, ...]
    counts: Counts
    money: Money | None
    method: str
    seed: str
    data_hash: str
    cfo_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One week of a running trial. The interval holds over all looks; it is None where no decision is due.

    `estimate` is the running difference; it is not for a headline before the verdict is a claim.
    `bound` is the critical value of this look in standard errors.
    """

    week: int
    verdict: Verdict
    estimate: float | None
    lo: float | None
    hi: float | None
    bound: float | None
    reasons: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole trial read week by week. `decided_week` is the first week with a claim; it never moves afterwards."""

    verdict: Verdict
    decided_week: int | None
    looks: tuple[Look, ...]
    method: str
    seed: str
    data_hash: str
    cfo_lines: tuple[str, ...]


class Measured(Protocol):
    """What the ledger needs to know of a measurement; `Result` is one."""

    @property
    def verdict(self) -> Verdict: ...

    @property
    def money(self) -> Money | None: ...


def verdict_of(lo: float, hi: float) -> Verdict:
    """The verdict of an interval: a claim only when zero lies outside."""
    if lo > 0:
        return Verdict.MEASURED_GAIN
    if hi < 0:
        return Verdict.MEASURED_LOSS
    return Verdict.NO_EFFECT_SHOWN


def money_of(counts: Counts, estimate: float, lo: float, hi: float) -> Money:
    """Points times the revenue due of the treated, in whole cents; the bounds are rounded outward."""
    due = counts.arr_due_treated_cents
    return Money(est_cents=round(estimate * due), lo_cents=floor(lo * due), hi_cents=ceil(hi * due))
