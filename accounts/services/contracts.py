"""Records contracts, many at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Contract
from accounts.services.changed import OF_CONTRACTS, note_changed
from accounts.services.refusals import SecondCurrency, UnknownAccount, UnusableTerms
from accounts.services.revenue import revise_lines_in
from accounts.sql import contracts as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from cshub.users.models import User

_REFUSALS = {
    "unknown_account": (
        UnknownAccount,
        _(
            "There is no account with the external ID “%(account_id)s”. Import the account first, then its contract %(contract)s."
        ),
    ),
    "contract_of_another_account": (
        UnusableTerms,
        _(
            "Contract %(contract)s belongs to another account than %(account)s. Give the contract of this account an ID of its own."
        ),
    ),
    "second_currency": (
        SecondCurrency,
        _(
            "%(account)s is kept in %(account_currency)s, and contract %(contract)s is in %(currency)s. Convert the amounts to %(account_currency)s."
        ),
    ),
}


@dataclass(frozen=True)
class ContractTerms:
    """What a contract says, without its money. `ends_on` is the first day that is no longer covered; None: open-ended."""

    external_id: str
    account_external_id: str
    starts_on: date
    currency: str
    ends_on: date | None = None
    term_months: int | None = None
    name: str = ""
    auto_renews: bool = False
    notice_days: int = 0
    status: str = Contract.Status.ACTIVE


@transaction.atomic
def record_contracts(terms: Sequence[ContractTerms], *, by: User | None, as_of: datetime) -> int:
    """Add missing contracts and change those that differ; returns how many were written. Money follows by `revise_lines`.

    Raises UnknownAccount, SecondCurrency or UnusableTerms naming the first contract at fault, and then nothing is written.
    """
    if not terms:
        return 0
    for each in terms:
        _check(each)
    if twice := [
        external_id for external_id, count in Counter(each.external_id for each in terms).items() if count > 1
    ]:
        raise UnusableTerms(
            _("Contract %(contract)s is given twice. Keep one.") % {"contract": twice[0]}, field="external_id"
        )
    given = statements.arrays(terms, as_of=as_of)
    if problem := statements.first_problem(given):
        refusal, sentence = _REFUSALS[problem["code"]]
        raise refusal(sentence % problem)
    count = statements.write(given)
    statements.open_revenue(given)
    if count:
        after = {"count": count, "contracts": [each.external_id for each in terms[:100]]}
        audit.record("contracts.recorded", target=None, by=by, at=as_of, after=after)
        note_changed(chosen=OF_CONTRACTS, given={"contracts": [each.external_id for each in terms]}, as_of=as_of)
    return count


@transaction.atomic
def record_contracts_in(terms: str, changes: str, *, by: User | None, as_of: datetime) -> None:
    """The same for the rows of a temporary table: external_id, account, starts_on, ends_on, term_months, currency, name, auto_renews,
    notice_days, status, position; then `revise_lines_in` for the table `changes`. Whoever filled them has looked at the terms; the
    constraints of the database look again.
    """
    source = f"{terms} given"
    if problem := statements.first_problem({}, source):
        refusal, sentence = _REFUSALS[problem["code"]]
        raise refusal(sentence % problem)
    count = statements.write({"as_of": as_of}, source)
    if count:
        after = {"count": count, "contracts": statements.first_ids(source, 100)}
        audit.record("contracts.recorded", target=None, by=by, at=as_of, after=after)
    revise_lines_in(changes, by=by, as_of=as_of)
    statements.open_revenue({"as_of": as_of}, source)


def _check(each: ContractTerms) -> None:
    if not each.external_id:
        raise UnusableTerms(_("A contract needs an external ID."), field="external_id")
    if each.ends_on is not None and each.ends_on <= each.starts_on:
        raise UnusableTerms(
            _("Contract %(contract)s ends on %(ends_on)s, and starts on %(starts_on)s. Give an end after the start.")
            % {"contract": each.external_id, "ends_on": each.ends_on, "starts_on": each.starts_on},
            field="ends_on",
        )
    if len(each.currency) != 3 or not each.currency.isalpha() or not each.currency.isupper():
        raise UnusableTerms(
            _("“%(value)s” is not a currency. Use a code of three letters such as EUR.") % {"value": each.currency},
            field="currency",
        )
