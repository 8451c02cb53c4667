"""Changes what a contract says in the middle of its term: its terms, a notice, and the yearly escalator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contract
from accounts.services.changed import note_changed
from accounts.services.refusals import UnusableTerms
from accounts.services.renewals import renew_prolonged
from accounts.services.revenue import LineChange, revise_lines
from accounts.sql import renewals, terms
from cshub.audit import services as audit
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from cshub.users.models import User

TERMS = frozenset({"name", "ends_on", "term_months", "auto_renews", "notice_days", "escalator_percent", "co_term_with"})
NOTICE = "notice_given_on"
LATEST = timedelta(days=92)
DAY = timedelta(days=1)


@transaction.atomic
def escalate_contracts(*, as_of: datetime, accounts: Sequence[UUID] | None = None) -> int:
    """Raise the price of each line whose contract's anniversary inside a term has come; returns how many prices moved.

    New ARR = ARR × (1 + escalator / 100), to the cent, as a movement of kind price on the anniversary, booked once by its source. Not
    raised: at the end of a term (the renewal sets that price), before the contract was recorded or more than 92 days back (the amounts
    we were given hold those already), and lines that were told another amount on the anniversary or later.
    """
    found = terms.escalations(since=as_of.date() - LATEST, as_of=as_of, accounts=accounts)
    changes = [
        LineChange(line, contract, arr, day, kind="price", source_ref=source, product=product)
        for line, contract, arr, day, source, product in found
    ]
    return revise_lines(changes, by=None, as_of=as_of)


@transaction.atomic
def revise_contract(contract: Contract, *, by: User | None, as_of: datetime, **changes: Any) -> Contract:
    """Change fields of TERMS; renewals follow. A contract that ends together with another takes that one's end.

    Nothing is written where nothing differs. Raises UnusableTerms.
    """
    if unknown := sorted(set(changes) - TERMS):
        raise TypeError(f"Unknown terms: {', '.join(unknown)}. Known are: {', '.join(sorted(TERMS))}.")
    locked = lock_contract(contract)
    main = changes.get("co_term_with", locked.co_term_with)
    if main is not None:
        _check_main(locked, main)
        if changes.get("ends_on", main.ends_on) != main.ends_on:
            raise UnusableTerms(
                _("%(contract)s ends together with %(main)s. Change the end there, or let it end on its own.")
                % {"contract": locked, "main": main},
                field="ends_on",
            )
        changes["ends_on"] = main.ends_on
    differing = {field: value for field, value in changes.items() if getattr(locked, field) != value}
    if not differing:
        return locked
    before = audit.snapshot(locked, list(differing))
    for field, value in differing.items():
        setattr(locked, field, value)
    _check_terms(locked)
    _save(locked, [*differing], as_of=as_of)
    audit.record(
        "contract.revised", target=locked, by=by, at=as_of, before=before, after=audit.snapshot(locked, list(differing))
    )
    note_changed([locked.account_id], as_of=as_of)
    _follow(locked, by=by, as_of=as_of)
    return locked


@transaction.atomic
def agree_terms(contract: Contract, *, by: User | None, as_of: datetime, **changes: Any) -> Contract:
    """Change fields of TERMS, and let what follows from them happen at once: an escalator whose anniversary has come raises its price now.

    Raises UnusableTerms.
    """
    revised = revise_contract(contract, by=by, as_of=as_of, **changes)
    escalate_contracts(as_of=as_of, accounts=[revised.account_id])
    renewals.refresh(as_of=as_of, accounts=[revised.account_id])
    return revised


@transaction.atomic
def give_notice(contract: Contract, *, notified_on: date, by: User | None, as_of: datetime) -> Contract:
    """The customer ends the contract: it does not renew by itself any more, and an open-ended one gets an end after its notice period.

    Raises UnusableTerms when there is nothing to end, or when the notice came too late.
    """
    locked = lock_contract(contract)
    _check_notice(locked, notified_on, as_of=as_of)
    ends_on = locked.ends_on or max(notified_on + timedelta(days=locked.notice_days), locked.starts_on + DAY)
    before = audit.snapshot(locked, ["auto_renews", "ends_on"])
    locked.auto_renews, locked.ends_on = False, ends_on
    locked.attributes = {**locked.attributes, NOTICE: notified_on.isoformat()}
    _save(locked, ["auto_renews", "ends_on", "attributes"], as_of=as_of)
    after = audit.snapshot(locked, ["auto_renews", "ends_on"]) | {NOTICE: notified_on}
    audit.record("contract.notice_given", target=locked, by=by, at=as_of, before=before, after=after)
    note_changed([locked.account_id], as_of=as_of)
    _follow(locked, by=by, as_of=as_of)
    return locked


def lock_contract(contract: Contract) -> Contract:
    """The contract as it is now. Its account is locked first, as everywhere."""
    Account.objects.select_for_update(no_key=True).get(pk=contract.account_id)
    locked: Contract = (
        Contract.objects.select_for_update(of=("self",)).select_related("co_term_with").get(pk=contract.pk)
    )
    return locked


def _save(contract: Contract, fields: list[str], *, as_of: datetime) -> None:
    contract.updated_at = as_of
    contract.save(update_fields=[*fields, "updated_at"])


def _follow(contract: Contract, *, by: User | None, as_of: datetime) -> None:
    accounts = [contract.account_id]
    moved = terms.follow_co_terms(as_of=as_of, accounts=accounts)
    renew_prolonged([contract.external_id, *moved], decided_on=as_of.date(), by=by, as_of=as_of)
    renewals.refresh(as_of=as_of, accounts=accounts)


def _check_terms(contract: Contract) -> None:
    if contract.ends_on is not None and contract.ends_on <= contract.starts_on:
        raise UnusableTerms(
            _("Contract %(contract)s ends on %(ends_on)s, and starts on %(starts_on)s. Give an end after the start.")
            % {
                "contract": contract,
                "ends_on": formats.date(contract.ends_on),
                "starts_on": formats.date(contract.starts_on),
            },
            field="ends_on",
        )
    if contract.term_months == 0:
        raise UnusableTerms(_("A term of 0 months never ends. Give 1 or more, or leave it empty."), field="term_months")
    if contract.escalator_percent is not None and not -50 <= contract.escalator_percent <= 100:
        raise UnusableTerms(
            _("%(value)s is no yearly escalator. Give a percentage from −50 to 100, for example 3.")
            % {"value": contract.escalator_percent},
            field="escalator_percent",
        )


def _check_main(contract: Contract, main: Contract) -> None:
    """The other one is of the same account, stands on its own, and ends after this one starts."""
    reason = None
    if main.account_id != contract.account_id or main.pk == contract.pk:
        reason = _("%(contract)s can only end together with another contract of its account. Choose one of those.")
    elif main.co_term_with_id is not None:
        reason = _("%(main)s ends together with another contract itself. Choose that one.")
    elif Contract.objects.filter(co_term_with=contract.pk).exists():
        reason = _("Other contracts end together with %(contract)s. Let those end on their own first.")
    elif main.ends_on is not None and main.ends_on <= contract.starts_on:
        reason = _("%(main)s ends before %(contract)s starts. Choose one that ends later.")
    if reason:
        raise UnusableTerms(reason % {"contract": contract, "main": main}, field="co_term_with")


def _check_notice(contract: Contract, notified_on: date, *, as_of: datetime) -> None:
    if contract.status != Contract.Status.ACTIVE or (contract.ends_on is not None and not contract.auto_renews):
        raise UnusableTerms(
            _("%(contract)s does not renew by itself, so there is nothing to end. Decide its renewal instead.")
            % {"contract": contract},
            field="notified_on",
        )
    if notified_on > as_of.date():
        raise UnusableTerms(_("This day is still to come. Give the day on which the notice came."), field="notified_on")
    if contract.ends_on is not None and notified_on > contract.ends_on - timedelta(days=contract.notice_days):
        last = contract.ends_on - timedelta(days=contract.notice_days)
        raise UnusableTerms(
            _(
                "Notice had to be given by %(last)s; the contract renews on %(ends_on)s. Decide the renewal if you let it go."
            )
            % {"last": formats.date(last), "ends_on": formats.date(contract.ends_on)},
            field="notified_on",
        )
