"""Sends the outbox's mails by SMTP: never twice, and never silently missing."""

import email.errors
import email.header
import hashlib
import smtplib
import unicodedata
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.utils.module_loading import import_string

from cshub.work.models import OutboxEntry

# kind of outbox entry: what makes its mail from the payload, by dotted path so that upper apps can be named here
MAILS = {
    "mail": "cshub.work.mail.plain_mail",
    "password_mail": "cshub.users.mails.password_mail",
    "health_mail": "health.mailing.mails.changes_mail",
}


TIMEOUT_SECONDS = 20  # for each answer of the mail server


class NobodyToSendTo(Exception):
    """The mail has no recipient any more."""


class DefinitelyNotSent(Exception):
    """The server refused, or was not reached, before the mail was handed over: trying again cannot send it twice."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


def compose(entry: OutboxEntry) -> EmailMessage:
    """The mail of this entry, with clean headers and a Message-ID that is the same at every attempt.

    Raises NobodyToSendTo, or ValueError for headers that hide line breaks.
    """
    make: Callable[[dict[str, Any]], EmailMessage] = import_string(MAILS[entry.kind])
    message = make(entry.payload)
    message.subject = clean_header(str(message.subject))
    message.to = [clean_header(address) for address in message.to]
    message.extra_headers = {name: clean_header(str(value)) for name, value in message.extra_headers.items()}
    message.extra_headers["Message-ID"] = message_id(entry)
    return message


def plain_mail(payload: dict[str, Any]) -> EmailMessage:
    """A mail from {"to": [...], "subject", "text", "html"?, "headers"?}."""
    if not payload["to"]:
        raise NobodyToSendTo("The mail has no recipient.")
    message = EmailMultiAlternatives(
        subject=payload["subject"],
        body=payload["text"],
        to=list(payload["to"]),
        headers=dict(payload.get("headers", {})),
    )
    if payload.get("html"):
        message.attach_alternative(payload["html"], "text/html")
    return message


def message_id(entry: OutboxEntry) -> str:
    """<digest of the entry's id and key@domain of the sender>: a provider can be asked whether it has seen it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(f'{entry.pk}|{entry.key}'.encode()).hexdigest()[:40]}@{domain}>"


def clean_header(text: str) -> str:
    """The text as one header line: NFC, encoded words undone. Refuses control characters before and after decoding.

    Raises ValueError. At most 998 characters (RFC 5322, section 2.1.1).
    """
    _refuse_controls(text)
    try:
        decoded = str(email.header.make_header(email.header.decode_header(text)))
    except (email.errors.HeaderParseError, LookupError, UnicodeError) as error:
        raise ValueError(f"The header {text[:60]!r} cannot be read.") from error
    _refuse_controls(decoded)
    return unicodedata.normalize("NFC", decoded)[:998]


def hand_over(message: EmailMessage) -> None:
    """Give the mail to the server. Raises DefinitelyNotSent when it certainly stayed here; any other error means nobody knows."""
    connection = get_connection(timeout=TIMEOUT_SECONDS)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise DefinitelyNotSent(_reason(error)) from error
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        raise DefinitelyNotSent(_reason(error), for_good=all(code >= 500 for code in codes)) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPHeloError) as error:
        raise DefinitelyNotSent(_reason(error), for_good=error.smtp_code >= 500) from error
    finally:
        _close(connection)


def _refuse_controls(text: str) -> None:
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise ValueError(f"The header {text[:60]!r} holds a line break or another control character.")


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        return  # the mail's fate is already known
