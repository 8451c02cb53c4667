"""Claim a part in an outcome, cite what shows it, and let somebody else judge."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.users.models import User
from reports.impact.evidence import capture
from reports.impact.models import Claim, Evidence, LedgerHead, Outcome, Review
from reports.impact.services.ledger import book, head

CLAIMABLE = {
    Claim.Kind.SAVE: {Outcome.Kind.RENEWED},
    Claim.Kind.RENEWAL: {Outcome.Kind.RENEWED},
    Claim.Kind.EXPANSION: {Outcome.Kind.EXPANDED},
}


class ClaimRefused(Refused):
    """The claim could not be made or changed."""

    code = "claim_refused"


class OwnClaim(ClaimRefused):
    """Somebody tried to review their own claim."""

    code = "own_claim"


class TooMuchCredit(ClaimRefused):
    """The outcome has less credit left than the claim asks for."""

    code = "too_much_credit"


@transaction.atomic
def claim(*, outcome: Outcome, kind: str, amount: Decimal, narrative: str, by: User, as_of: datetime) -> Claim:
    """Say that we contributed `amount` a year to an outcome. A draft until it is submitted.

    Raises ClaimRefused when the kind does not fit the outcome or the amount is not positive, TooMuchCredit over what is left.
    """
    if outcome.kind not in CLAIMABLE[Claim.Kind(kind)]:
        raise ClaimRefused(
            _("A %(kind)s cannot be claimed on an outcome that is %(outcome)s.")
            % {"kind": Claim.Kind(kind).label, "outcome": outcome.get_kind_display().lower()},
            field="kind",
        )
    if amount <= 0:
        raise ClaimRefused(_("Claim more than zero."), field="amount")
    _refuse_over_remaining(outcome, amount)
    row = Claim.objects.create(
        number=_next_number(),
        kind=kind,
        account_id=outcome.account_id,
        outcome=outcome,
        amount=amount,
        currency=outcome.currency,
        narrative=narrative,
        claimant=by,
        created_at=as_of,
    )
    record("claim.drafted", target=row, by=by, at=as_of, after={"amount": amount, "outcome": outcome.pk, "kind": kind})
    return row


@transaction.atomic
def cite(claim: Claim, evidence: Model, *, by: User, as_of: datetime, confirms: bool = False) -> Evidence:
    """Attach a record as evidence, as it is now, with the hash of its content. `confirms`: the customer's own words.

    Raises ClaimRefused when the claim is decided, or the record is of another account or of a kind that proves nothing.
    """
    _refuse_decided(claim)
    captured = capture(evidence)
    if captured.account_id != claim.account_id:
        raise ClaimRefused(_("This record belongs to another account."), field="evidence")
    row, fresh = Evidence.objects.get_or_create(
        claim=claim,
        object_type=captured.object_type,
        object_id=evidence.pk,
        defaults={
            "label": captured.label,
            "content": captured.content,
            "content_hash": captured.content_hash,
            "confirms": confirms,
            "captured_at": as_of,
        },
    )
    if not fresh:
        raise ClaimRefused(_("This record is cited already."), field="evidence")
    claim.support = (
        Claim.Support.CONFIRMED if confirms or claim.support == Claim.Support.CONFIRMED else Claim.Support.ACTIVITY
    )
    claim.save(update_fields=["support"])
    record(
        "evidence.cited", target=claim, by=by, at=as_of, after={"record": captured.label, "hash": captured.content_hash}
    )
    return row


@transaction.atomic
def withdraw_evidence(claim: Claim, *, by: User, as_of: datetime) -> None:
    """Evidence stays where it was written; what is withdrawn is the claim, by its claimant and only as a draft."""
    if claim.state != Claim.State.DRAFT or claim.claimant_id != by.pk:
        raise ClaimRefused(_("Only its claimant can withdraw a claim, and only while it is a draft."))
    claim.state = Claim.State.REJECTED
    claim.save(update_fields=["state"])
    record("claim.withdrawn", target=claim, by=by, at=as_of)


@transaction.atomic
def submit_claim(claim: Claim, *, by: User, as_of: datetime) -> Claim:
    """Ask for a review. Only a draft, and only by its claimant."""
    claim = Claim.objects.select_for_update().get(pk=claim.pk)
    if claim.state != Claim.State.DRAFT:
        raise ClaimRefused(_("This claim was submitted already."))
    if claim.claimant_id != by.pk:
        raise ClaimRefused(_("Only its claimant can submit a claim."))
    claim.state = Claim.State.SUBMITTED
    claim.submitted_at = as_of
    claim.save(update_fields=["state", "submitted_at"])
    record("claim.submitted", target=claim, by=by, at=as_of)
    return claim


@transaction.atomic
def review(claim: Claim, *, decision: str, by: User, as_of: datetime, note: str = "") -> Review:
    """Judge somebody else's claim. Accepting books the credit in the ledger in the same transaction.

    Raises OwnClaim for one's own, ClaimRefused for one that does not wait for a review, for an acceptance without evidence or a
    rejection without a reason, TooMuchCredit when others were credited in the meantime.
    """
    claim = Claim.objects.select_for_update(of=("self",)).select_related("outcome", "claimant").get(pk=claim.pk)
    if claim.claimant_id == by.pk:
        raise OwnClaim(_("Someone else has to review your claim."))
    if claim.state != Claim.State.SUBMITTED:
        raise ClaimRefused(_("This claim does not wait for a review."))
    if decision == Review.Decision.REJECTED and not note.strip():
        raise ClaimRefused(_("Say why you reject it; the claimant reads this."), field="note")
    if decision == Review.Decision.ACCEPTED and not claim.evidence.exists():
        raise ClaimRefused(_("Nothing shows this claim yet. Cite a record first, or reject it."))
    row = Review.objects.create(
        claim=claim, claimant=claim.claimant, reviewer=by, decision=decision, note=note, decided_at=as_of
    )
    claim.state = Claim.State(decision)
    claim.save(update_fields=["state"])
    if decision == Review.Decision.ACCEPTED:
        _take_credit(claim)
        book(claim, amount=claim.amount, by=by, as_of=as_of)
    record(f"claim.{decision}", target=claim, by=by, at=as_of, after={"note": note})
    return row


def _take_credit(claim: Claim) -> None:
    """Count the credit under the balance's row lock; the database refuses more than the outcome's amount."""
    balance = claim.outcome.balance.__class__.objects.select_for_update().get(outcome_id=claim.outcome_id)
    if balance.credited + claim.amount > balance.amount:
        raise TooMuchCredit(_too_much(balance.amount - balance.credited, claim.currency), field="amount")
    balance.__class__.objects.filter(pk=balance.pk).update(credited=F("credited") + claim.amount)


def _refuse_over_remaining(outcome: Outcome, amount: Decimal) -> None:
    left = outcome.balance.amount - outcome.balance.credited
    if amount > left:
        raise TooMuchCredit(_too_much(left, outcome.currency), field="amount")


def _too_much(left: Decimal, currency: str) -> str:
    return _("Only %(left)s %(currency)s of this outcome is left to credit.") % {"left": left, "currency": currency}


def _refuse_decided(claim: Claim) -> None:
    if claim.state in {Claim.State.ACCEPTED, Claim.State.REJECTED}:
        raise ClaimRefused(_("This claim is decided; its evidence stays as it was judged."))


def _next_number() -> int:
    locked: LedgerHead = head()
    locked.claim_number += 1
    locked.save(update_fields=["claim_number"])
    return locked.claim_number
