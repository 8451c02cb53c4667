"""What the pages across apps read from a request."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import Account
from accounts.querysets import AccountQuerySet
from cshub.db.reading import read
from cshub.users.models import User
from cshub.web.sql.account_book import ACCOUNT

MOST_SELECTED = 200


def me(request: HttpRequest) -> User:
    """Who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def visible_account(request: HttpRequest, pk: UUID) -> Account:
    """The account with its owner, parent and revenue, or 404: missing and forbidden look the same.

    Whom it is visible to is what AccountQuerySet.visible_to says: everybody who may sign in.
    """
    found = read(Account, ACCOUNT, {"account": pk}) if me(request).is_active else []
    if not found:
        raise Http404
    return found[0]


def selected_accounts(request: HttpRequest) -> AccountQuerySet:
    """The rows that were ticked; what is no ID is passed over."""
    ids = [as_id(text) for text in request.POST.getlist("account")[:MOST_SELECTED]]
    return Account.objects.visible_to(me(request)).filter(pk__in=[pk for pk in ids if pk])


def as_id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def way_back(request: HttpRequest, usual: str) -> str:
    """Where to go afterwards: `next` when it stays on this host."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else usual
