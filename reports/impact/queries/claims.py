"""What was claimed, what shows it, what was credited; and what can still be claimed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from accounts.models import Account, Interaction, SurveyResponse
from cshub.users.models import User
from playbooks.models import Task
from reports.impact.models import Claim, Evidence, LedgerEntry, Outcome

SHOWN = 100
CITABLE = timedelta(days=365)
CITABLE_EACH = 20


@dataclass(frozen=True)
class ClaimRow:
    """A claim as the list shows it. `credited` is what the ledger holds now, after reversals."""

    claim: Claim
    evidence_count: int
    credited: Decimal


@dataclass(frozen=True)
class LedgerSums:
    """Sums over all claims, by currency: (currency, claimed, credited, waiting)."""

    rows: tuple[tuple[str, Decimal, Decimal, Decimal], ...]


@dataclass(frozen=True)
class ClaimPage:
    """Everything about one claim."""

    claim: Claim
    evidence: list[Evidence]
    entries: list[LedgerEntry]
    others: list[Claim]
    left: Decimal
    credited: Decimal


def claims(*, show: str, user: User) -> list[ClaimRow]:
    """The newest claims: `waiting` for a review, `mine`, or `all`. Two queries."""
    rows = Claim.objects.select_related("account", "claimant", "outcome").annotate(shown=Count("evidence"))
    if show == "waiting":
        rows = rows.filter(state=Claim.State.SUBMITTED)
    elif show == "mine":
        rows = rows.filter(claimant=user)
    found = list(rows.order_by("-number")[:SHOWN])
    credited = _credited([row.pk for row in found])
    return [ClaimRow(row, row.shown, credited.get(row.pk, Decimal(0))) for row in found]


def ledger_sums() -> LedgerSums:
    """Claimed, credited and waiting by currency. Two queries."""
    credited = dict(LedgerEntry.objects.values_list("currency").annotate(Sum("amount")))
    claimed = (
        Claim.objects.exclude(state=Claim.State.DRAFT)
        .values("currency")
        .annotate(claimed=Sum("amount"), waiting=Sum("amount", filter=Q(state=Claim.State.SUBMITTED)))
        .order_by("currency")
    )
    return LedgerSums(
        tuple(
            (row["currency"], row["claimed"], credited.get(row["currency"], Decimal(0)), row["waiting"] or Decimal(0))
            for row in claimed
        )
    )


def claim_page(pk: UUID) -> ClaimPage:
    """One claim whole. Raises Claim.DoesNotExist. Four queries."""
    claim = Claim.objects.select_related("account", "claimant", "outcome__balance", "review__reviewer").get(pk=pk)
    entries = list(claim.ledger_entries.select_related("booked_by", "reversal").order_by("seq"))
    balance = claim.outcome.balance
    return ClaimPage(
        claim=claim,
        evidence=list(claim.evidence.order_by("captured_at", "id")),
        entries=entries,
        others=list(
            Claim.objects.filter(outcome=claim.outcome).exclude(pk=pk).select_related("claimant").order_by("number")
        ),
        left=balance.amount - balance.credited,
        credited=sum((entry.amount for entry in entries), Decimal(0)),
    )


def claimable_outcomes(account: Account | None, *, words: str = "") -> list[Outcome]:
    """Good outcomes that have credit left, newest first, of one account, of those whose name has `words`, or of all."""
    rows = Outcome.objects.filter(
        kind__in=["renewed", "expanded"], balance__credited__lt=F("balance__amount")
    ).select_related("account", "balance")
    if account is not None:
        rows = rows.filter(account=account)
    if words:
        rows = rows.filter(account__name__icontains=words)
    return list(rows.order_by("-occurred_on", "-id")[:SHOWN])


def citable(account_id: UUID, *, as_of: datetime) -> list[tuple[str, str, Any]]:
    """Records of an account that can be cited: (kind, id, record), newest first. Three queries."""
    since = as_of - CITABLE
    interactions = Interaction.objects.filter(account_id=account_id, occurred_at__range=(since, as_of)).order_by(
        "-occurred_at"
    )[:CITABLE_EACH]
    tasks = Task.objects.filter(
        account_id=account_id, state=Task.State.DONE, completed_at__range=(since, as_of)
    ).order_by("-completed_at")[:CITABLE_EACH]
    answers = SurveyResponse.objects.filter(account_id=account_id, occurred_at__range=(since, as_of)).order_by(
        "-occurred_at"
    )[:CITABLE_EACH]
    return [
        (kind, str(row.pk), row)
        for kind, rows in (("interaction", interactions), ("task", tasks), ("survey_response", answers))
        for row in rows
    ]


def _credited(claim_ids: list[UUID]) -> dict[UUID, Decimal]:
    return dict(LedgerEntry.objects.filter(claim_id__in=claim_ids).values_list("claim_id").annotate(Sum("amount")))
