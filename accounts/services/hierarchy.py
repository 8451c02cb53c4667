"""Puts one account below another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.services.changed import note_changed
from accounts.services.merging import refuse_merged
from accounts.services.refusals import ParentCycle
from accounts.sql import hierarchy
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from cshub.users.models import User


@transaction.atomic
def set_parent(account: Account, *, parent: Account | None, by: User | None, as_of: datetime) -> Account:
    """Put the account below `parent` (None: below nobody). Nothing is written where it stands there already.

    Raises ParentCycle naming the way when `parent` stands below the account, or when the tree would be too deep.
    """
    hierarchy.hold_tree()
    locked: Account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if locked.parent_id == (parent.pk if parent else None):
        return locked
    refuse_merged(locked)
    if parent is not None:
        refuse_merged(parent)
        refuse_cycle(locked, parent)
    left = locked.parent_id
    before = {"parent": str(left or "")}
    locked.parent, locked.updated_at = parent, as_of
    locked.save(update_fields=["parent", "updated_at"])
    after = {"parent": str(parent.pk) if parent else ""}
    audit.record("account.moved_below", target=locked, by=by, at=as_of, before=before, after=after)
    note_changed(moved_family(locked, left), as_of=as_of)
    return locked


def moved_family(account: Account, left: UUID | None = None) -> list[UUID]:
    """Whose facts change where an account moves: its own, those of the parent it comes to, and of the one it `left`."""
    return [pk for pk in (account.pk, account.parent_id, left) if pk is not None]


def refuse_cycle(account: Account, parent: Account) -> None:
    """Raise ParentCycle when the account would stand below itself. The caller holds the tree (`hierarchy.hold_tree`)."""
    if account.pk == parent.pk:
        raise ParentCycle(
            _("%(account)s cannot stand below itself. Choose another parent.") % {"account": account}, field="parent"
        )
    way = hierarchy.path(parent.pk)
    names = [name for _pk, name in way]
    ids = [pk for pk, _name in way]
    if account.pk in ids:
        below = " → ".join(reversed(names[: ids.index(account.pk) + 1]))
        raise ParentCycle(
            _(
                "%(account)s cannot stand below %(parent)s: %(parent)s stands below it (%(path)s). Choose another parent."
            )
            % {"account": account, "parent": parent, "path": below},
            field="parent",
        )
    if len(way) >= hierarchy.DEEPEST:
        raise ParentCycle(
            _("A tree has at most %(levels)s levels. Choose a parent further up.") % {"levels": hierarchy.DEEPEST},
            field="parent",
        )
