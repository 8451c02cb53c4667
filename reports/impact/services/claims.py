"""Claim a part in an outcome, cite what shows it, and let somebody else judge."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from accounts.queries.families import are_one
from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.users.models import User
from reports.impact.evidence import capture
from reports.impact.models import Claim, CreditBalance, Evidence, Outcome, Review
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
    _refuse_over(CreditBalance.objects.get(outcome=outcome), amount, outcome.currency)
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

    Raises ClaimRefused when somebody else made the claim, it is decided, or the record is cited already or of another account;
    NotEvidence for a kind of record that shows nothing.
    """
    claim = _locked(claim)
    _refuse_stranger(claim, by)
    if claim.state not in {Claim.State.DRAFT, Claim.State.SUBMITTED}:
        raise ClaimRefused(_("This claim is decided; its evidence stays as it was judged."))
    captured = capture(evidence)
    if not are_one(captured.account_id, claim.account_id):
        raise ClaimRefused(_("This record belongs to another account."), field="record")
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
        raise ClaimRefused(_("This record is cited already."), field="record")
    if claim.support != Claim.Support.CONFIRMED:
        claim.support = Claim.Support.CONFIRMED if confirms else Claim.Support.ACTIVITY
        claim.save(update_fields=["support"])
    after = {"record": captured.label, "hash": captured.content_hash}
    record("evidence.cited", target=claim, by=by, at=as_of, after=after)
    return row


@transaction.atomic
def submit_claim(claim: Claim, *, by: User, as_of: datetime) -> Claim:
    """Ask for a review. Raises ClaimRefused for anything but one's own draft."""
    claim = _own_draft(claim, by)
    claim.state = Claim.State.SUBMITTED
    claim.submitted_at = as_of
    claim.save(update_fields=["state", "submitted_at"])
    record("claim.submitted", target=claim, by=by, at=as_of)
    return claim


@transaction.atomic
def withdraw(claim: Claim, *, by: User, as_of: datetime) -> Claim:
    """Take back a draft that should not be judged; it stays on record. Raises ClaimRefused for anything but one's own draft."""
    claim = _own_draft(claim, by)
    claim.state = Claim.State.WITHDRAWN
    claim.save(update_fields=["state"])
    record("claim.withdrawn", target=claim, by=by, at=as_of)
    return claim


@transaction.atomic
def review(claim: Claim, *, decision: str, by: User, as_of: datetime, note: str = "") -> Review:
    """Judge somebody else's claim. Accepting books the credit in the ledger in the same transaction.

    Raises OwnClaim for one's own, ClaimRefused for one that does not wait for a review, for an acceptance without evidence or a
    rejection without a reason, TooMuchCredit when others were credited in the meantime.
    """
    claim = _locked(claim)
    _refuse_review(claim, decision, by, note)
    row = Review.objects.create(
        claim=claim, claimant_id=claim.claimant_id, reviewer=by, decision=decision, note=note, decided_at=as_of
    )
    claim.state = Claim.State(decision)
    claim.save(update_fields=["state"])
    if decision == Review.Decision.ACCEPTED:
        _take_credit(claim)
        book(claim, amount=claim.amount, by=by, as_of=as_of)
    record(f"claim.{decision}", target=claim, by=by, at=as_of, after={"note": note})
    return row


def _refuse_review(claim: Claim, decision: str, by: User, note: str) -> None:
    if claim.claimant_id == by.pk:
        raise OwnClaim(_("Someone else has to review your claim."))
    earlier = Review.objects.filter(claim=claim).select_related("reviewer").first()
    if earlier is not None:
        raise ClaimRefused(
            _("%(name)s decided about this claim already: %(decision)s.")
            % {"name": earlier.reviewer.name, "decision": earlier.get_decision_display()}
        )
    if claim.state != Claim.State.SUBMITTED:
        raise ClaimRefused(_("This claim does not wait for a review. Its claimant has to send it first."))
    if decision == Review.Decision.REJECTED and not note.strip():
        raise ClaimRefused(_("Say why you reject it; the claimant reads this."), field="note")
    if decision == Review.Decision.ACCEPTED and not claim.evidence.exists():
        raise ClaimRefused(
            _("Nothing shows this claim yet. Its claimant has to cite a record first, or you reject it.")
        )


def _locked(claim: Claim) -> Claim:
    return Claim.objects.select_for_update(of=("self",)).select_related("outcome").get(pk=claim.pk)


def _own_draft(claim: Claim, by: User) -> Claim:
    claim = _locked(claim)
    _refuse_stranger(claim, by)
    if claim.state != Claim.State.DRAFT:
        raise ClaimRefused(
            _("This claim is no draft any more: %(state)s.") % {"state": claim.get_state_display().lower()}
        )
    return claim


def _refuse_stranger(claim: Claim, by: User) -> None:
    if claim.claimant_id != by.pk:
        raise ClaimRefused(_("Only %(name)s, who made this claim, can do this.") % {"name": claim.claimant.name})


def _take_credit(claim: Claim) -> None:
    """Count the credit under the balance's row lock; behind it the database refuses more than the outcome's amount."""
    balance = CreditBalance.objects.select_for_update().get(outcome_id=claim.outcome_id)
    _refuse_over(balance, claim.amount, claim.currency)
    CreditBalance.objects.filter(pk=balance.pk).update(credited=F("credited") + claim.amount)


def _refuse_over(balance: CreditBalance, amount: Decimal, currency: str) -> None:
    left = balance.amount - balance.credited
    if amount > left:
        raise TooMuchCredit(
            _("Only %(left)s of this outcome is left to credit.") % {"left": formats.money(left, currency)},
            field="amount",
        )


def _next_number() -> int:
    locked = head()
    locked.claim_number += 1
    locked.save(update_fields=["claim_number"])
    return locked.claim_number
