"""Records what accounts were billed, and what they paid."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contract, Invoice, Payment
from accounts.services.changed import note_changed
from accounts.services.merging import refuse_merged
from accounts.services.orders import refuse_future, refuse_money, refuse_taken
from accounts.services.refusals import UnusableInvoice
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from cshub.users.models import User


@dataclass(frozen=True)
class NewInvoice:
    """What an account is asked to pay, and by when; negative for a credit note."""

    account: Account
    external_id: str
    issued_on: date
    due_on: date
    amount: Decimal
    currency: str
    contract: Contract | None = None


@transaction.atomic
def record_invoice(given: NewInvoice, *, by: User | None, as_of: datetime) -> Invoice:
    """Add an invoice. Raises UnusableInvoice, UnknownAccount or ExternalIdTaken."""
    refuse_merged(given.account)
    _check(given)
    refuse_future(UnusableInvoice, given.issued_on, "issued_on", as_of=as_of)
    refuse_money(UnusableInvoice, given.amount, given.currency)
    refuse_taken(Invoice, given.external_id)
    invoice = Invoice(
        **{field.name: getattr(given, field.name) for field in fields(given)}, recorded_at=as_of, updated_at=as_of
    )
    invoice.clean_fields(exclude={"account", "contract"})
    invoice.save(force_insert=True)
    after = audit.snapshot(invoice, ["external_id", "issued_on", "due_on", "amount", "currency"])
    audit.record("invoice.recorded", target=invoice, by=by, at=as_of, after=after)
    note_changed([invoice.account_id], as_of=as_of)
    return invoice


@transaction.atomic
def record_payment(
    invoice: Invoice, *, external_id: str, paid_on: date, amount: Decimal, by: User | None, as_of: datetime
) -> Payment:
    """Add money that came in for an invoice, in the invoice's currency, or went back (negative). Raises UnusableInvoice or ExternalIdTaken."""
    if amount == 0:
        raise UnusableInvoice(_("A payment of 0 is none. Give what was paid."), field="amount")
    refuse_future(UnusableInvoice, paid_on, "paid_on", as_of=as_of)
    refuse_money(UnusableInvoice, amount, invoice.currency)
    refuse_taken(Payment, external_id)
    payment = Payment(invoice=invoice, external_id=external_id, paid_on=paid_on, amount=amount, recorded_at=as_of)
    payment.clean_fields(exclude={"invoice"})
    payment.save(force_insert=True)
    after = audit.snapshot(payment, ["external_id", "invoice", "paid_on", "amount"])
    audit.record("payment.recorded", target=payment, by=by, at=as_of, after=after)
    note_changed([invoice.account_id], as_of=as_of)
    return payment


def days_late(invoice: Invoice, *, as_of: datetime) -> int:
    """Whole days from the due day of an invoice `with_state` to its last payment, or to `as_of` while it is overdue; 0 in time."""
    state, last = invoice.state, invoice.last_paid_on  # type: ignore[attr-defined]
    until = {"overdue": as_of.date(), "paid": last}.get(state)
    return max(0, (until - invoice.due_on).days) if until else 0


def _check(given: NewInvoice) -> None:
    contract = given.contract
    if given.due_on < given.issued_on:
        raise UnusableInvoice(
            _("The invoice is due on %(due_on)s, before it was issued on %(issued_on)s. Correct one of the two.")
            % {"due_on": given.due_on, "issued_on": given.issued_on},
            field="due_on",
        )
    if contract is not None and contract.account_id != given.account.pk:
        raise UnusableInvoice(
            _("Contract %(contract)s belongs to another account. Choose one of this account, or none.")
            % {"contract": contract},
            field="contract",
        )
    if contract is not None and contract.currency != given.currency:
        raise UnusableInvoice(
            _("Contract %(contract)s is in %(currency)s. Bill it in that currency, or leave the contract out.")
            % {"contract": contract, "currency": contract.currency},
            field="currency",
        )
