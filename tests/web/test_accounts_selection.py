"""What is done with the accounts that were ticked in the list: assigned, given a task, taken away as a file."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.services import create_custom_field
from cshub.audit.models import AuditEvent
from cshub.users.models import User
from playbooks.models import Task
from tests import cast
from tests.ingest.files import bring_in
from tests.web.listing import TODAY, named


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def ada(acme: object, client: Client) -> User:
    user = cast.ada()
    client.force_login(user)
    return user


def test_the_selection_is_assigned_and_on_the_trail(ada: User, client: Client) -> None:
    ben = cast.ben()
    chosen = [named("One", owner=ada), named("Two")]
    other = named("Three", owner=ada)
    sent = {"account": [str(each.pk) for each in chosen], "assign-owner": str(ben.pk), "answered": "1"}
    answer = client.post(reverse("accounts_assign"), {**sent, "next": "/accounts/?owner=me"})
    assert answer["Location"] == "/accounts/?owner=me"
    assert set(Account.objects.filter(owner=ben)) == set(chosen)
    other.refresh_from_db()
    assert other.owner == ada


def test_without_scripts_the_bar_leads_to_a_page_that_asks(ada: User, client: Client) -> None:
    account = named("One", owner=ada)
    sent = {"account": str(account.pk), "assign-owner": ""}  # the dialog's field is sent with every button
    answer = client.post(reverse("accounts_assign"), sent)
    assert answer.status_code == 200
    assert f'name="account" value="{account.pk}"' in answer.content.decode()
    account.refresh_from_db()
    assert account.owner == ada


def test_a_task_for_each_of_the_selection(ada: User, client: Client) -> None:
    chosen = [named("One", owner=ada), named("Two", owner=cast.ben())]
    sent = {
        "account": [str(each.pk) for each in chosen],
        "task-title": "Send the recap",
        "task-due_on": TODAY.isoformat(),
        "task-mode": "proactive",
    }
    assert client.post(reverse("accounts_task"), {**sent, "answered": "1"}).status_code == 302
    assert sorted(Task.objects.values_list("account__name", "owner__name")) == [("One", "Ada"), ("Two", "Ben")]
    wrong = client.post(reverse("accounts_task"), {**sent, "answered": "1", "task-title": ""})
    assert wrong.status_code == 422
    assert Task.objects.count() == 2


def test_nothing_selected_is_said(ada: User, client: Client) -> None:
    for name in ("accounts_assign", "accounts_task", "accounts_export"):
        answer = client.post(reverse(name), {"answered": "1"}, follow=True)
        assert "Tick the rows first" in answer.content.decode()


def test_what_is_taken_away_runs_in_no_spreadsheet(ada: User, client: Client) -> None:
    named("=cmd|' /C calc'!A0", arr=1000, renewal_in=10)
    named("Other, with “commas”\nand lines")
    answer = client.get(reverse("accounts_export"))
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert [row["name"] for row in rows] == ["'=cmd|' /C calc'!A0", "Other, with “commas”\nand lines"]
    assert (rows[0]["arr"], rows[0]["currency"]) == ("1000.00", "EUR")
    assert AuditEvent.objects.get(verb="accounts.exported").after == {"accounts": 2}


def test_the_file_holds_the_further_fields_and_can_be_read_back(ada: User, client: Client) -> None:
    for key, kind in (("seats", "number"), ("public", "yes_no"), ("memo", "text")):
        create_custom_field(subject="account", key=key, label=key.title(), kind=kind, by=None, as_of=cast.clock())
    one, two = named("One"), named("Two")
    Account.objects.filter(pk=one.pk).update(attributes={"seats": 12.5, "public": True, "memo": "=1+1"})
    text = client.get(reverse("accounts_export")).content.decode()
    rows = {row["name"]: row for row in csv.DictReader(StringIO(text))}
    assert [rows["One"][f"attributes.{key}"] for key in ("seats", "public", "memo")] == ["12.5", "true", "'=1+1"]
    assert [rows["Two"][f"attributes.{key}"] for key in ("seats", "public", "memo")] == ["", "", ""]
    back = f"external_id,attributes.seats,Public\n{two.external_id},3,true\n"
    assert bring_in(back).updated_count == 1
    assert Account.objects.get(pk=two.pk).attributes == {"seats": 3, "public": True}


def test_the_file_holds_the_filtered_view_or_the_selection(ada: User, client: Client) -> None:
    one = named("One", segment="SMB")
    named("Two")
    for answer in (
        client.get(reverse("accounts_export"), {"segment": "SMB"}),
        client.post(reverse("accounts_export"), {"account": [str(one.pk), "no id"]}),
    ):
        assert [row["name"] for row in csv.DictReader(StringIO(answer.content.decode()))] == ["One"]
