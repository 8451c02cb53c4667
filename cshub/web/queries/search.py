"""Accounts whose name or ID somebody begins to type."""

from uuid import UUID

from accounts.models import Account
from accounts.querysets import AccountQuerySet
from cshub.users.models import User

MOST = 10
COLUMNS = ("pk", "name", "external_id")


def accounts_named(words: str, *, user: User) -> list[tuple[UUID, str, str]]:
    """(id, name, external id) of up to ten: names that begin with the words first, then names and IDs that hold them. At most two queries."""
    accounts = Account.objects.visible_to(user)
    found = _first(accounts.beginning_with(words), MOST)
    if len(found) < MOST:
        others = accounts.holding(words).exclude(pk__in=[pk for pk, _name, _external_id in found])
        found += _first(others, MOST - len(found))
    return found


def _first(accounts: AccountQuerySet, count: int) -> list[tuple[UUID, str, str]]:
    return list(accounts.order_by("folded", "pk").values_list(*COLUMNS)[:count])
