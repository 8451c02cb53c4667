"""The book over REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Account, Attachment
from cshub.users.models import User
from tests import cast
from tests.accounts import make

Ask = Callable[..., Any]
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def ada(acme: object) -> User:
    return cast.ada()


def test_accounts_are_merged_and_split(ask: Ask, ada: User) -> None:
    north, west = make.account(external_id="N", name="North"), make.account(external_id="W", name="West")
    make.contract(west, arr=40_000)
    body = {"survivor": str(north.pk), "absorbed": str(west.pk), "reason": "Same company"}
    answer = ask(ada, "POST", "account_merges/", body)
    assert answer.status_code == 201, answer.content
    assert ask(ada, "POST", "account_merges/", body).status_code == 409
    listed = [row["external_id"] for row in ask(ada, "GET", "accounts/").json()["data"]]
    assert listed == ["N"]
    assert [row["external_id"] for row in ask(ada, "GET", "accounts/?status=merged").json()["data"]] == ["W"]
    renamed = ask(ada, "PUT", "accounts/by_external_id/W/", {"name": "North and West"})
    assert (renamed.status_code, renamed.json()["external_id"], renamed.json()["name"]) == (200, "N", "North and West")
    split = ask(ada, "POST", f"account_merges/{answer.json()['id']}/split/", {})
    assert (split.status_code, split.json()["kind"]) == (201, "split")
    assert Account.objects.get(pk=west.pk).revenue.arr == 40_000


def test_a_tree_is_answered_and_filtered_by(ask: Ask, ada: User) -> None:
    top, middle, low = make.account(name="Top"), make.account(name="Middle"), make.account(name="Low")
    for row, parent in ((middle, top), (low, middle)):
        assert ask(ada, "PATCH", f"accounts/{row.pk}/", {"parent": str(parent.pk)}).status_code == 200
    cycle = ask(ada, "PATCH", f"accounts/{top.pk}/", {"parent": str(low.pk)})
    assert (cycle.status_code, cycle.json()["errors"][0]["code"]) == (409, "parent_cycle")
    assert "Top → Middle → Low" in cycle.json()["errors"][0]["detail"]
    make.contract(low, arr=10)
    tree = ask(ada, "GET", f"accounts/{middle.pk}/tree/").json()
    assert (tree["account_count"], tree["arr"], tree["above"]) == (
        2, [{"currency": "EUR", "amount": "10.00"}], [str(top.pk)]
    )  # fmt: skip
    below = ask(ada, "GET", f"accounts/?ancestor={middle.pk}").json()["data"]
    assert [row["name"] for row in below] == ["Low", "Middle"]


def test_stages_are_moved_by_posting_a_change(ask: Ask, ada: User) -> None:
    north = make.account()
    moved = ask(ada, "POST", "stage_changes/", {"account": str(north.pk), "to_stage": "onboarding"})
    assert (moved.status_code, moved.json()["from_stage"]) == (201, "")
    odd = ask(ada, "POST", "stage_changes/", {"account": str(north.pk), "to_stage": "renewal"})
    assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (409, "/reason")
    assert len(ask(ada, "GET", "accounts/?stage=onboarding").json()["data"]) == 1


def test_people_have_roles_consents_and_hours(ask: Ask, ada: User) -> None:
    person = ask(ada, "POST", "contacts/", {"account": str(make.account().pk), "name": "Marek"}).json()
    ask(ada, "PATCH", f"contacts/{person['id']}/", {"role": "champion"})
    roles = ask(ada, "GET", f"role_changes/?contact={person['id']}").json()["data"]
    assert {row["to_role"] for row in roles} == {"user", "champion"}
    given = {"contact": person["id"], "channel": "email", "state": "granted", "source": "Order form"}
    assert ask(ada, "POST", "consents/", given).status_code == 201
    assert ask(ada, "POST", "consents/", given | {"channel": "pigeon"}).status_code == 400
    hours = {"windows": [{"weekday": 0, "starts_at": "09:00", "ends_at": "12:00"}]}
    assert ask(ada, "POST", f"contacts/{person['id']}/windows/", hours).status_code == 201
    assert len(ask(ada, "GET", f"contact_windows/?contact={person['id']}").json()["data"]) == 1


def test_own_fields_are_typed_filtered_and_deleted_by_null(ask: Ask, ada: User) -> None:
    grace = cast.grace()
    field = {"subject": "account", "key": "seats", "label": "Seats", "kind": "number"}
    assert ask(ada, "POST", "custom_fields/", field).status_code == 403
    made = ask(grace, "POST", "custom_fields/", field).json()
    ask(grace, "POST", "custom_fields/", {**field, "key": "tier", "kind": "choice", "choices": ["Gold", "Silver"]})
    small, large = make.account(name="Small"), make.account(name="Large")
    assert ask(ada, "PATCH", f"accounts/{small.pk}/", {"attributes": {"seats": 5, "tier": "Gold"}}).status_code == 200
    ask(ada, "PATCH", f"accounts/{large.pk}/", {"attributes": {"seats": 50, "tier": "Gold"}})
    bad = ask(ada, "PATCH", f"accounts/{large.pk}/", {"attributes": {"seats": "many"}})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/attributes")

    def found(query: str) -> list[str]:
        return [row["name"] for row in ask(ada, "GET", f"accounts/?{query}").json()["data"]]

    assert found("attribute=seats:5") == ["Small"]
    assert found("attribute__gte=seats:6") == ["Large"]
    assert found("attribute=tier:Gold") == ["Large", "Small"]
    assert ask(ada, "GET", "accounts/?attribute=name:x").status_code == 400
    assert ask(ada, "GET", "accounts/?attribute=seats:many").status_code == 400
    described = ask(ada, "GET", "schema/?format=json").json()["components"]["schemas"]
    for name in ("Account", "AccountRequest", "PatchedAccountRequest", "AccountsRowRequest"):
        properties = described[name]["properties"]["attributes"]["properties"]
        assert properties["seats"] == {"title": "Seats", "type": ["number", "null"]}
        assert properties["tier"]["enum"] == ["Gold", "Silver", None]
    assert "properties" not in described["Contact"]["properties"]["attributes"]
    kept = ask(ada, "PATCH", f"accounts/{small.pk}/", {"attributes": {"tier": None}}).json()
    assert kept["attributes"] == {"seats": 5}
    changed = ask(grace, "PATCH", f"custom_fields/{made['id']}/", {"label": "Licenses", "is_archived": True}).json()
    assert (changed["version"], changed["is_archived"]) == (2, True)


def test_contracts_keep_fields_too(ask: Ask, ada: User) -> None:
    ask(cast.grace(), "POST", "custom_fields/", {"subject": "contract", "key": "po", "label": "PO", "kind": "text"})
    path = f"contracts/{make.contract().pk}/attributes/"
    assert ask(ada, "POST", path, {"attributes": {"po": "4711"}}).json()["attributes"] == {"po": "4711"}
    assert ask(ada, "POST", path, {"attributes": {"po": 4711}}).status_code == 400
    assert ask(ada, "POST", path, {"attributes": {"po": None}}).json()["attributes"] == {}


def test_files_are_sent_fetched_and_deleted(client: Client, ada: User, ask: Ask) -> None:
    north = make.account()
    client.force_login(ada)
    body = {"account": str(north.pk), "file": SimpleUploadedFile("Plan.pdf", PDF)}
    made = client.post("/api/v1/attachments/", body)
    assert made.status_code == 201, made.content
    kept = Attachment.objects.get()
    answer = client.get(f"/api/v1/attachments/{kept.pk}/content/")
    assert b"".join(answer) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    lie = client.post("/api/v1/attachments/", {"account": str(north.pk), "file": SimpleUploadedFile("a.pdf", b"<svg>")})
    assert lie.status_code == 409, lie.content
    assert lie.json()["errors"][0]["code"] == "unusable_file"
    assert ask(ada, "DELETE", f"attachments/{kept.pk}/").status_code == 204
    assert client.get(f"/api/v1/attachments/{kept.pk}/content/").status_code == 404
