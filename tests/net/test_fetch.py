"""Other people's servers are reached at one address, in time, or not at all."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cshub.net.addresses import CannotReach, address_of
from cshub.net.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})


@contextmanager
def answering(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers one caller as `speak` does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            caller, _address = server.accept()
            with caller:
                caller.recv(65536)
                try:
                    speak(caller)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/rows?page=1"
        thread.join(5)


def reply(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n".encode() + body


def test_an_answer_comes_with_status_headers_and_body():
    with answering(lambda caller: caller.sendall(reply(b'{"a": 1}', more="X-Next: 2\r\n"))) as address:
        answer = fetch(address, headers={"Accept": "application/json"})
    assert (answer.status, answer.headers["x-next"], answer.body) == (200, "2", b'{"a": 1}')


def test_a_redirect_is_an_answer_and_nobody_follows_it():
    moved = reply(b"", "302 Found", "Location: http://127.0.0.1:9/inside\r\n")
    with answering(lambda caller: caller.sendall(moved)) as address:
        assert fetch(address, headers={}).status == 302


def test_a_server_that_drips_does_not_outlast_the_deadline():
    def drip(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _piece in range(100):
            caller.sendall(b"x")
            time.sleep(0.05)

    with answering(drip) as address, pytest.raises(CannotReach, match="did not answer in time"):
        fetch(address, headers={}, deadline=0.4)


def test_an_answer_that_is_too_long_is_cut_off():
    with (
        answering(lambda caller: caller.sendall(reply(b"x" * 300_000))) as address,
        pytest.raises(CannotReach, match="smaller pages"),
    ):
        fetch(address, headers={}, most_bytes=100_000)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.2", "localhost", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "0.0.0.0", "100.64.0.1", "2002:a00:1::", "/var/run/postgresql"],
)  # fmt: skip
def test_addresses_of_this_network_are_refused(host, monkeypatch):
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda given, port, **_: [(0, 0, 0, "", (given if given != "localhost" else "127.0.0.1", port))],
    )
    with pytest.raises(CannotReach, match=r"inside this network.*CSHUB_PRIVATE_HOSTS"):
        address_of(host, 443)


def test_a_name_with_one_inner_address_among_outer_ones_is_refused(monkeypatch):
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(CannotReach, match="inside this network"):
        address_of("api.example.com", 443)


def test_an_address_of_the_open_internet_is_taken(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("93.184.216.34", 443))])
    assert address_of("api.example.com", 443) == "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://a.example/x",
        "http://user:pw@a.example/",
        "nonsense",
        "http://a.example:99999/",
        "http:///x",
    ],
)
def test_what_is_no_web_address_is_refused(address):
    with pytest.raises(CannotReach, match="not an address that can be asked"):
        fetch(address, headers={})


def test_a_server_that_is_not_there_is_said():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CannotReach, match=f"does not answer on port {port}"):
        fetch(f"http://127.0.0.1:{port}/", headers={})
