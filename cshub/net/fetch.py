"""Gets one answer from a web server: no redirects, no proxies, a deadline and a size that hold."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from cshub.net.addresses import CannotReach, address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

DEADLINE = 30.0
MOST_BYTES = 32_000_000
PIECE = 65_536
NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@dataclass(frozen=True)
class Answer:
    """What a server answered: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(
    address: str, *, headers: Mapping[str, str], deadline: float = DEADLINE, most_bytes: int = MOST_BYTES
) -> Answer:
    """GET `address` (http or https). `deadline` is in seconds and covers everything; a longer or slower answer is an error.

    Raises CannotReach with a sentence and the remedy. Redirects are answers like any other: nobody follows them.
    """
    until = time.monotonic() + deadline
    host, port, target, is_secure = _parts(address)
    connection = _connect(host, port, is_secure, until)
    try:
        connection.request("GET", target, headers={**_allowed(headers), "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        body = _read(answer, connection, host, until, most_bytes)
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)
    except TimeoutError as error:
        raise _too_slow(host) from error
    except (OSError, http.client.HTTPException) as error:
        raise CannotReach(
            _("The connection to %(host)s broke (%(error)s). Try again, or ask whoever runs that server.")
            % {"host": host, "error": type(error).__name__}
        ) from error
    finally:
        connection.close()


def _parts(address: str) -> tuple[str, int, str, bool]:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise CannotReach(
            _(
                "“%(address)s” is not an address that can be asked. Write it like https://api.example.com/v1/customers, without a password in it."
            )
            % {"address": address},
            field="address",
        )
    is_secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.hostname, port or (443 if is_secure else 80), target, is_secure


def _allowed(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in NOT_OURS}


def _connect(host: str, port: int, is_secure: bool, until: float) -> http.client.HTTPConnection:
    pinned = address_of(host, port)
    try:
        link = socket.create_connection((pinned, port), timeout=_left(until))
        if is_secure:
            link = ssl.create_default_context().wrap_socket(link, server_hostname=host)
    except TimeoutError as error:
        raise _too_slow(host) from error
    except ssl.SSLCertVerificationError as error:
        raise CannotReach(
            _("The certificate of %(host)s does not hold (%(error)s).") % {"host": host, "error": error.verify_message}
        ) from error
    except OSError as error:
        raise CannotReach(
            _("%(host)s does not answer on port %(port)s. Check the address, and that the server runs.")
            % {"host": host, "port": port}
        ) from error
    connection = http.client.HTTPConnection(host, port)
    connection.sock = link
    return connection


def _read(
    answer: http.client.HTTPResponse,
    connection: http.client.HTTPConnection,
    host: str,
    until: float,
    most_bytes: int,
) -> bytes:
    """The body, piece by piece: a server that drips cannot outlast the deadline."""
    pieces: list[bytes] = []
    size = 0
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(_left(until))
        piece = answer.read1(PIECE)
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > most_bytes:
            raise CannotReach(
                _("%(host)s answered with more than %(most)s MB. Ask for smaller pages.")
                % {"host": host, "most": most_bytes // 1_000_000}
            )
        if time.monotonic() > until:
            raise _too_slow(host)
        pieces.append(piece)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _too_slow(host: str) -> CannotReach:
    return CannotReach(_("%(host)s did not answer in time. Try again later.") % {"host": host})
