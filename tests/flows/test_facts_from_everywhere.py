"""One customer whose facts come in by file, over the API, as events and through a connector: they meet on its page, and what fell silent is named."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.ingest import tasks as imports
from accounts.ingest.connectors import services as connectors
from accounts.ingest.events import services as events
from accounts.ingest.models import ImportBatch
from accounts.models import Account
from cshub.tenancy.models import Tenant
from tests import cast
from tests.connectors import make as sources
from tests.connectors.servers import WebService, serving
from tests.events.sending import batch, group, source, track
from tests.events.test_endpoint import post
from tests.flows.pages import form_on, sign_in, text_of

NOW = cast.clock()
DAY = timedelta(days=1)


@pytest.fixture
def desk(settings: Any) -> Any:
    """A help desk that answers over HTTP with the tickets of one customer."""
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    opened = (NOW - 40 * DAY).isoformat()
    rows = [{"id": "T-7", "customer": "n-1", "title": "Export fails", "opened": opened, "changed": opened}]
    with serving(WebService(rows)) as service:
        yield service


def test_facts_come_from_everywhere_and_meet_on_one_page(acme: Tenant, desk: WebService) -> None:
    cache.clear()
    ada = cast.ada()
    browser, program = sign_in(ada), Client(headers={"host": "acme.testserver"})
    bring_accounts_by_file(browser)
    send_rows_over_the_api(program, ada)
    send_events(program)
    read_the_help_desk(desk)
    account = Account.objects.get(external_id="n-1")
    page = text_of(browser.get(reverse("account", args=[account.pk])))
    for fact in ("Northwind", "Nora Vik", "NPS: 9 of 10", "Export fails", "Report opened", "last used"):
        assert fact in page, fact
    narrowed = browser.get(reverse("account", args=[account.pk]), {"kind": "ticket"}).context["entries"]
    assert [entry.title for entry in narrowed] == ["Export fails"]
    its_events_are_found(browser)
    every_way_in_is_told(browser)
    what_falls_silent_is_named(browser, account)


def bring_accounts_by_file(browser: Client) -> None:
    """The account itself, from a CSV file through the wizard."""
    file = SimpleUploadedFile("accounts.csv", b"external_id,name,segment\nn-1,Northwind,Enterprise\n")
    browser.post(reverse("imports"), {"kind": "accounts", "file": file})
    made = ImportBatch.objects.get()
    match = reverse("import_match", args=[made.pk])
    browser.post(match, form_on(browser.get(match), with_field="column_0"))
    imports.follow_order(batch_id=str(made.pk))
    browser.post(reverse("import_start", args=[made.pk]))
    imports.follow_order(batch_id=str(made.pk))


def send_rows_over_the_api(program: Client, ada: Any) -> None:
    """A person there and what they answered, as rows of a batch."""
    rows = {
        "contacts": [{"external_id": "p-1", "account": "n-1", "name": "Nora Vik", "email": "nora@northwind.example"}],
        "survey_responses": [
            {"external_id": "s-1", "account": "n-1", "kind": "nps", "score": 9, "occurred_at": (NOW - DAY).isoformat()}
        ],
    }
    for resource, given in rows.items():
        answer = program.post(
            f"/api/v1/{resource}/batch/",
            json.dumps(given),
            content_type="application/json",
            headers=cast.ivy("read", "write", of=ada),
        )
        assert answer.status_code == 200, answer.content
        assert [row["status"] for row in answer.json()["data"]] == ["added"]


def send_events(program: Client) -> None:
    """What somebody there did in the product, by the tracking protocol."""
    _source, key = source(name="Web app")
    at = NOW - timedelta(minutes=5)
    body = batch(group("u-1", "n-1", at=at), track("u-1", "Report opened", at=at), sent_at=NOW)
    assert post(program, body, key=key).status_code == 200
    assert events.fold_waiting(clock=cast.clock).rejected == 0


def its_events_are_found(browser: Client) -> None:
    """The events of the account alone, from its page."""
    found = browser.get(reverse("events"), {"account": "n-1"}).context["arrivals"]
    assert [each.name for each in found] == ["Report opened"]
    assert text_of(browser.get(reverse("events"), {"account": "nobody"})).count("There is no account with this") == 1


def read_the_help_desk(desk: WebService) -> None:
    """Tickets, through a connector that reads a web service."""
    mapping = {"external_id": "id", "account": "customer", "subject": "title", "opened_at": "opened"}
    sources.rest(desk, name="Help desk", brings="tickets", mapping=mapping)
    connectors.sync_due(clock=cast.clock)


def every_way_in_is_told(browser: Client) -> None:
    """The page of data quality names each source beside the facts it brings."""
    kinds = {kind.kind: (kind, ways) for kind, ways in browser.get(reverse("data_quality")).context["kinds"]}
    told = {(kind, way.way) for kind, (_fresh, ways) in kinds.items() for way in ways if way.last_at}
    assert {
        ("accounts", "file"),
        ("contacts", "api"),
        ("surveys", "api"),
        ("usage", "events"),
        ("tickets", "connector"),
    } <= told
    assert {kinds[kind][0].state for kind in ("accounts", "contacts", "surveys", "usage", "tickets")} == {"fresh"}
    assert kinds["orders"][0].state == "never"


def what_falls_silent_is_named(browser: Client, account: Account) -> None:
    """A month on nothing new was used: the page says until when its usage is told."""
    account.usage.update(day=(NOW - 30 * DAY).date())
    cache.clear()
    page = text_of(browser.get(reverse("account", args=[account.pk])))
    day = NOW - 30 * DAY
    assert "Figures here stand on facts that are out of date" in page
    assert f"<b>Usage</b> (as of {day.day} {day:%b} {day:%Y})" in page
