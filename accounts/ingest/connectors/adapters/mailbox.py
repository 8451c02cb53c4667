"""Reads the mails of a mailbox and puts those of known people onto their account's timeline."""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser
from time import mktime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ingest.connectors import queries
from accounts.ingest.connectors.adapters.adapter import CHOICE, WHOLE, Adapter, Mapped, Option, Page, Source
from cshub.net.addresses import CannotReach, address_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from email.message import EmailMessage

SECONDS = 30
MOST_BYTES = 262_144  # of one mail: enough for its words, attachments stay where they are
LONGEST_TEXT = 20_000
LONGEST_SUBJECT = 300

OPTIONS = (
    Option("host", gettext_lazy("Host"), needed=True, help=gettext_lazy("For example imap.example.com")),
    Option("port", gettext_lazy("Port"), WHOLE, default=993, lowest=1, highest=65535),
    Option("encryption", gettext_lazy("Encryption"), CHOICE, default="tls", choices=(
        ("tls", gettext_lazy("TLS from the start")), ("starttls", gettext_lazy("STARTTLS")), ("none", gettext_lazy("None (only inside your own network)")),
    )),
    Option("user", gettext_lazy("User"), needed=True),
    Option("folder", gettext_lazy("Folder"), default="INBOX"),
    Option("page_size", gettext_lazy("Mails a page"), WHOLE, default=50, lowest=1, highest=500),
)  # fmt: skip


def fetch(source: Source, cursor: dict[str, Any]) -> Iterator[Page]:
    """The mails behind `cursor` ({"validity": of the folder's numbers, "uid": last number read}). Mails are only looked at, never marked as read.

    When the server numbered the folder anew, it is read from its beginning: mails that are known stay as they are.
    """
    with _folder(source) as (box, validity):
        last = int(cursor.get("uid", 0)) if cursor.get("validity") == validity else 0
        numbers = [number for number in _numbers(box, last) if number > last]
        size = source.options["page_size"]
        for start in range(0, len(numbers), size):
            some = numbers[start : start + size]
            yield Page(tuple(_mails(box, some)), {"validity": validity, "uid": some[-1]})


def map_mails(source: Source, rows: Sequence[dict[str, Any]]) -> list[Mapped]:
    """Mails as interactions: the first known person decides the account. Mails between unknown people are none of ours and are not kept."""
    people = queries.people_by_address({address for row in rows for address in (row["from"], *row["to"])})
    mapped = []
    for row in rows:
        is_inbound = row["from"] not in people.ours
        others = [address for address in ([row["from"]] if is_inbound else row["to"]) if address in people.accounts]
        mapped.append(Mapped(row, _interaction(row, others[0], people, is_inbound) if others else None))
    return mapped


def _interaction(row: dict[str, Any], address: str, people: queries.People, is_inbound: bool) -> dict[str, Any]:
    values = {
        "external_id": row["id"],
        "account": people.accounts[address],
        "channel": "email",
        "direction": "inbound" if is_inbound else "outbound",
        "mode": "reactive" if is_inbound or row["is_reply"] else "proactive",
        "subject": row["subject"],
        "body": row["text"],
        "occurred_at": row["sent_at"],
    }
    if address in people.contacts:
        values["contact"] = address
    if not is_inbound:
        values["user"] = row["from"]
    return values


@contextmanager
def _folder(source: Source) -> Iterator[tuple[imaplib.IMAP4, str]]:
    box = None
    try:
        box = _sign_in(source)
        folder = source.options["folder"]
        answer, said = box.select(_quoted(folder), readonly=True)
        if answer != "OK":
            raise CannotReach(
                _("There is no folder “%(folder)s” (%(said)s).") % {"folder": folder, "said": _words(said)},
                field="folder",
            )
        _answer, validity = box.response("UIDVALIDITY")
        yield box, _words(validity)
    except imaplib.IMAP4.error as error:
        raise CannotReach(_("The mail server says: %(said)s") % {"said": _words([error.args[0]])}) from error
    except TimeoutError as error:
        raise CannotReach(
            _("%(host)s did not answer in time. Try again later.") % {"host": source.options["host"]}
        ) from error
    except (OSError, ssl.SSLError) as error:
        raise CannotReach(
            _("The connection to %(host)s broke (%(error)s). Check host, port and encryption.")
            % {"host": source.options["host"], "error": type(error).__name__}
        ) from error
    finally:
        if box is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                box.logout()


