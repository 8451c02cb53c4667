"""Files of accounts: who they are, and in one contract what they pay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.ingest.kinds.further import json_of, typed_lines
from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, fault, outcome
from accounts.ingest.kinds.money import are_currencies, yearly, yearly_column
from accounts.ingest.kinds.zones import check_timezone
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.reading.judge import further
from accounts.ingest.sql import accounts as statements
from accounts.ingest.sql import added_accounts
from accounts.ingest.sql.staging import analyze_plan, staged
from accounts.ingest.sql.traces import Trace, Undo, traced
from accounts.models import Account
from accounts.services import stages
from accounts.services.contracts import record_contracts_in
from accounts.services.openings import open_contracts_in
from accounts.services.stages import move_stages_in, possible_stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATUSES = tuple(
    status for status in Account.Status.values if status != Account.Status.MERGED
)  # that is a verb's, not a file's
STAGE_WORDS = (
    ("hand-off", "handoff"), ("sales handoff", "handoff"), ("implementation", "onboarding"), ("kickoff", "onboarding"), ("adopting", "adoption"),
    ("value realized", "value"), ("value realised", "value"), ("expansion", "growth"), ("renewing", "renewal"), ("advocate", "advocacy"),
    ("lost", "churned"), ("churn", "churned"),
    ("przekazanie", "handoff"), ("wdrożenie", "onboarding"), ("adopcja", "adoption"), ("wartość", "value"), ("rozwój", "growth"),
    ("odnowienie", "renewal"), ("rekomendacja", "advocacy"), ("odszedł", "churned"), ("utracony", "churned"),
    ("передача", "handoff"), ("внедрение", "onboarding"), ("освоение", "adoption"), ("ценность", "value"), ("рост", "growth"),
    ("продление", "renewal"), ("ушёл", "churned"), ("ушел", "churned"),
    ("تحویل", "handoff"), ("راه‌اندازی", "onboarding"), ("پذیرش", "adoption"), ("ارزش", "value"), ("رشد", "growth"), ("تمدید", "renewal"),
)  # fmt: skip
MADE_OF_THE_ID = "{external_id}"
# What a line takes as a row says it, in the order of the lines; "" where something is made of it.
_LINE = (
    "external_id", "name", "", "domain", "owner", "status", "segment", "industry", "region", "", "language", "customer_since_on", "", "",
    "annual_revenue", "currency", "contract_term_months", "renewal_on", "stage", "parent",
)  # fmt: skip
_AS_IT_IS = {*_LINE} - {""}
NEVER = [f"{before} {after}" for before, after in stages.NEVER]
FIELDS = (
    Field("external_id", _("External ID"), fields.KEY, needed=True, longest=180, synonyms=("id", "account id", "customer id", "account number", "customer number", "key", "nip", "rownames", "id klienta", "numer klienta", "id konta", "номер клиента", "ид клиента", "شناسه مشتری")),
    Field("name", _("Name"), longest=300, synonyms=("account", "account name", "customer", "customer name", "company", "nazwa", "название", "نام", "nazwa klienta", "firma", "наименование", "نام مشتری")),
    Field("domain", _("Web domain"), longest=253, synonyms=("website", "web")),
    Field("owner", _("Owner (e-mail)"), fields.PERSON, synonyms=("csm", "owner email", "account owner", "opiekun", "менеджер")),
    Field("status", _("Status"), fields.CHOICE, choices=STATUSES, synonyms=("churn", "churned", "state")),
    Field("stage", _("Lifecycle stage"), fields.CHOICE, choices=tuple(Account.Stage.values), words=STAGE_WORDS, synonyms=("lifecycle stage", "lifecycle", "journey stage", "customer stage", "etap", "стадия", "مرحله")),
    Field("parent", _("Parent account (external ID)"), fields.KEY, longest=200, synonyms=("parent id", "parent account", "parent account id", "parent external id", "belongs to", "jednostka nadrzędna", "головная компания", "شرکت مادر")),
    Field("segment", _("Segment"), synonyms=("tier", "segment klienta")),
    Field("industry", _("Industry"), synonyms=("sector", "branża", "отрасль")),
    Field("region", _("Region"), synonyms=("country", "kraj", "страна")),
    Field("timezone", _("Time zone"), longest=64, synonyms=("time zone",)),
    Field("language", _("Language"), longest=10, synonyms=("lang", "język", "язык")),
    Field("customer_since_on", _("Customer since"), fields.DATE, synonyms=("customer since", "since", "tenure", "start date", "klient od", "data rozpoczęcia", "клиент с", "مشتری از")),
    Field("churned_on", _("Churned on"), fields.DATE, synonyms=("churn date", "left on", "cancelled on")),
    Field("annual_revenue", _("Annual revenue"), fields.MONEY, synonyms=("arr", "annual recurring revenue", "wartość roczna", "годовая выручка", "przychód roczny", "roczny przychód", "выручка за год", "درآمد سالانه")),
    Field("monthly_revenue", _("Monthly revenue"), fields.MONEY, synonyms=("mrr", "monthly charges", "monthly recurring revenue")),
    Field("currency", _("Currency"), fields.CURRENCY, synonyms=("waluta", "валюта", "ارز")),
    Field("contract_term_months", _("Contract term in months"), fields.WHOLE, longest=600, words=fields.TERM_WORDS, synonyms=("contract", "term", "term months", "contract term")),
    Field("renewal_on", _("Renewal date"), fields.DATE, synonyms=("renewal", "renewal date", "next renewal", "odnowienie", "contract end", "ends on", "data odnowienia", "дата продления", "تاریخ تمدید")),
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
    "never_follows": (
        "stage",
        _("From “%(before)s” an account does not go to “%(after)s”. Use one of: %(next)s."),
    ),
}
TRACES = (
    Trace("accounts_revenuemovement", statements.MOVEMENTS, undo=Undo.COUNTER, has_many=True),
    Trace("accounts_contractline", statements.LINES, ("product",)),
    Trace("accounts_contract", statements.CONTRACTS, ("name", "starts_on", "ends_on", "term_months", "currency", "auto_renews", "notice_days", "status"), retires=("status", "ended")),
    Trace("accounts_account", statements.ACCOUNTS, statements.RESTORED, retires=("status", "prospect")),
)  # fmt: skip


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    get = values.get
    if "customer_since_on" in values:
        _check_dates(values)
    if "timezone" in values:
        check_timezone(values)
    arr, currency = yearly(values)
    if get("contract_term_months") == 0:
        raise AtField(
            "contract_term_months",
            "no_term",
            _("A term of 0 months is none. Leave the cell empty for an open-ended contract."),
        )
    status = get("status") or ("churned" if get("churned_on") else None)
    more = further(values) or None
    name = get("name")
    names = (name, None) if name is None or MADE_OF_THE_ID not in name else _made_name(name, values)
    return (
        get("external_id"), *names, get("domain"), get("owner"), status, get("segment"), get("industry"), get("region"), get("timezone"),
        get("language"), get("customer_since_on"), get("churned_on"), more and json_of(more), arr, currency,
        get("contract_term_months"), get("renewal_on"), get("stage"), get("parent"),
    )  # fmt: skip


def straight(columns: Mapping[str, Sequence[Any]]) -> Sequence[Sequence[Any]] | None:
    """The columns of the lines, where no row says anything that has to be looked at by itself: names to be made, amounts in two currencies."""
    names, terms = columns.get("name", ()), columns.get("contract_term_months", ())
    if not columns.keys() <= _AS_IT_IS or any(name and MADE_OF_THE_ID in name for name in names) or 0 in terms:
        return None
    since, renewal = columns.get("customer_since_on", ()), columns.get("renewal_on", ())
    if since and renewal and any(begin and end and end <= begin for begin, end in zip(since, renewal, strict=True)):
        return None
    if not are_currencies(columns.get("currency", ())):
        return None
    arr = yearly_column(columns.get("annual_revenue", ()))
    if arr is None:
        return None
    nothing = [None] * len(columns["external_id"])
    taken = {**columns, "annual_revenue": arr or nothing}
    return [taken.get(name, nothing) for name in _LINE]


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, write accounts, their main contracts and the movements of their revenue."""
    typed, misfits = typed_lines("account", lines, at=list(statements.COLUMNS).index("attributes"))
    given = turn.given() | {"never": NEVER, "stage_at": _stage_at(turn)}
    with staged(statements.COLUMNS, typed, statements.PLAN, given, tables=statements.TABLES, analyzes_plan=False):
        done = outcome(turn, misfits)
        done = replace(done, unchanged=len(typed) - done.added - done.updated - done.faulty)
        if done.faulty:
            done.faults.extend(fault(_PROBLEMS, _with_stages(row)) for row in statements.faults())
        if not turn.is_dry and (done.added or done.updated):
            done = replace(done, moves_terms=_write_accounts(turn, given, done))
        return done


