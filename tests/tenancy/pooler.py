"""A pooler in transaction mode that speaks PostgreSQL's protocol: a server session is a client's for one transaction, then the next one's.

Enough of the protocol for clients that ask and read answers: no TLS, no COPY, no cancel. Like every such pooler it signs in to the server
itself, and knows from the status in each ReadyForQuery when a transaction is over.
"""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg

from cshub.tenancy import checks

ENCRYPTION = {80877103, 80877104}  # a client asks for TLS or GSSAPI before it starts
TOLD = ("server_version", "server_encoding", "client_encoding", "DateStyle", "TimeZone", "standard_conforming_strings")
AUTHENTICATED = struct.pack("!cii", b"R", 8, 0)
READY, IDLE, TERMINATE = b"Z", b"I", b"X"
ANSWERED_AT_ONCE = {b"Q", b"S", b"F"}  # Query, Sync, FunctionCall; other messages gather until the next Sync


class Wire:
    """One end of a conversation, read message by message."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self.incoming = end, end.makefile("rb")

    def message(self) -> tuple[bytes, bytes]:
        """(its kind, all of it)."""
        head = self.exactly(5)
        return head[:1], head + self.exactly(struct.unpack("!i", head[1:])[0] - 4)

    def exactly(self, size: int) -> bytes:
        data = self.incoming.read(size)
        if len(data) < size:
            raise ConnectionError("The other end has gone.")
        return data


class Session(Wire):
    """A session on the server, signed in by the driver; from then on only its socket is used."""

    def __init__(self, login: dict[str, Any]) -> None:
        self.connection = psycopg.connect(**login)
        end = socket.socket(fileno=os.dup(self.connection.pgconn.socket))
        end.setblocking(True)
        super().__init__(end)

    def greeting(self) -> bytes:
        """What a client is told that is let in."""
        values = [(name.encode(), self.connection.pgconn.parameter_status(name.encode()) or b"") for name in TOLD]
        told = [packed(b"S", name + b"\0" + value + b"\0") for name, value in values]
        return AUTHENTICATED + b"".join(told) + packed(READY, IDLE)

    def close(self) -> None:
        self.connection.close()
        self.incoming.close()
        self.end.close()


class TransactionPooler:
    """Listens on `port` and lends out `sessions` server sessions: the one used last first, or the one that rested longest."""

    def __init__(self, sessions: int, *, last_used_first: bool = True) -> None:
        with closing(checks.connect()) as connection:
            self.login = connection.info.get_parameters() | {"password": connection.info.password}
        self.sessions = sessions
        self.free = [Session(self.login) for _number in range(sessions)]
        self.greeting = self.free[0].greeting()
        self.take = -1 if last_used_first else 0
        self.returned = threading.Condition()
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def close(self) -> None:
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        with self.returned:
            self.returned.wait_for(lambda: len(self.free) == self.sessions)
        for session in self.free:
            session.close()

    def listen(self) -> None:
        with suppress(OSError):  # the door is closed
            while True:
                client, _ = self.door.accept()
                threading.Thread(target=self.serve, args=[Wire(client)], daemon=True).start()

    def serve(self, client: Wire) -> None:
        with suppress(OSError), client.end:
            let_in(client, self.greeting)
            while (first := client.message())[0] != TERMINATE:
                with self.lent() as server:
                    one_transaction(client, server, first)

    @contextmanager
    def lent(self) -> Iterator[Session]:
        """A session for one transaction. One that is left in the middle of it is closed, and a new one takes its place."""
        with self.returned:
            self.returned.wait_for(lambda: self.free)
            session = self.free.pop(self.take)
        try:
            yield session
        except OSError:
            session.close()
            session = Session(self.login)
            raise
        finally:
            with self.returned:
                self.free.append(session)
                self.returned.notify()


def let_in(client: Wire, greeting: bytes) -> None:
    """Refuse encryption, take whatever the client says about itself, and greet it."""
    while True:
        size, code = struct.unpack("!ii", client.exactly(8))
        client.exactly(size - 8)
        if code not in ENCRYPTION:
            break
        client.end.sendall(b"N")
    client.end.sendall(greeting)


def one_transaction(client: Wire, server: Wire, first: tuple[bytes, bytes]) -> None:
    """Carry messages both ways until the server says that no transaction is open."""
    kind, message = first
    while kind != TERMINATE:
        server.end.sendall(message)
        if kind in ANSWERED_AT_ONCE and answered(client, server) == IDLE:
            return
        kind, message = client.message()
    raise ConnectionError("The client left in the middle of its transaction.")


def answered(client: Wire, server: Wire) -> bytes:
    """Carry one answer to the client; return the transaction's status after it."""
    while True:
        kind, message = server.message()
        client.end.sendall(message)
        if kind == READY:
            return message[-1:]


def packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
