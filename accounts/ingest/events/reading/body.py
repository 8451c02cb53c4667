"""Reads the body of a request: unpacked within bounds, and as leniently as one bad event among good ones asks for."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from accounts.ingest.events.reading.moments import BadMoment, moment

MOST_BYTES = 512 * 1024  # the protocol promises 500 kB
MOST_BYTES_OF_AN_EVENT = 36 * 1024  # it promises 32 kB
MOST_DIGITS = 40
BATCH = "batch"
ZIPPED = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # windowBits of zlib: gzip alone, or whatever the header says


class Unacceptable(Exception):
    """A request that is refused whole: a status, a code for machines and a sentence with the remedy."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class NotAValue:
    """Stands where JSON had NaN, Infinity or a number nobody can keep: its event goes to quarantine."""


@dataclass(frozen=True, slots=True)
class Content:
    """A request that can be kept: its text, how many events it has, when it was sent, and the key in its body."""

    text: str
    event_count: int
    sent_at: datetime | None
    write_key: str


def unpacked(raw: bytes, encoding: str) -> bytes:
    """The body as it was before it was compressed; never more than MOST_BYTES are unpacked. Raises Unacceptable."""
    name = encoding.strip().lower()
    if name not in ("", "identity"):
        raw = _inflated(raw, name)
    if len(raw) > MOST_BYTES:
        raise _too_large()
    return raw


def read_content(raw: bytes, kind: str) -> Content:
    """What the gate has to know of a body. Raises Unacceptable for what is no JSON, or not of the shape of its call."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(f"it is not UTF-8 at byte {error.start}") from error
    document, _is_odd = read_json(text)
    events = events_of(kind, document)
    if kind != BATCH and len(raw) > MOST_BYTES_OF_AN_EVENT:
        raise Unacceptable(400, "event_too_large", "An event may have 32 kB. Send less, or leave large properties out.")
    write_key = document.get("writeKey") if isinstance(document, dict) else None
    return Content(text, len(events), _sent_at(document), write_key if isinstance(write_key, str) else "")


def read_json(text: str) -> tuple[Any, bool]:
    """The value of a JSON text, and whether something in it cannot be kept: half characters, NaN, endless numbers. Raises Unacceptable."""
    try:
        return orjson.loads(text), "\\u0000" in text
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        pass
    try:
        return json.loads(text, parse_constant=_odd, parse_int=_integer, parse_float=_number), True
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _malformed("it is nested too deeply") from error


def events_of(kind: str, document: Any) -> list[Any]:
    """The events of a body: those of a batch, or the one that it is. Raises Unacceptable."""
    if not isinstance(document, dict):
        raise _malformed("it is no JSON object")
    if kind != BATCH:
        return [document]
    events = document.get("batch")
    if not isinstance(events, list):
        raise _malformed("it has no list “batch”")
    return events


def _inflated(raw: bytes, encoding: str) -> bytes:
    if encoding not in ZIPPED:
        raise Unacceptable(400, "unknown_encoding", f"Content-Encoding {encoding[:40]!r} is not understood. Use gzip.")
    stream = zlib.decompressobj(ZIPPED[encoding])
    try:
        found = stream.decompress(raw, MOST_BYTES + 1)
    except zlib.error as error:
        raise Unacceptable(400, "bad_compression", "The body is not what Content-Encoding says.") from error
    if len(found) > MOST_BYTES:
        raise _too_large()
    if not stream.eof:
        raise Unacceptable(400, "bad_compression", "The compressed body ends too early. Send it again.")
    return found


def _sent_at(document: Any) -> datetime | None:
    try:
        return moment(document.get("sentAt"))
    except BadMoment:
        return None


def _too_large() -> Unacceptable:
    return Unacceptable(
        400, "body_too_large", "A request may have 500 kB unpacked. Send the events in smaller batches."
    )


def _malformed(why: str) -> Unacceptable:
    return Unacceptable(400, "malformed", f"The body cannot be read: {why}. Send one JSON object.")


def _odd(_name: str) -> NotAValue:
    return NotAValue()


def _integer(digits: str) -> int | NotAValue:
    return int(digits) if len(digits) <= MOST_DIGITS else NotAValue()


def _number(text: str) -> float | NotAValue:
    value = float(text)
    return value if math.isfinite(value) else NotAValue()