def _check_dates(values: dict[str, Any]) -> None:
    since = values.get("customer_since_on")
    if since and values.get("churned_on") and values["churned_on"] < since:
        raise AtField("churned_on", "churned_before_it_started", _PROBLEMS["churned_before_it_started"][1])
    if since and values.get("renewal_on") and values["renewal_on"] <= since:
        text = _PROBLEMS["ends_before_it_starts"][1] % {"ends_on": values["renewal_on"], "starts_on": since}
        raise AtField("renewal_on", "ends_before_it_starts", text)


def _made_name(name: str, values: dict[str, Any]) -> tuple[None, str]:
    """A name for accounts that are new; it never replaces one that is there."""
    return None, name.replace(MADE_OF_THE_ID, values["external_id"])[:300]


def _write_accounts(turn: Turn, given: dict[str, Any], done: Outcome) -> bool:
    """Whether contracts or amounts were changed whose renewals have to follow."""
    opening_count, has_money, has_owners = statements.to_write()
    if done.added:
        has_money |= not added_accounts.add(given, done.added, batch_id=turn.batch_id)
    if opening_count:
        _open_revenue(turn)
    if done.updated or has_money:
        analyze_plan()
        with traced(TRACES if has_money else TRACES[-1:], batch_id=turn.batch_id):
            _change_accounts(turn, given, has_money=has_money)
    if has_owners:
        services.reconcile_owners(statements.owned(), as_of=turn.as_of)
    return has_money


