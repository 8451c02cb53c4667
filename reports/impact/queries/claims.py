"""What was claimed, what shows it, what was credited; and what can still be claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from accounts.models import (
    Account,
    AccountMerge,
    Attachment,
    Consent,
    Interaction,
    Order,
    RoleChange,
    StageChange,
    SurveyResponse,
    Ticket,
)
from accounts.queries.families import family_ids
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
    """Records of an account, and of those merged into it, that can be cited: (kind, id, record), newest first of each kind. Eleven queries."""
    within, family = (as_of - CITABLE, as_of), family_ids(account_id)
    days = (within[0].date(), as_of.date())
    mine, of_person = {"account__in": family}, {"contact__account__in": family}
    sources: tuple[tuple[str, Any, str], ...] = (
        ("interaction", Interaction.objects.filter(**mine, occurred_at__range=within), "occurred_at"),
        ("task", Task.objects.filter(**mine, state=Task.State.DONE, completed_at__range=within), "completed_at"),
        ("survey_response", SurveyResponse.objects.filter(**mine, occurred_at__range=within), "occurred_at"),
        ("ticket", Ticket.objects.filter(**mine, opened_at__range=within), "opened_at"),
        ("order", Order.objects.filter(**mine, ordered_on__range=days), "ordered_on"),
        ("attachment", Attachment.objects.filter(**mine, removed_at=None, recorded_at__range=within), "recorded_at"),
        ("stage_change", StageChange.objects.filter(**mine, occurred_at__range=within), "occurred_at"),
        ("role_change", RoleChange.objects.filter(**of_person, occurred_on__range=days).select_related("contact"), "occurred_on"),
        ("consent", Consent.objects.filter(**of_person, occurred_at__range=within).select_related("contact"), "occurred_at"),
        ("account_merge", AccountMerge.objects.filter(survivor=account_id, recorded_at__range=within).select_related("absorbed"), "recorded_at"),
    )  # fmt: skip
    return [(kind, str(row.pk), row) for kind, rows, at in sources for row in rows.order_by(f"-{at}")[:CITABLE_EACH]]


def cited_ids(object_type: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these records evidence points to. One query."""
    return set(Evidence.objects.filter(object_type=object_type, object_id__in=ids).values_list("object_id", flat=True))


def _credited(claim_ids: list[UUID]) -> dict[UUID, Decimal]:
    return dict(LedgerEntry.objects.filter(claim_id__in=claim_ids).values_list("claim_id").annotate(Sum("amount")))
