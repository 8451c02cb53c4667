"""What a period was worth: what people claimed, what is admitted, and what the comparisons bear out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from cshub.db import sql
from reports.impact.engine import Claim as EngineClaim
from reports.impact.engine import MeasuredMoney, Money, Reconciliation, Result, Roi, Verdict, reconcile, roi
from reports.impact.models import Experiment
from reports.impact.pooling import PooledRate, pool_money, pool_rates
from reports.impact.queries import cents, measure
from reports.impact.sql import CLAIMS_OF_PERIOD

PERIOD_IS_OPEN = "period_is_open"


@dataclass(frozen=True)
class Comparison:
    """One experiment read on the renewals due in the period: by rate and by money."""

    experiment: Experiment
    rate: Result
    money: Result


@dataclass(frozen=True)
class ClaimedEntry:
    """A claim of the period as known at the moment: `admitted_cents` is what a reviewer accepted on evidence and nobody took back."""

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

    is_closed: bool
    comparisons: tuple[Comparison, ...]
    money: MeasuredMoney
    rate: PooledRate | None
    reconciliation: Reconciliation
    entries: tuple[ClaimedEntry, ...]
    counted_twice_cents: int
    not_admitted_cents: int
    other_currency_count: int


def worth(*, since: date, until: date, as_of: datetime, currency: str) -> Worth:
    """Claims and comparisons over outcomes and renewals of [since, until), as known at `as_of`, in one currency.

    A period that is not over at `as_of` is counted but not compared: reading a lot early, again and again, finds effects that are none.
    """
    is_closed = closed(until, as_of)
    comparisons = tuple(_compare(row, since, until, as_of, currency) for row in _registered(as_of))
    if not is_closed:
        comparisons = tuple(_unread(row) for row in comparisons)
    money = pool_money([row.money for row in comparisons])
    rows = sql.named(CLAIMS_OF_PERIOD, {"start": since, "end": until, "as_of": as_of})
    ours = [row for row in rows if row.currency == currency]
    reconciliation = _reconciled(ours, money)
    admitted = {row.claim_id: row.cents for row in reconciliation.admitted}
    twice = _counted_twice(ours)
    return Worth(
        is_closed=is_closed,
        comparisons=comparisons,
        money=money,
        rate=pool_rates([row.rate for row in comparisons]),
        reconciliation=reconciliation,
        entries=tuple(_entry(row, admitted) for row in ours),
        counted_twice_cents=twice,
        not_admitted_cents=reconciliation.claimed_cents - twice - reconciliation.admitted_cents,
        other_currency_count=len(rows) - len(ours),
    )


def closed(until: date, as_of: datetime) -> bool:
    """Whether the last day before `until` was over at `as_of`, in UTC."""
    return as_of >= datetime.combine(until, time.min, UTC)


def returns(measured: Money, *, margin: Decimal, cost_cents: int) -> Roi:
    """Return on cost of the measured money, in gross margin, with the interval carried through."""
    return roi(measured, margin=float(margin), cost_cents=cost_cents)


def _registered(as_of: datetime) -> list[Experiment]:
    rows = Experiment.objects.filter(registered_at__lte=as_of).select_related("version__playbook")
    return list(rows.order_by("registered_at", "version__playbook__name", "id"))


def _compare(experiment: Experiment, since: date, until: date, as_of: datetime, currency: str) -> Comparison:
    return Comparison(
        experiment,
        rate=measure(experiment, outcome="renewal", since=since, until=until, as_of=as_of),
        money=measure(experiment, outcome="arr", since=since, until=until, as_of=as_of, currency=currency),
    )


def _unread(row: Comparison) -> Comparison:
    return Comparison(row.experiment, rate=_too_early(row.rate), money=_too_early(row.money))


def _too_early(result: Result) -> Result:
    """The counts of a result and nothing that could be taken for a finding."""
    return replace(
        result,
        verdict=Verdict.TOO_EARLY,
        grade=None,
        estimate=None,
        lo=None,
        hi=None,
        money=None,
        reasons=(PERIOD_IS_OPEN,),
        cfo_lines=result.cfo_lines[:1],
    )


def _reconciled(rows: Sequence[Any], money: MeasuredMoney) -> Reconciliation:
    """Admit what was accepted; the rest is shown to the engine as claims that nothing shows."""
    claims = [
        EngineClaim(str(row.claim_id), str(row.outcome_id), cents(row.amount), None if _refusal(row) else "accepted")
        for row in rows
    ]
    return reconcile(claims, {str(row.outcome_id): cents(row.outcome_amount) for row in rows}, measured=money)


def _refusal(row: Any) -> str:
    """Why a claim does not count; empty when a reviewer accepted it and nobody took it back."""
    if not row.evidence_count:
        return "no_evidence"
    if row.decision is None:
        return "not_reviewed"
    if row.decision == "rejected":
        return "rejected"
    return "reversed" if row.is_reversed else ""


def _counted_twice(rows: Sequence[Any]) -> int:
    """What claims that were not refused ask of their outcomes above what there was to share."""
    asked: dict[str, int] = defaultdict(int)
    amounts = {}
    for row in rows:
        amounts[row.outcome_id] = cents(row.outcome_amount)
        if _refusal(row) in {"", "not_reviewed"}:
            asked[row.outcome_id] += cents(row.amount)
    return sum(max(0, total - amounts[outcome]) for outcome, total in asked.items())


def _entry(row: Any, admitted: dict[str, int]) -> ClaimedEntry:
    claim_id = str(row.claim_id)
    return ClaimedEntry(
        claim_id=claim_id,
        number=row.number,
        kind=row.kind,
        account_id=str(row.account_id),
        claimed_cents=cents(row.amount),
        admitted_cents=admitted.get(claim_id, 0),
        refused_for=_refusal(row),
        evidence_count=row.evidence_count,
        support="customer_confirmed" if row.confirmed else "activity_logged" if row.evidence_count else "none",
    )
