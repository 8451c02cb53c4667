"""Files of contracts: terms, and one amount a contract."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.ingest.kinds.further import json_of, typed_lines
from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, fault, outcome
from accounts.ingest.kinds.money import yearly
from accounts.ingest.reading import fields
from accounts.ingest.reading.dates import months_after
from accounts.ingest.reading.fields import Field
from accounts.ingest.reading.judge import further
from accounts.ingest.sql import contracts as statements
from accounts.ingest.sql import staging
from accounts.ingest.sql.staging import staged
from accounts.ingest.sql.traces import Trace, Undo, traced
from accounts.services.contracts import record_contracts_in

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=180, synonyms=("id", "contract id", "contract", "contract number", "nr umowy", "key")),
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "account external id", "customer", "customer id", "klient", "клиент")),
    Field("name", _("Name"), longest=300, synonyms=("contract name", "title")),
    Field("starts_on", _("Starts on"), fields.DATE, needed=True, synonyms=("start", "start date", "starts", "from", "początek", "начало")),
    Field("ends_on", _("Ends on"), fields.DATE, synonyms=("end", "end date", "ends", "until", "koniec", "конец")),
    Field("term_months", _("Term in months"), fields.WHOLE, longest=600, words=fields.TERM_WORDS, synonyms=("term", "contract term")),
    Field("currency", _("Currency"), fields.CURRENCY, synonyms=("waluta", "валюта", "ارز")),
    Field("arr", _("Annual revenue"), fields.MONEY, synonyms=("annual revenue", "annual recurring revenue", "value", "amount", "wartość")),
    Field("product", _("Product"), longest=200, synonyms=("plan", "produkt", "продукт")),
    Field("auto_renews", _("Renews by itself"), fields.YES_NO, synonyms=("auto renew", "auto renewal", "autorenew")),
    Field("escalator_percent", _("Yearly escalator in percent"), fields.NUMBER, synonyms=("escalator", "uplift", "price increase", "indexation")),
    Field("co_term_with", _("Ends together with (contract)"), fields.KEY, longest=200, synonyms=("co term", "co-term", "main contract", "parent contract")),
    Field("notice_days", _("Notice period in days"), fields.WHOLE, longest=3650, synonyms=("notice", "notice period")),
)  # fmt: skip
_PROBLEMS = {
    "unknown_account": (
        "account",
        _("There is no account with the external ID “%(account)s”. Import the account first."),
    ),
    "contract_of_another_account": (
        "external_id",
        _("This contract belongs to another account than %(account_name)s. Use another external ID."),
    ),
    "second_currency": (
        "currency",
        _("%(account_name)s is kept in %(kept_currency)s, and this contract is in %(currency)s. Convert the amount."),
    ),
    "ends_before_it_starts": (
        "ends_on",
        _("The contract ends on %(ends_on)s and starts on %(starts_on)s. Give an end after the start."),
    ),
    "unknown_main": (
        "co_term_with",
        _("There is no contract “%(main)s” to end together with. Import it first, or leave the cell empty."),
    ),
    "main_elsewhere": (
        "co_term_with",
        _("Contract “%(main)s” belongs to another account than %(account_name)s. Choose one of this account."),
    ),
    "main_follows": (
        "co_term_with",
        _("Contract “%(main)s” ends together with another one itself. Choose that one."),
    ),
    "ends_with_main": (
        "ends_on",
        _("This contract ends together with “%(main)s”, on %(ends_on)s. Leave the end empty, or change it there."),
    ),
    "several_lines": (
        "arr",
        _("This contract has %(line_count)s lines, so one amount cannot say which changed. Leave the amount empty."),
    ),
}
TRACES = (
    Trace("accounts_revenuemovement", statements.MOVEMENTS, undo=Undo.COUNTER, has_many=True),
    Trace("accounts_contractline", statements.LINES, ("product",)),
    Trace("accounts_contract", statements.CONTRACTS, ("name", "starts_on", "ends_on", "term_months", "currency", "auto_renews", "notice_days", "status", "escalator_percent", "co_term_with_id", "attributes"), retires=("status", "ended")),
)  # fmt: skip


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    starts_on, ends_on = values["starts_on"], get("ends_on")
    if get("term_months") == 0:
        raise AtField(
            "term_months", "no_term", _("A term of 0 months is none. Leave the cell empty for an open-ended contract.")
        )
    if ends_on is None and get("term_months") and not get("co_term_with"):
        ends_on = months_after(starts_on, values["term_months"])
    if ends_on is not None and ends_on <= starts_on:
        text = _PROBLEMS["ends_before_it_starts"][1] % {"ends_on": ends_on, "starts_on": starts_on}
        raise AtField("ends_on", "ends_before_it_starts", text)
    arr, currency = yearly(values, (("arr", 1),))
    escalator = get("escalator_percent")
    if escalator is not None and not -50 <= escalator <= 100:
        sentence = _("A price that changes by %(value)s percent a year cannot be. Give a number from -50 to 100.")
        raise AtField("escalator_percent", "off_its_scale", sentence % {"value": f"{escalator:.6g}"})
    return (
        get("external_id"), get("account"), get("name"), starts_on, ends_on, get("term_months"), currency, arr, get("product"),
        get("auto_renews"), get("notice_days"), escalator, get("co_term_with"), json_of(further(values)),
    )  # fmt: skip


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write contracts and the movements of their revenue."""
    typed, misfits = typed_lines("contract", lines, at=list(statements.COLUMNS).index("attributes"))
    with staged(statements.COLUMNS, typed, statements.PLAN, turn.given(), tables=statements.TABLES):
        faults = [*misfits, *(fault(_PROBLEMS, row) for row in staging.faults())]
        if not turn.is_dry:
            with traced(TRACES, batch_id=turn.batch_id):
                _write_contracts(turn)
                staging.write(statements.REST, turn.given())
        done = outcome(turn, faults)
        return replace(done, moves_terms=not turn.is_dry and bool(done.added or done.updated))


def _write_contracts(turn: Turn) -> None:
    if not statements.has_money():
        return
    statements.stage_money(reference_on=turn.reference_on)
    record_contracts_in("staged_terms", "staged_changes", by=turn.by, as_of=turn.as_of)
    services.renew_prolonged(statements.prolonged(), decided_on=turn.reference_on, by=turn.by, as_of=turn.as_of)
    statements.drop_money()


CONTRACTS = KindOfFile("contracts", FIELDS, ("external_id",), finish, write, takes_further_fields=True, traces=TRACES)
