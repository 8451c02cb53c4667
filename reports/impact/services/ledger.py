"""Book credit in the ledger and take it back: numbered without gaps, chained by hashes, never edited."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.users.models import User
from reports.impact.models import Claim, CreditBalance, LedgerEntry, LedgerHead


class CannotReverse(Refused):
    """The entry cannot be taken back."""

    code = "cannot_reverse"


def head() -> LedgerHead:
    """The head of the ledger, locked until the transaction ends."""
    LedgerHead.objects.get_or_create(only=True)
    return LedgerHead.objects.select_for_update().get(only=True)


def book(claim: Claim, *, amount: Decimal, by: User, as_of: datetime) -> LedgerEntry:
    """Write the credit of an accepted claim; the caller has counted it against the outcome's balance in this transaction."""
    return _append(
        LedgerEntry(
            kind=LedgerEntry.Kind.CREDIT,
            claim=claim,
            account_id=claim.account_id,
            outcome_id=claim.outcome_id,
            amount=amount,
            currency=claim.currency,
            occurred_on=claim.outcome.occurred_on,
            booked_by=by,
            recorded_at=as_of,
        )
    )


@transaction.atomic
def reverse(entry: LedgerEntry, *, reason: str, by: User, as_of: datetime) -> LedgerEntry:
    """Take a credit back with a second entry, once, with a reason: the outcome can be claimed again. Raises CannotReverse."""
    if entry.kind != LedgerEntry.Kind.CREDIT:
        raise CannotReverse(_("A reversal cannot be reversed; book a new claim."))
    if not reason.strip():
        raise CannotReverse(_("Say why the credit is taken back."), field="reason")
    balance = CreditBalance.objects.select_for_update().get(outcome_id=entry.outcome_id)
    if LedgerEntry.objects.filter(reverses=entry).exists():
        raise CannotReverse(_("This entry was reversed already."))
    CreditBalance.objects.filter(pk=balance.pk).update(credited=F("credited") - entry.amount)
    row = _append(
        LedgerEntry(
            kind=LedgerEntry.Kind.REVERSAL,
            claim_id=entry.claim_id,
            account_id=entry.account_id,
            outcome_id=entry.outcome_id,
            amount=-entry.amount,
            currency=entry.currency,
            occurred_on=entry.occurred_on,
            reverses=entry,
            reason=reason,
            booked_by=by,
            recorded_at=as_of,
        )
    )
    record("ledger.reversed", target=entry, by=by, at=as_of, after={"reason": reason, "entry": row.seq})
    return row


def entry_digest(entry: LedgerEntry) -> str:
    """SHA-256 over the previous hash and everything an entry says."""
    said = {
        "seq": entry.seq,
        "kind": str(entry.kind),
        "claim": str(entry.claim_id),
        "account": str(entry.account_id),
        "outcome": str(entry.outcome_id),
        "amount": f"{entry.amount:.2f}",
        "currency": entry.currency,
        "occurred_on": entry.occurred_on.isoformat(),
        "reverses": str(entry.reverses_id or ""),
        "reason": entry.reason,
        "booked_by": str(entry.booked_by_id),
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(),
    }
    return hashlib.sha256((entry.previous_hash + json.dumps(said, sort_keys=True)).encode()).hexdigest()


def _append(entry: LedgerEntry) -> LedgerEntry:
    locked = head()
    entry.seq = locked.seq + 1
    entry.previous_hash = locked.entry_hash
    entry.entry_hash = entry_digest(entry)
    entry.save(force_insert=True)
    locked.seq, locked.entry_hash = entry.seq, entry.entry_hash
    locked.save(update_fields=["seq", "entry_hash"])
    return entry
