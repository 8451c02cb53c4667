"""Makes one account of two that turned out to be the same customer, and takes them apart again. Neither is churn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Account, AccountMerge, Contract, Renewal, RevenueMovement
from accounts.services.ownership import reconcile_owners
from accounts.services.refusals import CannotMerge, CannotSplit, SecondCurrency, UnknownAccount
from accounts.sql import aliases, hierarchy, merged_usage, merging
from accounts.sql import renewals as due
from cshub.audit import services as audit
from cshub.l10n import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from cshub.users.models import User

MEASUREMENTS = ("measurements", "measurements_left", "measurements_twice")
REMEMBERED = ("status", "owner_id", "parent_id")


def resolve_external_ids(external_ids: Sequence[str]) -> dict[str, UUID]:
    """The living account behind each external ID: one that was merged away means its survivor. Unknown ones are left out. One query.

    Statements join accounts.sql.aliases.KNOWN_ACCOUNTS instead.
    """
    return aliases.resolve(external_ids)


def surviving(account: Account) -> Account:
    """The account itself, or the one it was merged into."""
    return account if account.merged_into_id is None else Account.objects.get(pk=account.merged_into_id)


def refuse_merged(account: Account) -> None:
    """Raise UnknownAccount for an account that was merged away: facts are recorded at the one that lives."""
    if account.merged_into_id is not None:
        raise UnknownAccount(
            _("%(account)s was merged into %(survivor)s. Record it there.")
            % {"account": account, "survivor": surviving(account)},
            field="account",
        )


@transaction.atomic
def merge_accounts(
    *,
    survivor: Account,
    absorbed: Account,
    by: User | None,
    as_of: datetime,
    occurred_on: date | None = None,
    reason: str = "",
) -> AccountMerge:
    """Let `absorbed` go into `survivor`, from `occurred_on` (default: the day of `as_of`).

    Contracts, renewals, people, orders, invoices, tickets, survey answers and files change sides; movements, interactions and decisions
    stay where they were recorded and are read through. The revenue goes over by pairs of movements of kind transfer, days of usage are
    added up and measurements taken over (one of the same metric and moment stays the survivor's), accounts below `absorbed` come below
    `survivor`, and the external ID of `absorbed` means `survivor` from now on.
    Raises CannotMerge, or SecondCurrency when the two are kept in different currencies.
    """
    kept, gone = _locked(survivor.pk, absorbed.pk)
    day = occurred_on or as_of.date()
    _check_merge(kept, gone, day, as_of=as_of)
    sides = {"source": gone.pk, "target": kept.pk}
    moved: dict[str, Any] = dict(merging.move_all(**sides))
    moved["was"] = {name: str(getattr(gone, name) or "") for name in REMEMBERED}
    moved["children"] = hierarchy.adopt(parent=gone.pk, by=kept.pk, instead=gone.parent_id, as_of=as_of)
    moved["transfers"] = merging.transfer_all(**sides, occurred_on=day, as_of=as_of)
    moved |= merged_usage.take_over(**sides, as_of=as_of)
    merging.redirect(absorbed=gone.pk, survivor=kept.pk)
    gone.status, gone.merged_into, gone.owner, gone.parent = Account.Status.MERGED, kept, None, None
    gone.updated_at = as_of
    gone.save(update_fields=["status", "merged_into", "owner", "parent", "updated_at"])
    _settle(kept, gone, as_of=as_of)
    merge = AccountMerge(
        kind=AccountMerge.Kind.MERGE, survivor=kept, absorbed=gone, occurred_on=day, reason=reason, moved=moved
    )
    return _record(merge, "account.merged", by=by, as_of=as_of)


@transaction.atomic
def split_account(
    merge: AccountMerge, *, by: User | None, as_of: datetime, occurred_on: date | None = None, reason: str = ""
) -> AccountMerge:
    """Take a merge back, from `occurred_on` (default: the day of `as_of`): what moved then and is still there goes back.

    Contracts go back with what they are worth now, whatever else came to the survivor since stays with it. Raises CannotSplit.
    """
    kept, gone = _locked(merge.survivor_id, merge.absorbed_id)
    day = occurred_on or as_of.date()
    _check_split(merge, kept, gone, day, as_of=as_of)
    sides, was = {"source": kept.pk, "target": gone.pk}, merge.moved.get("was", {})
    moved: dict[str, Any] = dict(merging.move_back(merge.moved, **sides))
    moved["transfers"] = merging.transfer_back(
        moved["contracts"], **sides, merged_at=merge.recorded_at, occurred_on=day, as_of=as_of
    )
    merged_usage.take_back(**sides, merged_at=merge.recorded_at)
    gone.status, gone.merged_into = was.get("status") or Account.Status.ACTIVE, None
    gone.owner_id, gone.updated_at = was.get("owner_id") or None, as_of
    gone.save(update_fields=["status", "merged_into", "owner", "updated_at"])
    moved["children"] = hierarchy.give_back(
        merge.moved.get("children", []),
        parent=gone.pk,
        own_parent=was.get("parent_id") or None,
        sitting_at=kept.pk,
        as_of=as_of,
    )
    split = AccountMerge(
        kind=AccountMerge.Kind.SPLIT, survivor=kept, absorbed=gone, occurred_on=day, reason=reason, moved=moved
    )
    recorded = _record(split, "account.split", by=by, as_of=as_of)
    merging.take_own_back(gone.pk)
    _settle(kept, gone, as_of=as_of)
    return recorded


def measurements_told(merge: AccountMerge) -> str:
    """What became of the measurements of the absorbed account, in a sentence or two; empty where it had none."""
    came, stayed = (int(merge.moved.get(name, 0)) for name in MEASUREMENTS[:2])
    words = ngettext("%(count)s measurement came along.", "%(count)s measurements came along.", came)
    left = ngettext(
        "%(count)s stayed behind: this account has one of the same metric and moment, or told the day as a whole.",
        "%(count)s stayed behind: this account has some of the same metrics and moments, or told those days as a whole.",
        stayed,
    )
    told = [words % {"count": formats.number(came)}] if came or stayed else []
    return " ".join([*told, left % {"count": formats.number(stayed)}] if stayed else told)


def _locked(*pks: UUID) -> list[Account]:
    """The accounts in the order asked for, held until the transaction ends; always locked in the order of their ids."""
    found = {row.pk: row for row in Account.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")}
    return [found[pk] for pk in pks]


def _check_merge(kept: Account, gone: Account, day: date, *, as_of: datetime) -> None:
    if kept.pk == gone.pk:
        raise CannotMerge(_("An account cannot be merged with itself. Choose another."), field="absorbed")
    _refuse_future(CannotMerge, day, as_of)
    for account, field in ((kept, "survivor"), (gone, "absorbed")):
        if account.merged_into_id is not None:
            taken = {"account": account, "survivor": surviving(account)}
            raise CannotMerge(
                _("%(account)s was merged into %(survivor)s already. Choose %(survivor)s, or split the two first.")
                % taken,
                field=field,
            )
    kept_in, gone_in = _currencies(kept), _currencies(gone)
    if len(kept_in | gone_in) > 1:
        words = {"kept": kept.name, "gone": gone.name, "kept_in": ", ".join(kept_in), "gone_in": ", ".join(gone_in)}
        raise SecondCurrency(
            _("%(kept)s is kept in %(kept_in)s and %(gone)s in %(gone_in)s. Bring both into one currency first.")
            % words,
            field="absorbed",
        )


def _check_split(merge: AccountMerge, kept: Account, gone: Account, day: date, *, as_of: datetime) -> None:
    latest = AccountMerge.objects.filter(absorbed=gone).order_by("-recorded_at", "-id").first()
    if merge.kind != AccountMerge.Kind.MERGE or latest is None or latest.pk != merge.pk:
        raise CannotSplit(
            _("This merge was taken back already. Choose the latest merge of %(account)s.") % {"account": gone}
        )
    if kept.merged_into_id is not None:
        raise CannotSplit(
            _("%(kept)s was merged into %(survivor)s itself. Split those two first, then %(gone)s.")
            % {"kept": kept, "survivor": surviving(kept), "gone": gone}
        )
    _refuse_future(CannotSplit, day, as_of)
    if day < merge.occurred_on:
        raise CannotSplit(
            _("The two were merged on %(day)s. Give that day or a later one.")
            % {"day": formats.date(merge.occurred_on)},
            field="occurred_on",
        )


def _refuse_future(refusal: type[CannotMerge | CannotSplit], day: date, as_of: datetime) -> None:
    if day > as_of.date():
        raise refusal(
            _("%(day)s is still to come. Give today or an earlier day.") % {"day": formats.date(day)},
            field="occurred_on",
        )


def _currencies(account: Account) -> set[str]:
    """Every currency that something of the account is in."""
    asked = [
        model.objects.filter(account=account).values_list("currency") for model in (Contract, Renewal, RevenueMovement)
    ]
    return {currency for (currency,) in asked[0].union(*asked[1:])}


def _settle(kept: Account, gone: Account, *, as_of: datetime) -> None:
    """What follows from the move: next renewals, owners, and that both have to be scored again."""
    due.refresh(as_of=as_of, accounts=[kept.pk, gone.pk])
    reconcile_owners([kept.pk, gone.pk], as_of=as_of)
    merging.note_changed(source=gone.pk, target=kept.pk, as_of=as_of)


def _record(row: AccountMerge, verb: str, *, by: User | None, as_of: datetime) -> AccountMerge:
    row.made_by, row.recorded_at = by, as_of
    row.save(force_insert=True)
    counts = {name: len(ids) for name, ids in row.moved.items() if isinstance(ids, list) and ids}
    counts |= {name: row.moved[name] for name in MEASUREMENTS if row.moved.get(name)}
    after = {
        "survivor": str(row.survivor_id),
        "absorbed": str(row.absorbed_id),
        "occurred_on": row.occurred_on,
        "moved": counts,
    }
    audit.record(verb, target=row.absorbed, by=by, at=as_of, after=after | {"reason": row.reason})
    return row
