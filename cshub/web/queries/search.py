"""Accounts whose name or ID somebody begins to type."""

from uuid import UUID

from django.db.models import Q

from accounts.models import Account
from cshub.users.models import User

MOST = 10
COLUMNS = ("pk", "name", "external_id")


def accounts_named(words: str, *, user: User) -> list[tuple[UUID, str, str]]:
    """(id, name, external id) of up to ten: those that begin with the words first, then those that hold them. Two queries."""
    accounts = Account.objects.visible_to(user)
    begins = Q(name__istartswith=words) | Q(external_id__istartswith=words)
    found = list(accounts.filter(begins).order_by("name", "pk").values_list(*COLUMNS)[:MOST])
    if len(found) < MOST:
        holds = Q(name__icontains=words) | Q(external_id__icontains=words)
        found += (
            accounts.filter(holds).exclude(begins).order_by("name", "pk").values_list(*COLUMNS)[: MOST - len(found)]
        )
    return found
