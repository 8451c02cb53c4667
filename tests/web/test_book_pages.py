"""Pages of the book: people, stages, groups, merges, further fields, files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Account, Attachment, Contact, CustomField
from cshub.l10n import formats
from cshub.users.models import User
from health.segments.services import create_segment
from tests import cast
from tests.accounts import make

NOW = cast.clock()


@pytest.fixture
def ada(acme: object, client: Client) -> User:
    user = cast.ada()
    client.force_login(user)
    return user


@pytest.fixture
def north(ada: User) -> Account:
    return services.record_account(external_id="N", name="North", owner=ada, by=ada, as_of=NOW)


def post(client: Client, url_name: str, *args: Any, **data: Any) -> Any:
    return client.post(reverse(url_name, args=args), data)


def shown(client: Client, name: str, *args: Any, query: str = "") -> str:
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_person_is_added_changed_and_marked_as_left(client: Client, north: Account) -> None:
    assert post(client, "contact_create", north.pk, name="Marek Lis", role="champion").status_code == 302
    marek = Contact.objects.get()
    post(client, "contact_consent", marek.pk, channel="email", state="granted", source="Order form")
    post(client, "contact_windows", marek.pk, from_0="09:00", to_0="12:00")
    text = shown(client, "contact", marek.pk)
    for fact in ("Marek Lis", "North", "Champion", "Granted", "Order form", "09:00–12:00", "Monday"):
        assert fact in text
    assert post(client, "contact_windows", marek.pk, from_0="09:00").status_code == 422
    assert post(client, "contact_left", marek.pk, left_on="2026-11-20").status_code == 302
    assert "Marek Lis left (Champion)" in shown(client, "account", north.pk)
    assert "Marek Lis" not in shown(client, "contacts")
    assert "Marek Lis" in shown(client, "contacts", query="?state=left&q=lis&role=champion")
    assert shown(client, "contacts", query="?state=x&role=y&after=z&account=q")


def test_stages_are_changed_with_a_reason_where_it_is_needed(client: Client, north: Account) -> None:
    assert post(client, "account_stage", north.pk, to_stage="onboarding").status_code == 302
    odd = post(client, "account_stage", north.pk, to_stage="growth")
    assert odd.status_code == 422
    assert "Say why" in odd.content.decode()
    assert "Stage: Onboarding" in shown(client, "account", north.pk)
    assert "North" in shown(client, "accounts", query="?stage=onboarding")
    assert "North" not in shown(client, "accounts", query="?stage=growth")


def test_an_account_is_merged_and_split_on_its_page(client: Client, north: Account) -> None:
    west = make.account(external_id="W", name="West")
    make.interaction(west, subject="Call at West", occurred_at=NOW)
    assert post(client, "account_merge", north.pk, account="?").status_code == 422
    assert post(client, "account_merge", north.pk, account="W").status_code == 302
    assert client.get(reverse("account", args=[west.pk])).headers["Location"] == reverse("account", args=[north.pk])
    text = shown(client, "account", north.pk)
    assert "Call at West" in text
    assert "West was merged into this account" in text
    assert "West" not in shown(client, "accounts")
    merge = north.merges.get()
    early = post(client, "account_split", north.pk, merge.pk, occurred_on="2020-01-01")
    assert (early.status_code, f"merged on {formats.date(merge.occurred_on)}" in early.content.decode()) == (422, True)
    split = post(client, "account_split", north.pk, merge.pk)
    assert split.status_code == 302, split.content.decode()
    assert "West" in shown(client, "accounts")


def test_a_loop_is_refused_on_the_page(client: Client, north: Account) -> None:
    child = make.account(external_id="C", name="Child", parent=north)
    answer = post(client, "account_parent", north.pk, account="C")
    assert answer.status_code == 422
    assert "North → Child" in answer.content.decode()
    assert "Child" in shown(client, "account", north.pk)
    assert post(client, "account_parent", child.pk, account="").status_code == 302


@pytest.mark.parametrize("page", ["account_parent", "account_merge"])
def test_an_account_and_itself_are_refused_at_the_field(client: Client, north: Account, page: str) -> None:
    answer = post(client, page, north.pk, account="N")
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "itself. Choose another" in said
    assert "id_account_error" in said


def test_fields_are_made_by_managers_and_filled_in_by_everybody(client: Client, north: Account) -> None:
    assert client.get(reverse("settings_fields")).status_code == 403
    client.force_login(cast.grace())
    Account.objects.filter(pk=north.pk).update(attributes={"seats": 5})
    assert "Make a field" in shown(client, "settings_fields")
    made = post(client, "settings_fields", subject="account", key="seats", label="Seats", kind="number")
    assert made.status_code == 302
    post(client, "settings_fields", subject="account", key="live", label="Live", kind="yes_no")
    assert post(client, "settings_fields", subject="account", key="seats", label="x", kind="text").status_code == 422
    seats, live = CustomField.objects.order_by("key").reverse()
    typed = {f"field_{seats.pk.hex}": "12", f"field_{live.pk.hex}": "true"}
    assert client.post(reverse("account_fields", args=[north.pk]), typed).status_code == 302
    assert Account.objects.get(pk=north.pk).attributes == {"seats": 12, "live": True}
    name = f"field_{seats.pk.hex}"
    assert "North" in shown(client, "accounts", query=f"?{name}_gte=12&field_{live.pk.hex}=true")
    assert "North" not in shown(client, "accounts", query=f"?{name}_gte=13")
    assert "North" not in shown(client, "accounts", query=f"?field_{live.pk.hex}=false")
    client.post(reverse("account_fields", args=[north.pk]), {name: ""})
    assert Account.objects.get(pk=north.pk).attributes == {}
    assert post(client, "settings_field", seats.pk, label="Licenses").status_code == 302
    assert post(client, "settings_field_archive", seats.pk).status_code == 302
    assert "archived" in shown(client, "settings_fields")


def test_what_a_field_holds_is_shown_whole_and_as_the_reader_writes_it(client: Client, north: Account) -> None:
    for key, kind in (("seats", "number"), ("live", "date"), ("public", "yes_no")):
        services.create_custom_field(subject="account", key=key, label=key, kind=kind, by=None, as_of=cast.clock())
    held = {"seats": 12.5, "live": "2027-01-31", "public": False, "other": 0.25}
    Account.objects.filter(pk=north.pk).update(attributes=held)
    page = shown(client, "account", north.pk)
    assert all(f"<dd><bdi>{text}</bdi></dd>" in page for text in ("12.5", "31 Jan 2027", "No", "0.25"))
    Account.objects.filter(pk=north.pk).update(attributes={**held, "seats": 12})
    assert "<dd><bdi>12</bdi></dd>" in shown(client, "account", north.pk)


def test_archiving_a_field_tells_what_is_built_on_it(client: Client, north: Account) -> None:
    tier = services.create_custom_field(
        subject="account", key="tier", label="Tier", kind="choice", choices=["Gold"], by=None, as_of=cast.clock()
    )
    rule = {"all": [{"field": "custom:tier", "op": "is", "value": "Gold"}]}
    create_segment(name="Gold ones", definition=rule, by=None, as_of=cast.clock())
    client.force_login(cast.grace())
    told = client.post(reverse("settings_field_archive", args=[tier.pk]), follow=True).content.decode()
    assert "Still built on “Tier”: Gold ones." in told
    assert (
        "Still built on"
        not in client.post(reverse("settings_field_archive", args=[tier.pk]), follow=True).content.decode()
    )


def test_hours_that_end_before_they_begin_are_refused_at_their_field(client: Client, north: Account) -> None:
    person = services.record_contact(account=north, name="Pia", by=None, as_of=cast.clock())
    answer = post(client, "contact_windows", person.pk, from_0="09:00", to_0="08:00")
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "The hours end before they begin" in said
    assert "id_to_0_error" in said


def test_files_are_kept_saved_and_removed(client: Client, north: Account) -> None:
    refused = post(client, "account_file", north.pk, file=SimpleUploadedFile("x.svg", b"<svg/>"))
    assert refused.status_code == 422
    assert post(client, "account_file", north.pk, file=SimpleUploadedFile("a.txt", b"Minutes")).status_code == 302
    kept = Attachment.objects.get()
    assert "a.txt" in shown(client, "account", north.pk)
    answer = client.get(reverse("attachment", args=[kept.pk]))
    assert b"".join(answer) == b"Minutes"
    assert answer["Content-Disposition"] == 'attachment; filename="a.txt"'
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff", "sandbox; default-src 'none'"
    )  # fmt: skip
    assert post(client, "attachment_removal", kept.pk).status_code == 302
    assert client.get(reverse("attachment", args=[kept.pk])).status_code == 404


def test_nothing_of_another_tenant_is_shown(client: Client, north: Account, inside: Any) -> None:
    with inside("globex"):
        stranger = make.contact(make.account(name="Theirs"))
    assert client.get(reverse("contact", args=[stranger.pk])).status_code == 404
    assert "Theirs" not in shown(client, "contacts")