def _sign_in(source: Source) -> imaplib.IMAP4:
    options = source.options
    pinned = address_of(options["host"], options["port"])
    context = ssl.create_default_context()
    box = (_SecureBox if options["encryption"] == "tls" else _Box)(options["host"], options["port"], pinned, context)
    try:
        if options["encryption"] == "starttls":
            box.starttls(context)
        box.login(_quoted(options["user"]), source.secret)
    except imaplib.IMAP4.error as error:
        box.shutdown()
        raise CannotReach(
            _("The mail server refuses this user and password (%(said)s).") % {"said": _words([error.args[0]])},
            field="user",
        ) from error
    except OSError:
        box.shutdown()
        raise
    return box


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Box(imaplib.IMAP4):
    """Connects to the address that was looked up, whatever the name says a moment later."""

    def __init__(self, host: str, port: int, pinned: str, context: ssl.SSLContext) -> None:
        self.pinned, self.context = pinned, context
        super().__init__(host, port, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self.pinned, self.port), timeout)


class _SecureBox(_Box):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.context.wrap_socket(super()._create_socket(timeout), server_hostname=self.host)


def _numbers(box: imaplib.IMAP4, last: int) -> list[int]:
    _answer, found = box.uid("SEARCH", "UID", f"{last + 1}:*")
    return sorted(int(number) for number in _words(found).split())


def _mails(box: imaplib.IMAP4, numbers: list[int]) -> list[dict[str, Any]]:
    _answer, parts = box.uid("FETCH", ",".join(map(str, numbers)), f"(UID INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
    return [_mail(part[0], part[1]) for part in parts if isinstance(part, tuple)]


def _mail(envelope: bytes, content: bytes) -> dict[str, Any]:
    mail = message_from_bytes(content, policy=policy.default)
    return {
        "id": _identity(mail, content),
        "from": next(iter(_addresses(mail, "From")), ""),
        "to": _addresses(mail, "To", "Cc"),
        "subject": _clean(str(mail.get("Subject", "")))[:LONGEST_SUBJECT] or _("(no subject)"),
        "text": _text(mail)[:LONGEST_TEXT],
        "sent_at": _moment(mail, envelope).isoformat(),
        "is_reply": "In-Reply-To" in mail,
    }


def _identity(mail: EmailMessage, content: bytes) -> str:
    """The mail's own id; a mail without one goes by its content."""
    own = _clean(str(mail.get("Message-ID", ""))).strip("<> ")
    return f"mail:{own}" if own and len(own) < 180 else f"mail:{sha256(own.encode() or content).hexdigest()}"


def _addresses(mail: EmailMessage, *names: str) -> list[str]:
    written = [str(value) for name in names for value in mail.get_all(name, [])]
    return [address.lower() for _name, address in getaddresses(written) if "@" in address]


def _moment(mail: EmailMessage, envelope: bytes) -> datetime:
    """When the server took the mail; the sender's clock only where the server says nothing."""
    if arrived := imaplib.Internaldate2tuple(envelope):
        return datetime.fromtimestamp(mktime(arrived), UTC)
    try:
        said = parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError):
        return datetime.fromtimestamp(0, UTC)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except (LookupError, ValueError):  # a character set nobody knows
        content = bytes(body.get_payload(decode=True) or b"").decode(errors="replace")
    return _clean(_words_of_html(content) if body.get_content_subtype() == "html" else content, keep="\n\t").strip()


class _Words(HTMLParser):
    """The words of a page, without what browsers do not show."""

    SILENT = frozenset({"script", "style", "head", "title"})
    BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in self.SILENT
        if tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _words_of_html(content: str) -> str:
    reader = _Words()
    reader.feed(content)
    return re.sub(r"\s*\n\s*", "\n", "".join(reader.pieces))


def _clean(text: str, keep: str = "") -> str:
    """Without control characters and halves of characters, which no database keeps."""
    return "".join(
        sign
        for sign in text
        if sign in keep or not (ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) <= 0xDFFF)
    )


def _words(said: Sequence[Any]) -> str:
    return " ".join(part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in said if part)


MAILBOX = Adapter(
    "mailbox", OPTIONS, gettext_lazy("Password"), ("interactions",), fetch, map_mails, takes_mapping=False
)
