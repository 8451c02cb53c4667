"""Files of accounts: who they are, and in one contract what they pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.ingest.kinds.further import json_of, typed_lines
from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, fault, outcome
from accounts.ingest.kinds.money import yearly
from accounts.ingest.kinds.zones import check_timezone
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.reading.judge import further
from accounts.ingest.sql import accounts as statements
from accounts.ingest.sql.staging import staged
from accounts.ingest.sql.traces import Trace, Undo, traced
from accounts.models import Account
from accounts.services.contracts import record_contracts_in
from accounts.services.revenue import revise_lines_in

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUSES = tuple(
    status for status in Account.Status.values if status != Account.Status.MERGED
)  # that is a verb's, not a file's
FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=180, synonyms=("id", "account id", "customer id", "account number", "customer number", "key", "nip", "rownames")),
    Field("name", _("Name"), longest=300, synonyms=("account", "account name", "customer", "customer name", "company", "nazwa", "название", "نام")),
    Field("domain", _("Web domain"), longest=253, synonyms=("website", "web")),
    Field("owner", _("Owner (e-mail)"), fields.PERSON, synonyms=("csm", "owner email", "account owner", "opiekun", "менеджер")),
    Field("status", _("Status"), fields.CHOICE, choices=STATUSES, synonyms=("churn", "churned", "state")),
    Field("segment", _("Segment"), synonyms=("tier", "segment klienta")),
    Field("industry", _("Industry"), synonyms=("sector", "branża", "отрасль")),
    Field("region", _("Region"), synonyms=("country", "kraj", "страна")),
    Field("timezone", _("Time zone"), longest=64, synonyms=("time zone",)),
    Field("language", _("Language"), longest=10, synonyms=("lang", "język", "язык")),
    Field("customer_since_on", _("Customer since"), fields.DATE, synonyms=("customer since", "since", "tenure", "start date", "klient od")),
    Field("churned_on", _("Churned on"), fields.DATE, synonyms=("churn date", "left on", "cancelled on")),
    Field("annual_revenue", _("Annual revenue"), fields.MONEY, synonyms=("arr", "annual recurring revenue", "wartość roczna", "годовая выручка")),
    Field("monthly_revenue", _("Monthly revenue"), fields.MONEY, synonyms=("mrr", "monthly charges", "monthly recurring revenue")),
    Field("currency", _("Currency"), fields.CURRENCY, synonyms=("waluta", "валюта", "ارز")),
    Field("contract_term_months", _("Contract term in months"), fields.WHOLE, longest=600, words=fields.TERM_WORDS, synonyms=("contract", "term", "term months", "contract term")),
    Field("renewal_on", _("Renewal date"), fields.DATE, synonyms=("renewal", "renewal date", "next renewal", "odnowienie", "contract end", "ends on")),
)  # fmt: skip
_PROBLEMS = {
    "merged_away": (
        "external_id",
        _(
            "This account was merged into %(survivor)s. Import the row under that account's external ID, or leave it out."
        ),
    ),
    "contract_of_another_account": (
        "external_id",
        _("The contract of this account's main revenue belongs to another account. Use another external ID."),
    ),
    "second_currency": (
        "currency",
        _(
            "%(name)s is kept in %(kept_currency)s, and this row is in %(currency)s. Convert the amount to %(kept_currency)s."
        ),
    ),
    "ends_before_it_starts": (
        "renewal_on",
        _("The renewal on %(ends_on)s is not after the start on %(starts_on)s. Correct one of the dates."),
    ),
    "churned_before_it_started": (
        "churned_on",
        _("This account would have churned before it became a customer. Correct one of the dates."),
    ),
}
TRACES = (
    Trace("accounts_revenuemovement", statements.MOVEMENTS, undo=Undo.COUNTER, has_many=True),
    Trace("accounts_contractline", statements.LINES, ("product",)),
    Trace("accounts_contract", statements.CONTRACTS, ("name", "starts_on", "ends_on", "term_months", "currency", "auto_renews", "notice_days", "status"), retires=("status", "ended")),
    Trace("accounts_account", statements.ACCOUNTS, statements.FIELDS, retires=("status", "prospect")),
)  # fmt: skip


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    _check_dates(values)
    check_timezone(values)
    arr, currency = yearly(values)
    if values.get("contract_term_months") == 0:
        raise AtField(
            "contract_term_months",
            "no_term",
            _("A term of 0 months is none. Leave the cell empty for an open-ended contract."),
        )
    get = values.get
    status = get("status") or ("churned" if get("churned_on") else None)
    return (
        get("external_id"), *_names(values), get("domain"), get("owner"), status, get("segment"), get("industry"), get("region"), get("timezone"),
        get("language"), get("customer_since_on"), get("churned_on"), json_of(further(values)), arr, currency,
        get("contract_term_months"), get("renewal_on"),
    )  # fmt: skip


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write accounts, their main contracts and the movements of their revenue."""
    typed, misfits = typed_lines("account", lines, at=list(statements.COLUMNS).index("attributes"))
    with staged(statements.COLUMNS, typed, statements.PLAN, turn.given(), tables=statements.TABLES):
        faults = [*misfits, *(fault(_PROBLEMS, row) for row in statements.faults())]
        if not turn.is_dry:
            with traced(TRACES, batch_id=turn.batch_id):
                statements.write(as_of=turn.as_of)
                _write_money(turn)
            if owned := statements.owned():
                services.reconcile_owners(owned, as_of=turn.as_of)
        return outcome(turn, faults)


def _check_dates(values: dict[str, Any]) -> None:
    since = values.get("customer_since_on")
    if since and values.get("churned_on") and values["churned_on"] < since:
        raise AtField("churned_on", "churned_before_it_started", _PROBLEMS["churned_before_it_started"][1])
    if since and values.get("renewal_on") and values["renewal_on"] <= since:
        text = _PROBLEMS["ends_before_it_starts"][1] % {"ends_on": values["renewal_on"], "starts_on": since}
        raise AtField("renewal_on", "ends_before_it_starts", text)


def _names(values: dict[str, Any]) -> tuple[str | None, str | None]:
    """A name from the row, or one made for accounts that are new; the made one never replaces a name that is there."""
    name = values.get("name")
    if name and "{external_id}" in name:
        return None, name.replace("{external_id}", values["external_id"])[:300]
    return name, None


def _write_money(turn: Turn) -> None:
    if not statements.has_money():
        return
    statements.stage_money(reference_on=turn.reference_on)
    record_contracts_in("staged_terms", by=turn.by, as_of=turn.as_of)
    revise_lines_in("staged_changes", by=turn.by, as_of=turn.as_of)
    services.renew_prolonged(statements.prolonged(), decided_on=turn.reference_on, by=turn.by, as_of=turn.as_of)
    statements.drop_money()


ACCOUNTS = KindOfFile("accounts", FIELDS, ("external_id",), finish, write, takes_further_fields=True, traces=TRACES)
