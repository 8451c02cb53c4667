"""What a period was worth: what people claimed, what is admitted, and what the comparisons bear out."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil, floor, sqrt
from typing import Any

from cshub.db import sql
from reports.impact.engine import Claim as EngineClaim
from reports.impact.engine import MeasuredMoney, Money, Reconciliation, Result, Roi, Verdict, reconcile, roi
from reports.impact.models import Experiment
from reports.impact.queries import cents, measure
from reports.impact.sql import CLAIMS_OF_PERIOD


@dataclass(frozen=True)
class Comparison:
    """One experiment read on the renewals due in the period: by rate and by money."""

    experiment: Experiment
    rate: Result
    money: Result


@dataclass(frozen=True)
class ClaimedEntry:
    """A claim of the period as known at the moment: `admitted_cents` after evidence, review and sharing out."""

    claim_id: str
    number: int
    kind: str
    account_id: str
    claimed_cents: int
    admitted_cents: int
    refused_for: str
    evidence_count: int
    support: str


@dataclass(frozen=True)
class Worth:
    """Everything a report of the period stands on. All money in cents of one currency."""

    comparisons: tuple[Comparison, ...]
    pooled: MeasuredMoney
    reconciliation: Reconciliation
    entries: tuple[ClaimedEntry, ...]
    counted_twice_cents: int
    no_evidence_cents: int
    other_currency_count: int


def worth(*, since: date, until: date, as_of: datetime, currency: str) -> Worth:
    """Claims and comparisons over outcomes and renewals of [since, until), as known at `as_of`, in one currency."""
    comparisons = tuple(_compare(row, since, until, as_of, currency) for row in _registered(as_of))
    pooled = pool([row.money for row in comparisons])
    rows = sql.named(CLAIMS_OF_PERIOD, {"start": since, "end": until, "as_of": as_of})
    ours = [row for row in rows if row.currency == currency]
    claims = [EngineClaim(str(row.claim_id), str(row.outcome_id), cents(row.amount), _evidence(row)) for row in ours]
    outcomes = {str(row.outcome_id): cents(row.outcome_amount) for row in ours}
    reconciliation = reconcile(claims, outcomes, measured=pooled)
    admitted = {row.claim_id: row.cents for row in reconciliation.admitted}
    refused = {row.claim_id: row.reason for row in reconciliation.rejected}
    no_evidence = sum(row.cents for row in reconciliation.rejected)
    return Worth(
        comparisons=comparisons,
        pooled=pooled,
        reconciliation=reconciliation,
        entries=tuple(_entry(row, admitted, refused) for row in ours),
        counted_twice_cents=reconciliation.claimed_cents - no_evidence - reconciliation.admitted_cents,
        no_evidence_cents=no_evidence,
        other_currency_count=len(rows) - len(ours),
    )


def returns(measured: Money, *, margin: Decimal, cost_cents: int) -> Roi:
    """Return on cost of the measured money, in gross margin, with the interval carried through."""
    return roi(measured, margin=float(margin), cost_cents=cost_cents)


def pool(results: list[Result]) -> MeasuredMoney:
    """The money of all comparisons that can be read, losers included, as one measurement.

    Each version draws its own lot, so the errors are independent: estimates add, half-widths add in quadrature
    (variance of a sum). A comparison that cannot be shown adds nothing and is named in the report.
    """
    readable = [row.money for row in results if row.money is not None]
    if not readable:
        return MeasuredMoney(Verdict.CANNOT_BE_SHOWN, None)
    estimate = sum(row.est_cents for row in readable)
    below = sqrt(sum((row.est_cents - row.lo_cents) ** 2 for row in readable))
    above = sqrt(sum((row.hi_cents - row.est_cents) ** 2 for row in readable))
    money = Money(est_cents=estimate, lo_cents=floor(estimate - below), hi_cents=ceil(estimate + above))
    verdict = (
        Verdict.MEASURED_GAIN
        if money.lo_cents > 0
        else Verdict.MEASURED_LOSS
        if money.hi_cents < 0
        else Verdict.NO_EFFECT_SHOWN
    )
    return MeasuredMoney(verdict, money)


def _registered(as_of: datetime) -> list[Experiment]:
    rows = Experiment.objects.filter(registered_at__lte=as_of).select_related("version__playbook")
    return list(rows.order_by("registered_at", "id"))


def _compare(experiment: Experiment, since: date, until: date, as_of: datetime, currency: str) -> Comparison:
    read = {
        outcome: measure(experiment, outcome=outcome, since=since, until=until, as_of=as_of, currency=currency)
        for outcome in ("renewal", "arr")
    }
    return Comparison(experiment, read["renewal"], read["arr"])


def _evidence(row: Any) -> str | None:
    """What shows the claim; nothing does when nothing was cited or a reviewer rejected it."""
    return str(row.claim_id) if row.evidence_count and row.decision != "rejected" else None


def _entry(row: Any, admitted: dict[str, int], refused: dict[str, str]) -> ClaimedEntry:
    claim_id = str(row.claim_id)
    reason = "rejected" if row.decision == "rejected" else refused.get(claim_id, "")
    return ClaimedEntry(
        claim_id=claim_id,
        number=row.number,
        kind=row.kind,
        account_id=str(row.account_id),
        claimed_cents=cents(row.amount),
        admitted_cents=admitted.get(claim_id, 0),
        refused_for=reason,
        evidence_count=row.evidence_count,
        support="customer_confirmed" if row.confirmed else "activity_logged" if row.evidence_count else "none",
    )
