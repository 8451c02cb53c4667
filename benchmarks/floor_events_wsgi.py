"""The least that taking events in can cost behind the same server: read, unpack, parse, look at the key, one prepared insert, commit, answer."""

import os
import threading
import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg

KEEP = "insert into floor.request (received_at, sent_at, body) values (%s, %s, %s)"
WRITE_KEY = os.environ["WRITE_KEY_OF_BENCHMARK"]  # not a setting of the product
thread = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = zlib.decompress(body, 31)
    document = orjson.loads(body)
    if document["writeKey"] != WRITE_KEY or not isinstance(document["batch"], list):
        raise ValueError("not the benchmark's own request")
    given = (datetime.now(UTC), datetime.fromisoformat(document["sentAt"]), body.decode())  # noqa: TID251
    connection().execute(KEEP, given, prepare=True)
    answer = b'{"success": true}'
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]


def connection() -> psycopg.Connection[Any]:
    """One session for each thread, for as long as it lives; each statement is a transaction."""
    if not hasattr(thread, "connection"):
        thread.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    session: psycopg.Connection[Any] = thread.connection
    return session
