"""Other people's systems, small and real: a web service, a database, a mail server."""

from __future__ import annotations

import imaplib
import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.conf import settings
from psycopg import sql

from tests import database

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class WebService:
    """Customers over HTTP: pages of two, a bearer token, changes since; `faults` are statuses answered first."""

    rows: list[dict[str, Any]]
    token: str = "s3cret"
    page_size: int = 2
    faults: list[int] = field(default_factory=list)
    raw: bytes | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/customers"

    def answer(self, target: str, authorization: str) -> tuple[int, bytes]:
        self.asked.append(target)
        if self.faults:
            return self.faults.pop(0), b"{}"
        if authorization != f"Bearer {self.token}":
            return 401, b"{}"
        if self.raw is not None:
            return 200, self.raw
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        rows = [row for row in self.rows if row["changed"] >= query.get("since", "")]
        start = int(query.get("cursor", 0))
        following = start + self.page_size if start + self.page_size < len(rows) else None
        page = {"data": {"items": rows[start : start + self.page_size]}, "next": following}
        return 200, json.dumps(page).encode()


@contextmanager
def serving(service: WebService) -> Iterator[WebService]:
    """The service on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = service.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Elsewhere:
    """A database that is not ours, with a login that could write if nobody stopped it."""

    name: str
    user: str
    password: str
    host: str
    port: int

    def options(self, query: str, **given: Any) -> dict[str, Any]:
        return {
            "host": self.host, "port": self.port, "database": self.name, "user": self.user, "encryption": "prefer", "query": query, **given,
        }  # fmt: skip

    def run(self, statement: str, *values: Any) -> None:
        with psycopg.connect(
            dbname=self.name, user=self.user, password=self.password, host=self.host, port=self.port, autocommit=True
        ) as own:
            own.execute(statement, values or None)


@contextmanager
def another_database() -> Iterator[Elsewhere]:
    """A database on the tests' server, made for this test."""
    home = settings.OWNER_DATABASE
    name = f"{settings.DATABASES['default']['NAME']}_elsewhere"
    with database.server() as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield Elsewhere(name, home["USER"], home["PASSWORD"], home["HOST"], int(home["PORT"] or 5432))
        finally:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@dataclass
class MailServer:
    """An IMAP server in a process of its own."""

    port: int
    user: str = "support"
    password: str = "let me in"

    def options(self, **given: Any) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "encryption": "none",
            "user": self.user,
            "page_size": 2,
            **given,
        }

    def put(self, mail: str, folder: str = "INBOX") -> None:
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=PATIENCE)
        box.login(self.user, self.password)
        answer, said = box.append(folder, "", None, mail.replace("\n", "\r\n").encode())
        assert answer == "OK", said
        box.logout()


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server with one empty mailbox."""
    server = MailServer(free_port())
    command = [
        str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(server.port), "--no-tls", "--no-service", "admin",
        "--no-service", "managesieve", "dict", "--demo-user", server.user, "--demo-password", server.password,
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait_for(server: MailServer, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "the mail server did not start"
        try:
            imaplib.IMAP4("127.0.0.1", server.port, timeout=1).logout()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the mail server does not answer")
