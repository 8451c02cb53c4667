"""Deciding a renewal on its page: renewed, renewed at another amount or lost, once, by those who work with customers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Renewal, RenewalDecision
from cshub.users.models import User
from tests import cast
from tests.accounts import make
from tests.playbooks import make as work

TODAY = cast.clock().date()


@pytest.fixture
def ada(acme: object, client: Client) -> User:
    user = cast.ada()
    client.force_login(user)
    return user


@pytest.fixture
def due(ada: User) -> Renewal:
    """Northwind's renewal, due since yesterday and not decided."""
    northwind = make.account(name="Northwind", owner=ada)
    ends_on = TODAY - timedelta(days=1)
    return make.renewal(make.contract(northwind, arr=12_000, ends_on=ends_on, starts_on=ends_on - timedelta(days=365)))


def page_of(renewal: Renewal) -> str:
    return reverse("renewal_decision", args=[renewal.account_id, renewal.pk])


def decide(client: Client, renewal: Renewal, **said: Any) -> Any:
    return client.post(page_of(renewal), {"decided_on": TODAY, **said})


@pytest.mark.parametrize(
    ("said", "decision", "amount", "status"),
    [
        ({"ended": "renewed"}, "renewed", "12000.00", "active"),
        ({"ended": "changed", "arr_renewed": "9,500.50"}, "renewed", "9500.50", "active"),
        ({"ended": "churned"}, "churned", "0.00", "churned"),
    ],
)
def test_a_renewal_is_decided_and_revenue_follows(
    client: Client, due: Renewal, said: dict[str, str], decision: str, amount: str, status: str
) -> None:
    answer = decide(client, due, **said)
    assert answer["Location"] == reverse("account", args=[due.account_id])
    written = RenewalDecision.objects.get()
    assert (written.decision, written.arr_renewed, written.decided_on) == (decision, Decimal(amount), TODAY)
    account = Account.objects.select_related("revenue").get()
    assert (account.status, account.revenue.arr) == (status, Decimal(amount))
    assert "The renewal is decided." in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "This field is required."),
        ({"ended": "changed"}, "Say for how much a year it was renewed."),
        ({"ended": "changed", "arr_renewed": "0"}, "Renewed for nothing is lost."),
        ({"ended": "churned", "arr_renewed": "5"}, "Leave this empty, or choose renewed at another amount."),
        ({"ended": "renewed", "decided_on": TODAY + timedelta(days=2)}, "This day is still to come."),
        ({"ended": "maybe"}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field_and_decides_nothing(
    client: Client, due: Renewal, said: dict[str, Any], sentence: str
) -> None:
    answer = decide(client, due, **said)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not RenewalDecision.objects.exists()


def test_a_decision_is_written_once_and_then_told(client: Client, due: Renewal) -> None:
    decide(client, due, ended="renewed")
    assert decide(client, due, ended="churned").status_code == 409
    assert RenewalDecision.objects.get().decision == "renewed"
    told = client.get(page_of(due)).content.decode()
    assert "A decision is not changed." in told
    assert "Write the decision" not in told


def test_the_account_and_the_inbox_lead_there_until_it_is_decided(client: Client, ada: User, due: Renewal) -> None:
    task = work.task(due.account, owner=ada, due_on=TODAY)
    pages = [reverse("account", args=[due.account_id]), f"{reverse('inbox')}?item={task.pk}"]
    for path in pages:
        text = client.get(path).content.decode()
        assert page_of(due) in text, path
        assert "Renewal was due on" in text, path
    back = client.post(page_of(due), {"ended": "renewed", "decided_on": TODAY, "next": pages[1]})
    assert back["Location"] == pages[1]
    assert not any(page_of(due) in client.get(path).content.decode() for path in pages)


def test_finance_reads_and_does_not_decide(client: Client, due: Renewal) -> None:
    client.force_login(cast.finn())
    assert client.get(page_of(due)).status_code == 403
    assert decide(client, due, ended="renewed").status_code == 403
    assert page_of(due) not in client.get(reverse("account", args=[due.account_id])).content.decode()
    assert not RenewalDecision.objects.exists()


def test_the_renewal_of_another_account_is_not_found(client: Client, due: Renewal) -> None:
    other = make.account(name="Globex")
    assert client.get(reverse("renewal_decision", args=[other.pk, due.pk])).status_code == 404
