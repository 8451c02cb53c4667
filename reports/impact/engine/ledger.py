"""Bring the ledger and the measurement together: what was claimed, what is admitted, what may be booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.impact.engine.allocation import split_cents
from reports.impact.engine.result import Measured, Money, Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says: this work kept so much of that renewal, and here is what shows it."""

    claim_id: str
    renewal_id: str
    cents: int
    evidence_id: str | None


@dataclass(frozen=True, slots=True)
class Admitted:
    """What is left of a claim after its renewal was shared out."""

    claim_id: str
    renewal_id: str
    cents: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A claim that does not count. `reason` is duplicate_claim, no_evidence or unknown_renewal."""

    claim_id: str
    renewal_id: str
    cents: int
    reason: str


@dataclass(frozen=True, slots=True)
class MeasuredMoney:
    """A measurement reduced to what the ledger needs, where no `Result` is at hand."""

    verdict: Verdict
    money: Money | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Claimed, admitted and bookable cents. `factor` is measured/admitted, between 0 and 1, with its interval."""

    claimed_cents: int
    admitted_cents: int
    bookable_cents: int
    factor: float | None
    factor_lo: float | None
    factor_hi: float | None
    admitted: tuple[Admitted, ...]
    rejected: tuple[Rejected, ...]


def reconcile(
    claims: Sequence[Claim], renewals: Mapping[str, int], *, measured: Measured | None = None
) -> Reconciliation:
    """Admit claims, and book at most what was measured.

    A claim needs evidence and a known renewal (`renewals`: id to cents) and counts once; a negative one counts 0.
    Claims on one renewal are scaled down to its amount, to the cent; a renewal below zero admits nothing.
    Bookable is the lower bound of a measured gain, never more than admitted, and 0 without a measured gain.
    The order of the claims does not matter.
    """
    accepted, rejected = _sift(claims, renewals)
    admitted = _cap(accepted, renewals)
    admitted_cents = sum(claim.cents for claim in admitted)
    money = measured.money if measured is not None else None
    gained = measured is not None and measured.verdict is Verdict.MEASURED_GAIN
    return Reconciliation(
        claimed_cents=sum(max(0, claim.cents) for claim in claims),
        admitted_cents=admitted_cents,
        bookable_cents=max(0, min(money.lo_cents, admitted_cents)) if money is not None and gained else 0,
        factor=_factor(money.est_cents, admitted_cents) if money else None,
        factor_lo=_factor(money.lo_cents, admitted_cents) if money else None,
        factor_hi=_factor(money.hi_cents, admitted_cents) if money else None,
        admitted=tuple(admitted),
        rejected=tuple(rejected),
    )


def _sift(claims: Sequence[Claim], renewals: Mapping[str, int]) -> tuple[list[Claim], list[Rejected]]:
    """Claims that count, and the others with the reason. Of one id the smallest admissible claim counts."""
    accepted: dict[str, Claim] = {}
    rejected: list[Rejected] = []
    for claim in sorted(claims, key=lambda c: (c.claim_id, c.cents, c.renewal_id, c.evidence_id or "")):
        if not claim.evidence_id:
            reason = "no_evidence"
        elif claim.renewal_id not in renewals:
            reason = "unknown_renewal"
        elif claim.claim_id in accepted:
            reason = "duplicate_claim"
        else:
            accepted[claim.claim_id] = claim
            continue
        rejected.append(Rejected(claim.claim_id, claim.renewal_id, claim.cents, reason))
    return list(accepted.values()), rejected


def _cap(accepted: Sequence[Claim], renewals: Mapping[str, int]) -> list[Admitted]:
    """Each renewal given out at most once."""
    by_renewal: dict[str, list[Claim]] = defaultdict(list)
    for claim in accepted:
        by_renewal[claim.renewal_id].append(claim)
    cents: dict[str, int] = {}
    for renewal_id, members in by_renewal.items():
        asked = {claim.claim_id: max(0, claim.cents) for claim in members}
        amount = max(0, renewals[renewal_id])
        if sum(asked.values()) > amount:
            asked = split_cents(amount, {claim_id: Fraction(share) for claim_id, share in asked.items()})
        cents.update(asked)
    return [Admitted(claim.claim_id, claim.renewal_id, cents[claim.claim_id]) for claim in accepted]


def _factor(measured_cents: int, admitted_cents: int) -> float | None:
    return min(1.0, max(0.0, measured_cents / admitted_cents)) if admitted_cents > 0 else None
