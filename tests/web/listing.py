"""Accounts for the list, and the names it shows."""

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests import cast
from tests.accounts import make

TODAY = cast.clock().date()


def named(name: str, *, arr: int = 0, renewal_in: int | None = None, **fields: Any) -> Account:
    account = make.account(name=name, **fields)
    if arr:
        ends_on = TODAY + timedelta(days=renewal_in) if renewal_in is not None else None
        made = make.contract(account, arr=arr, starts_on=date(2026, 1, 1), ends_on=ends_on)
        if ends_on:
            make.renewal(made)
    return account


def listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{reverse('accounts')}?{query}")
    assert answer.status_code == 200
    return [row.name for group in answer.context["groups"] for row in group.rows]
