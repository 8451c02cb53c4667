"""Records accounts and the people there, and says who looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact
from accounts.services.refusals import ExternalIdTaken, WrongPerson
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
CONTACT_FIELDS = frozenset(
    {"external_id", "name", "email", "phone", "title", "role", "language", "timezone", "joined_on", "left_on"}
)
NAMED_IN_AUDIT = 500


@transaction.atomic
def record_account(*, external_id: str, name: str, by: User | None, as_of: datetime, **fields: Any) -> Account:
    """Add an account. `fields` are those of ACCOUNT_FIELDS; revenue comes with contracts.

    Raises ExternalIdTaken, or ValidationError by field.
    """
    account = Account(
        external_id=external_id, name=name, recorded_at=as_of, updated_at=as_of, **_known(fields, ACCOUNT_FIELDS)
    )
    _check(account)
    account.save(force_insert=True)
    audit.record(
        "account.recorded", target=account, by=by, at=as_of, after=_kept(account, {"external_id", "name", *fields})
    )
    return account


@transaction.atomic
def revise_account(account: Account, *, by: User | None, as_of: datetime, **changes: Any) -> Account:
    """Change fields of ACCOUNT_FIELDS. Nothing is written where nothing differs. Raises ExternalIdTaken, or ValidationError by field."""
    locked: Account = Account.objects.select_for_update().get(pk=account.pk)
    differing = {
        field: value for field, value in _known(changes, ACCOUNT_FIELDS).items() if getattr(locked, field) != value
    }
    if not differing:
        return locked
    before = _kept(locked, differing)
    for field, value in differing.items():
        setattr(locked, field, value)
    _check(locked)
    locked.updated_at = as_of
    locked.save(update_fields=[*differing, "updated_at"])
    audit.record("account.revised", target=locked, by=by, at=as_of, before=before, after=_kept(locked, differing))
    return locked


@transaction.atomic
def assign(accounts: AccountQuerySet, *, owner: User | None, by: User | None, as_of: datetime) -> int:
    """Give the accounts to `owner` (None: to nobody) in one statement; returns how many changed hands. Raises WrongPerson for somebody inactive."""
    if owner is not None and not owner.is_active:
        raise WrongPerson(
            _("%(person)s cannot sign in any more. Choose somebody active.") % {"person": owner}, field="owner"
        )
    moving = Account.objects.filter(pk__in=accounts.order_by().values("pk")).exclude(owner=owner)
    if owner is None:
        moving = Account.objects.filter(pk__in=accounts.order_by().values("pk"), owner__isnull=False)
    before = {
        str(pk): str(owner_id or "")
        for pk, owner_id in moving.order_by("pk").values_list("pk", "owner_id")[:NAMED_IN_AUDIT]
    }
    count = moving.update(owner=owner, updated_at=as_of)
    if count:
        after = {"owner": str(owner.pk) if owner else "", "count": count}
        audit.record("accounts.assigned", target=None, by=by, at=as_of, before={"owners": before}, after=after)
    return count


@transaction.atomic
def record_contact(*, account: Account, name: str, by: User | None, as_of: datetime, **fields: Any) -> Contact:
    """Add a person at an account. `fields` are those of CONTACT_FIELDS. Raises ExternalIdTaken, or ValidationError by field."""
    contact = Contact(account=account, name=name, recorded_at=as_of, **_known(fields, CONTACT_FIELDS))
    _check(contact)
    contact.save(force_insert=True)
    audit.record(
        "contact.recorded", target=contact, by=by, at=as_of, after=_kept(contact, {"account", "name", *fields})
    )
    return contact


@transaction.atomic
def revise_contact(contact: Contact, *, by: User | None, as_of: datetime, **changes: Any) -> Contact:
    """Change fields of CONTACT_FIELDS. Raises ExternalIdTaken, or ValidationError by field."""
    differing = {
        field: value for field, value in _known(changes, CONTACT_FIELDS).items() if getattr(contact, field) != value
    }
    if not differing:
        return contact
    before = _kept(contact, differing)
    for field, value in differing.items():
        setattr(contact, field, value)
    _check(contact)
    contact.save(update_fields=list(differing))
    audit.record("contact.revised", target=contact, by=by, at=as_of, before=before, after=_kept(contact, differing))
    return contact


def _check(row: Account | Contact) -> None:
    row.clean_fields(exclude={"parent", "owner", "account"})
    same = type(row).objects.exclude(pk=row.pk)
    if row.external_id is not None and same.filter(external_id=row.external_id).exists():
        raise ExternalIdTaken(
            _("The external ID “%(value)s” is taken. Change the one that has it, or choose another ID.")
            % {"value": row.external_id},
            field="external_id",
        )
    if isinstance(row, Account) and row.parent_id == row.pk:
        raise ValidationError({"parent": _("An account cannot be its own parent. Choose another, or leave it empty.")})


def _known(fields: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    if unknown := sorted(set(fields) - allowed):
        raise TypeError(f"Unknown fields: {', '.join(unknown)}. Known are: {', '.join(sorted(allowed))}.")
    return fields


def _kept(row: Account | Contact, fields: Iterable[str]) -> dict[str, Any]:
    return audit.snapshot(row, [field for field in fields if field != "account"])
