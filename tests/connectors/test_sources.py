"""The database and the mailbox, read from real servers."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.ingest.connectors import services
from accounts.ingest.connectors.models import Connector, SyncRun
from accounts.models import Account, Interaction
from tests import cast
from tests.accounts import make as facts
from tests.connectors.servers import Elsewhere, MailServer, another_database, mail_server
from tests.connectors.test_syncing import read
from tests.database import AS_OF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

QUERY = "SELECT id, name, region, changed_at FROM customers WHERE name LIKE '%o%'"
PLACES = {"external_id": "id", "name": "name", "region": "region"}


@pytest.fixture
def elsewhere(acme, settings) -> Iterator[Elsewhere]:
    with another_database() as there:
        settings.PRIVATE_HOSTS = frozenset({there.host.lower()})
        there.run("CREATE TABLE customers (id int PRIMARY KEY, name text, region text, changed_at timestamptz)")
        there.run(
            "INSERT INTO customers SELECT n, 'Co ' || n, 'north', '2026-11-01T00:00Z' FROM generate_series(1, 5) n"
        )
        yield there


def reading(there: Elsewhere, query: str = QUERY, **options: Any) -> Connector:
    given = {"ordered_by": "changed_at", "key": "id", "page_size": 2, **options}
    return services.create_connector(
        name="Warehouse", adapter="sql", brings="accounts", options=there.options(query, **given), secret=there.password, mapping=PLACES, by=None, as_of=AS_OF,
    )  # fmt: skip


def test_a_query_is_read_in_pages_and_then_only_what_grew(elsewhere):
    connector = reading(elsewhere)
    read()
    connector.refresh_from_db()
    assert connector.last_error == ""
    assert Account.objects.count() == 5
    assert connector.cursor["key"] == ["int", "5"]
    elsewhere.run("INSERT INTO customers VALUES (6, 'Co 6', 'south', '2026-11-02T00:00Z')")
    elsewhere.run("UPDATE customers SET region = 'west', changed_at = '2026-11-03T00:00Z' WHERE id = 2")
    read(AS_OF + timedelta(hours=2))
    latest = SyncRun.objects.latest("started_at")
    assert (latest.added_count, latest.updated_count, latest.unchanged_count) == (
        1,
        1,
        4,
    )  # the last minutes are read again
    assert Account.objects.get(external_id="2").region == "west"


def test_what_was_committed_late_is_not_lost(elsewhere):
    reading(elsewhere)
    read()
    elsewhere.run("INSERT INTO customers VALUES (7, 'Co 7', 'late', '2026-10-31T23:58Z')")
    read(AS_OF + timedelta(hours=2))
    assert Account.objects.filter(external_id="7").exists()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT pg_sleep(0), nothing FROM customers", "nothing"),
        ("WITH gone AS (DELETE FROM customers RETURNING *) SELECT * FROM gone", "must be at the top level"),
        ("SELECT id, name FROM customers", "changed_at"),
    ],
)
def test_a_query_that_cannot_be_read_is_said(elsewhere, query, said):
    connector = reading(elsewhere, query)
    read()
    connector.refresh_from_db()
    assert said in connector.last_error
    assert Account.objects.count() == 0


def test_nothing_can_be_written_there_even_by_a_function(elsewhere):
    elsewhere.run("CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM customers RETURNING 1'")
    connector = reading(elsewhere, "SELECT spoil() AS id, 'x' AS name", ordered_by="", key="")
    read()
    connector.refresh_from_db()
    assert "wants to write" in connector.last_error


@pytest.mark.parametrize(
    ("query", "field"), [("SELECT 1; DELETE FROM x", "query"), ("DELETE FROM x", "query"), ("SELECT 1", "key")]
)
def test_a_query_that_is_no_single_select_is_refused(acme, query, field):
    nowhere = Elsewhere("crm", "reader", "x", "db.example.com", 5432)
    with pytest.raises(services.CannotConnect) as refusal:
        reading(nowhere, query, **({"key": ""} if field == "key" else {}))
    assert refusal.value.field == field


def test_our_own_database_is_not_reached_through_a_connector(elsewhere, settings):
    settings.PRIVATE_HOSTS = frozenset()
    connector = reading(elsewhere)
    read()
    connector.refresh_from_db()
    assert "inside this network" in connector.last_error


@pytest.fixture(scope="module")
def running_mail_server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def mailbox(acme, running_mail_server: MailServer, settings) -> MailServer:
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    return running_mail_server


def mail(sender: str, to: str, subject: str, text: str, *, key: str, more: str = "") -> str:
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{key}@mail.example>\n"
        f"Date: Fri, 20 Nov 2026 10:00:00 +0100\nMIME-Version: 1.0\n{more or 'Content-Type: text/plain; charset=utf-8'}\n\n{text}\n"
    )


def receiving(server: MailServer, **options: Any) -> Connector:
    return services.create_connector(
        name="Support mailbox", adapter="mailbox", options=server.options(**options), secret=server.password, by=None, as_of=AS_OF,
    )  # fmt: skip


@pytest.mark.slow
def test_mails_of_known_people_reach_the_timeline(mailbox):
    ada = cast.ada()
    northwind = facts.account(external_id="northwind", domain="northwind.example")
    contoso = facts.account(external_id="contoso")
    maria = facts.contact(of=contoso, name="Maria", email="Maria@contoso.example", external_id="maria")
    mailbox.put(
        mail(
            "Maria <maria@contoso.example>",
            "support@acme.example",
            "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            "Where is it?",
            key="1",
        )
    )
    mailbox.put(
        mail(
            "someone@northwind.example",
            "support@acme.example",
            "Hello",
            "<p>A <b>word</b><script>x()</script></p>",
            key="2",
            more="Content-Type: text/html",
        )
    )
    mailbox.put(mail(ada.email, "maria@contoso.example", "Your order", "It is on its way.", key="3"))
    mailbox.put(mail("stranger@nowhere.example", "support@acme.example", "Buy this", "Now", key="4"))
    connector = receiving(mailbox)
    read(cast.clock())
    connector.refresh_from_db()
    assert connector.last_error == ""
    run = SyncRun.objects.get()
    assert list(run.problems.values_list("problem", flat=True)) == []
    assert (run.fetched_count, run.added_count, run.passed_over_count, run.rejected_count) == (4, 3, 1, 0)
    first = Interaction.objects.get(external_id="mail:1@mail.example")
    assert (first.account, first.contact, first.subject, first.body) == (contoso, maria, "Grüße", "Where is it?")
    assert (first.channel, first.direction, first.mode) == ("email", "inbound", "reactive")
    html = Interaction.objects.get(external_id="mail:2@mail.example")
    assert (html.account, html.contact, html.body) == (northwind, None, "A word")
    sent = Interaction.objects.get(external_id="mail:3@mail.example")
    assert (sent.direction, sent.mode, sent.user, sent.contact) == ("outbound", "proactive", ada, maria)

    mailbox.put(
        mail(
            "maria@contoso.example",
            "support@acme.example",
            "Thanks",
            "Found it.",
            key="5",
            more="In-Reply-To: <3@mail.example>",
        )
    )
    read(cast.clock() + timedelta(hours=2))
    latest = SyncRun.objects.latest("started_at")
    assert (latest.fetched_count, latest.added_count) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"), [({"user": "nobody"}, "refuses this user"), ({"folder": "No such"}, "no folder “No such”")]
)
def test_a_mailbox_that_cannot_be_read_is_said(mailbox, options, said):
    connector = receiving(mailbox, **options)
    read()
    connector.refresh_from_db()
    assert said in connector.last_error


def test_a_mail_server_that_is_not_there_is_said(acme, settings):
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    connector = receiving(MailServer(1))
    started = time.monotonic()
    read()
    connector.refresh_from_db()
    assert "broke (ConnectionRefusedError)" in connector.last_error
    assert time.monotonic() - started < 10
