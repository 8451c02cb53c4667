"""Records accounts and says who looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.services.changed import note_changed
from accounts.services.custom_fields import check_attributes
from accounts.services.hierarchy import moved_family, refuse_cycle
from accounts.services.merging import refuse_merged
from accounts.services.ownership import reconcile_owners
from accounts.services.refusals import CannotMerge, ExternalIdTaken, WrongPerson
from accounts.sql import hierarchy
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.querysets import AccountQuerySet
    from cshub.users.models import User

ACCOUNT_FIELDS = frozenset(
    {
        "external_id", "name", "domain", "parent", "owner", "status", "segment", "industry", "region", "timezone", "language",
        "customer_since_on", "churned_on", "attributes",
    }
)  # fmt: skip
NAMED_IN_AUDIT = 500


@transaction.atomic
def record_account(*, external_id: str, name: str, by: User | None, as_of: datetime, **fields: Any) -> Account:
    """Add an account. `fields` are those of ACCOUNT_FIELDS; revenue comes with contracts.

    Raises ExternalIdTaken, or ValidationError by field.
    """
    if "attributes" in fields:
        fields["attributes"] = check_attributes("account", fields["attributes"])
    account = Account(
        external_id=external_id, name=name, recorded_at=as_of, updated_at=as_of, **_known(fields, ACCOUNT_FIELDS)
    )
    _check(account)
    account.save(force_insert=True)
    reconcile_owners([account.pk], as_of=as_of)
    audit.record(
        "account.recorded", target=account, by=by, at=as_of, after=_kept(account, {"external_id", "name", *fields})
    )
    note_changed(moved_family(account), as_of=as_of)
    return account


@transaction.atomic
def revise_account(account: Account, *, by: User | None, as_of: datetime, **changes: Any) -> Account:
    """Change fields of ACCOUNT_FIELDS. Nothing is written where nothing differs; of `attributes` null deletes one, what is not named stays.

    Raises ExternalIdTaken, ParentCycle, UnknownAccount for an account that was merged away, or ValidationError by field.
    """
    if "parent" in changes:
        hierarchy.hold_tree()
    locked: Account = Account.objects.select_for_update().get(pk=account.pk)
    refuse_merged(locked)
    if "attributes" in changes:
        changes["attributes"] = check_attributes("account", changes["attributes"], present=locked.attributes)
    differing = {
        field: value for field, value in _known(changes, ACCOUNT_FIELDS).items() if getattr(locked, field) != value
    }
    if not differing:
        return locked
    left = locked.parent_id
    before = _kept(locked, differing)
    for field, value in differing.items():
        setattr(locked, field, value)
    _check(locked)
    locked.updated_at = as_of
    locked.save(update_fields=[*differing, "updated_at"])
    if "owner" in differing:
        reconcile_owners([locked.pk], as_of=as_of)
    audit.record("account.revised", target=locked, by=by, at=as_of, before=before, after=_kept(locked, differing))
    note_changed(moved_family(locked, left) if "parent" in differing else [locked.pk], as_of=as_of)
    return locked


@transaction.atomic
def assign(accounts: AccountQuerySet, *, owner: User | None, by: User | None, as_of: datetime) -> int:
    """Give the accounts to `owner` (None: to nobody) in one statement; returns how many changed hands. Raises WrongPerson for somebody inactive."""
    if owner is not None and not owner.is_active:
        raise WrongPerson(
            _("%(person)s cannot sign in any more. Choose somebody active.") % {"person": owner}, field="owner"
        )
    moving = Account.objects.filter(pk__in=accounts.order_by().values("pk")).exclude(status=Account.Status.MERGED)
    moving = moving.exclude(owner=owner) if owner is not None else moving.filter(owner__isnull=False)
    before = {
        str(pk): str(owner_id or "")
        for pk, owner_id in moving.order_by("pk").values_list("pk", "owner_id")[:NAMED_IN_AUDIT]
    }
    changing = list(moving.values_list("pk", flat=True))
    count = Account.objects.filter(pk__in=changing).update(owner=owner, updated_at=as_of)
    if count:
        reconcile_owners(changing, as_of=as_of)
        after = {"owner": str(owner.pk) if owner else "", "count": count}
        audit.record("accounts.assigned", target=None, by=by, at=as_of, before={"owners": before}, after=after)
    return count


def _check(row: Account) -> None:
    row.clean_fields(exclude={"parent", "owner", "merged_into"})
    if row.status == Account.Status.MERGED:
        raise CannotMerge(
            _("An account becomes merged by merging it. Choose the account it goes into."), field="status"
        )
    if Account.objects.exclude(pk=row.pk).filter(external_id=row.external_id).exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” is taken. Change the one that has it, or choose another ID.")
            % {"value": row.external_id},
            field="external_id",
        )
    if row.parent_id == row.pk:
        raise ValidationError({"parent": _("An account cannot be its own parent. Choose another, or leave it empty.")})
    if row.parent is not None:
        refuse_merged(row.parent)
        refuse_cycle(row, row.parent)


def _known(fields: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - allowed):
        raise TypeError(f"Unknown fields: {', '.join(unknown)}. Known are: {', '.join(sorted(allowed))}.")
    return fields


def _kept(row: Account, fields: Iterable[str]) -> dict[str, Any]:
    return audit.snapshot(row, fields)
