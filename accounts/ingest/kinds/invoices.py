"""Files of invoices: what accounts were billed, and when they paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, write_plan
from accounts.ingest.kinds.money import amount
from accounts.ingest.kinds.problems import UNKNOWN_ACCOUNT
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql.invoices import PLAN, TRACES

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=190, synonyms=("id", "invoice", "invoice id", "invoice number", "number", "nr faktury", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "customer", "customer id", "klient", "клиент")),
    Field("contract", _("Contract (external ID)"), fields.KEY, longest=200, synonyms=("contract id", "contract number", "subscription", "umowa")),
    Field("issued_on", _("Issued on"), fields.DATE, needed=True, synonyms=("issued", "invoice date", "date", "data wystawienia", "дата")),
    Field("due_on", _("Due on"), fields.DATE, synonyms=("due", "due date", "payable by", "termin płatności")),
    Field("amount", _("Amount"), fields.MONEY, needed=True, synonyms=("total", "sum", "gross", "kwota", "сумма")),
    Field("currency", _("Currency"), fields.CURRENCY, synonyms=("waluta", "валюта", "ارز")),
    Field("paid_on", _("Paid on"), fields.DATE, synonyms=("paid", "paid date", "payment date", "data zapłaty")),
    Field("paid_amount", _("Paid amount"), fields.MONEY, synonyms=("amount paid", "payment", "zapłacono")),
)  # fmt: skip
_DUE = _("The invoice is due on %(due_on)s, before it was issued on %(issued_on)s. Correct one of the dates.")
_PROBLEMS = {
    "unknown_account": UNKNOWN_ACCOUNT,
    "invoice_of_another_account": (
        "external_id",
        _("This invoice belongs to another account than %(account_name)s. Use another external ID."),
    ),
    "unknown_contract": (
        "contract",
        _("There is no contract “%(contract)s”. Import the contract first, or leave the cell empty."),
    ),
    "contract_elsewhere": (
        "contract",
        _(
            "Contract “%(contract)s” belongs to another account than %(account_name)s. Choose one of this account, or none."
        ),
    ),
    "contract_in_another_currency": (
        "currency",
        _(
            "Contract “%(contract)s” is in %(contract_currency)s, and this invoice is in %(currency)s. Leave the contract empty."
        ),
    ),
    "issued_in_the_future": ("issued_on", _("%(issued_on)s is still to come. Give the day on which it happened.")),
    "paid_in_the_future": ("paid_on", _("%(paid_on)s is still to come. Give the day on which it happened.")),
    "due_before_issue": ("due_on", _DUE),
    "paid_nothing": ("paid_amount", _("A payment of 0 is none. Leave the day of payment empty.")),
    "paid_otherwise": (
        "paid_on",
        _(
            "The payments of this invoice are recorded one by one and add up to %(paid_otherwise)s. Leave the day of payment empty here."
        ),
    ),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    billed, currency = amount(values, "amount")
    paid, paid_in = amount(values, "paid_amount")
    if currency and paid_in and paid_in != currency:
        text = _("The invoice is in %(currency)s, and the payment in %(paid_in)s. Give the payment in %(currency)s.")
        raise AtField("paid_amount", "two_currencies", text % {"currency": currency, "paid_in": paid_in})
    if get("paid_amount") and paid and not get("paid_on"):
        raise AtField("paid_on", "missing_value", _("Something was paid, and nothing says when. Give the day."))
    if get("due_on") and values["due_on"] < values["issued_on"]:
        raise AtField("due_on", "due_before_issue", _DUE % values)
    return (
        values["external_id"], values["account"], get("contract"), values["issued_on"], get("due_on"), billed, currency or paid_in,
        get("paid_on"), paid,
    )  # fmt: skip


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write invoices and the payment a row names."""
    return write_plan(PLAN, _PROBLEMS, lines, turn, TRACES)


INVOICES = KindOfFile("invoices", FIELDS, ("external_id",), finish, write, traces=TRACES)