def _change_accounts(turn: Turn, given: dict[str, Any], *, has_money: bool) -> None:
    statements.revise(given)
    _move_stages(turn)
    if has_money:
        _write_money(turn)


def _open_revenue(turn: Turn) -> None:
    if added_accounts.plan_openings():
        open_contracts_in(added_accounts.OPENED, by=turn.by, as_of=turn.as_of)
    added_accounts.keep_opened(batch_id=turn.batch_id)


def _stage_at(turn: Turn) -> datetime:
    """Since when an account is in the stage that a row names: the beginning of the day the row describes, or now."""
    is_today = turn.reference_on >= turn.as_of.date()
    return turn.as_of if is_today else datetime.combine(turn.reference_on, time.min, UTC)


def _move_stages(turn: Turn) -> None:
    statements.stage_moves()
    reason = _("From a file") if turn.batch_id else _("From another system")
    move_stages_in("staged_moves", by=turn.by, as_of=turn.as_of, reason=str(reason))
    statements.drop_moves()


def _with_stages(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the names of its stages, as a sentence says them."""
    if row["problem"] != "never_follows":
        return row
    names = {"before": Account.Stage(row["present_stage"]).label, "after": Account.Stage(row["stage"]).label}
    return row | names | {"next": ", ".join(possible_stages(row["present_stage"]))}


def _write_money(turn: Turn) -> None:
    statements.stage_money(reference_on=turn.reference_on)
    record_contracts_in("staged_terms", "staged_changes", by=turn.by, as_of=turn.as_of)
    services.renew_prolonged(statements.prolonged(), decided_on=turn.reference_on, by=turn.by, as_of=turn.as_of)
    statements.drop_money()
    if turn.batch_id is None:  # a file refreshes them all once, at its end
        services.refresh_renewals(as_of=turn.as_of, accounts=statements.with_money())


ACCOUNTS = KindOfFile(
    "accounts",
    FIELDS,
    ("external_id",),
    finish,
    write,
    takes_further_fields=True,
    traces=TRACES,
    sets_parents=True,
    straight=straight,
)
