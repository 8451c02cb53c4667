"""What leaves the house leaves once, and nothing that may have left is sent again."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from cshub.tenancy.models import Tenant
from cshub.work.mail import clean_header, compose, message_id
from cshub.work.models import OutboxEntry, OutboxState
from cshub.work.services import LEASE, MOST_ATTEMPTS, deliver_due, put
from tests.database import AS_OF, owner

MAIL = {"to": ["ada@acme.example"], "subject": "Renewal", "text": "Hello"}


class FakeServer(BaseEmailBackend):
    """A mail server that does what a test says, and counts what it took."""

    refuse_connection: ClassVar[Exception | None] = None
    after_taking: ClassVar[Exception | None] = None
    before_taking: ClassVar[Exception | None] = None
    taken: ClassVar[list[Any]] = []

    def open(self) -> None:
        if self.refuse_connection:
            raise self.refuse_connection

    def send_messages(self, email_messages: Any) -> int:
        if self.before_taking:
            raise self.before_taking
        self.taken.extend(message.message() for message in email_messages)
        if self.after_taking:
            raise self.after_taking
        return len(email_messages)


@pytest.fixture
def server(settings: Any) -> Iterator[type[FakeServer]]:
    settings.EMAIL_BACKEND = "tests.work.test_outbox.FakeServer"
    FakeServer.taken.clear()
    yield FakeServer
    FakeServer.refuse_connection = FakeServer.after_taking = FakeServer.before_taking = None


def queue(key: str = "k1", **payload: Any) -> OutboxEntry:
    return put("mail", key=key, payload={**MAIL, **payload}, due_at=AS_OF)


def test_a_mail_is_sent_once_however_often_it_is_put(acme: Tenant, server: type[FakeServer]) -> None:
    assert queue() == queue(text="again")
    deliver_due(as_of=AS_OF)
    deliver_due(as_of=AS_OF)
    assert len(server.taken) == 1
    assert OutboxEntry.objects.get().state == OutboxState.SENT


def test_a_mail_waits_until_it_is_due(acme: Tenant, server: type[FakeServer]) -> None:
    put("mail", key="later", payload=MAIL, due_at=AS_OF + timedelta(hours=1))
    assert deliver_due(as_of=AS_OF).sent == 0
    assert deliver_due(as_of=AS_OF + timedelta(hours=1)).sent == 1


def test_what_is_rolled_back_is_never_sent(acme: Tenant, server: type[FakeServer]) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert deliver_due(as_of=AS_OF).sent == 0


def test_an_unknown_kind_is_refused_where_it_is_put(acme: Tenant) -> None:
    with pytest.raises(KeyError):
        put("pigeon", key="k", payload={}, due_at=AS_OF)


def test_the_claim_is_committed_before_anything_leaves(
    committed_acme: Tenant, server: type[FakeServer], monkeypatch: Any
) -> None:
    queue()
    seen: list[Any] = []

    def look_from_outside(self: Any, messages: Any) -> int:
        with owner() as database:
            seen.extend(database.execute("select state, attempts from acme.work_outboxentry").fetchall())
        return 1

    monkeypatch.setattr(FakeServer, "send_messages", look_from_outside)
    deliver_due(as_of=AS_OF)
    assert seen == [("sending", 1)]


def test_it_cannot_run_inside_another_transaction(committed_acme: Tenant, server: type[FakeServer]) -> None:
    queue()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver_due(as_of=AS_OF)


def test_a_refused_connection_is_tried_again_later(acme: Tenant, server: type[FakeServer]) -> None:
    queue()
    server.refuse_connection = ConnectionRefusedError("no")
    assert deliver_due(as_of=AS_OF).queued == 1
    entry = OutboxEntry.objects.get()
    assert (entry.state, entry.due_at, entry.last_error) == (
        "queued",
        AS_OF + timedelta(minutes=1),
        "ConnectionRefusedError: no",
    )
    server.refuse_connection = None
    assert deliver_due(as_of=AS_OF).sent == 0
    assert deliver_due(as_of=AS_OF + timedelta(minutes=1)).sent == 1


def test_a_busy_server_is_asked_again_and_a_refusing_one_is_not(acme: Tenant, server: type[FakeServer]) -> None:
    queue("busy")
    server.before_taking = smtplib.SMTPDataError(451, b"busy")
    assert deliver_due(as_of=AS_OF).queued == 1
    queue("refused")
    server.before_taking = smtplib.SMTPRecipientsRefused({"a": (550, b"unknown")})
    assert deliver_due(as_of=AS_OF).failed == 1


def test_after_eight_attempts_it_has_failed(acme: Tenant, server: type[FakeServer]) -> None:
    queue()
    server.refuse_connection = OSError("no route")
    moment = AS_OF
    for _ in range(MOST_ATTEMPTS):
        deliver_due(as_of=moment)
        moment = OutboxEntry.objects.get().due_at
    entry = OutboxEntry.objects.get()
    assert (entry.state, entry.attempts) == ("failed", MOST_ATTEMPTS)


@pytest.mark.parametrize("broken", [TimeoutError(), smtplib.SMTPServerDisconnected(), OSError("reset")])
def test_what_may_have_left_is_never_sent_again(acme: Tenant, server: type[FakeServer], broken: Exception) -> None:
    queue()
    server.after_taking = broken
    assert deliver_due(as_of=AS_OF).unknown == 1
    server.after_taking = None
    deliver_due(as_of=AS_OF + timedelta(days=30))
    assert len(server.taken) == 1
    assert OutboxEntry.objects.get().state == OutboxState.UNKNOWN


def test_a_sender_that_never_came_back_leaves_it_unknown(
    acme: Tenant, server: type[FakeServer], monkeypatch: Any
) -> None:
    class Killed(BaseException):
        pass

    queue()
    server.after_taking = Killed()  # type: ignore[assignment]
    with pytest.raises(Killed):
        deliver_due(as_of=AS_OF)
    server.after_taking = None
    assert OutboxEntry.objects.get().state == OutboxState.SENDING
    assert deliver_due(as_of=AS_OF + LEASE - timedelta(seconds=1)).unknown == 0
    assert deliver_due(as_of=AS_OF + LEASE).unknown == 1
    assert len(server.taken) == 1


def test_a_claimed_entry_is_skipped_by_others(committed_acme: Tenant, server: type[FakeServer]) -> None:
    queue("a")
    queue("b")
    with owner() as other:
        other.execute("select id from acme.work_outboxentry where key = 'a' for update")
        assert deliver_due(as_of=AS_OF).sent == 1
    assert set(OutboxEntry.objects.values_list("key", "state")) == {("a", "queued"), ("b", "sent")}


def test_the_message_id_is_the_same_at_every_attempt(acme: Tenant, server: type[FakeServer]) -> None:
    entry = queue()
    server.before_taking = smtplib.SMTPDataError(451, b"busy")
    deliver_due(as_of=AS_OF)
    server.before_taking = None
    deliver_due(as_of=AS_OF + timedelta(hours=1))
    assert server.taken[0]["Message-ID"] == message_id(entry) == message_id(OutboxEntry.objects.get())


@pytest.mark.parametrize(
    "subject",
    [
        "Hello\nBcc: all@acme.example",
        "Hello\r\n\r\nbody",
        "=?utf-8?q?Hello=0ABcc=3A_all=40acme=2Eexample?=",
        "a\tb",
        "a\u2028b",
        "=?utf-8?b?aGVsbG8NCkJjYzogeA==?=",
    ],
)
def test_no_header_hides_a_line_break(acme: Tenant, server: type[FakeServer], subject: str) -> None:
    queue(subject=subject)
    assert deliver_due(as_of=AS_OF).failed == 1
    assert server.taken == []
    assert "line break" in OutboxEntry.objects.get().last_error


@pytest.mark.parametrize("text", ["Zażółć gęślą", "تمدید قرارداد", "=?utf-8?q?Za=C5=BC?=", "a" * 2000])
def test_a_header_in_any_language_stays_readable(text: str) -> None:
    assert clean_header(text).isprintable()
    assert len(clean_header(text)) <= 998


def test_a_mail_that_cannot_be_made_is_tried_again_and_says_why(acme: Tenant, server: type[FakeServer]) -> None:
    put("mail", key="k", payload={"to": ["a@b.example"]}, due_at=AS_OF)
    assert deliver_due(as_of=AS_OF).queued == 1
    assert OutboxEntry.objects.get().last_error == "KeyError: 'subject'"


def test_html_goes_beside_the_text(acme: Tenant) -> None:
    message = compose(queue(html="<p>Hello</p>")).message()
    assert [part.get_content_type() for part in message.get_payload()] == ["text/plain", "text/html"]  # type: ignore[union-attr]
