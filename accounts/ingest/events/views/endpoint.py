"""The tracking endpoint: `/v1/<call>` at the root of the tenant's host, for every client that speaks the protocol."""

from __future__ import annotations

import base64
import binascii
import logging
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone

from accounts.ingest.events.reading.body import MOST_BYTES, Unacceptable, read_content, unpacked
from accounts.ingest.events.services.receiving import Memory, Refusal, receive

if TYPE_CHECKING:
    from django.http import HttpRequest

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "86400",
    "X-Content-Type-Options": "nosniff",
}
TAKEN = b'{"success": true}'
AGAIN_IN = 5  # seconds, when the database is away
logger = logging.getLogger(__name__)


def answer(request: HttpRequest, call: str, memory: Memory) -> HttpResponse:
    """Take a request of the tracking protocol in. Every answer is JSON; 200 means that it is kept and never lost."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=CORS)
    try:
        if request.method != "POST":
            raise Refusal(405, "not_posted", "Send events with POST.")
        _take(request, call, memory)
    except (Unacceptable, Refusal) as refusal:
        return _refused(refusal.status, refusal.code, refusal.message, getattr(refusal, "retry_after", 0))
    except (DatabaseError, InterfaceError):
        logger.exception("Events cannot be kept at the moment.")
        return unavailable()
    return HttpResponse(TAKEN, headers=CORS, content_type="application/json")


def unavailable() -> HttpResponse:
    """What senders are told while the database is away: they keep their events and send them again."""
    return _refused(503, "unavailable", "Events cannot be kept at the moment. Send them again.", AGAIN_IN)


def _take(request: HttpRequest, kind: str, memory: Memory) -> None:
    content = read_content(unpacked(_read(request), request.META.get("HTTP_CONTENT_ENCODING", "")), kind)
    receive(content, kind=kind, key=_key(request, content.write_key), as_of=timezone.now(), memory=memory)


def _read(request: HttpRequest) -> bytes:
    """The body, one byte more than is taken at most. Without a length it is read to the end that the server knows of."""
    length = request.META.get("CONTENT_LENGTH")
    if length and not (length.isascii() and length.isdigit()):
        raise Unacceptable(400, "wrong_length", "The header Content-Length is not a number of bytes. Correct it.")
    if length and int(length) > MOST_BYTES:
        raise Unacceptable(413, "body_too_large", "A request may have 500 kB. Send the events in smaller batches.")
    stream = request if length or not request.META.get("wsgi.input_terminated") else request.META["wsgi.input"]
    try:
        found: bytes = stream.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError) as error:
        raise Unacceptable(400, "broken_off", "The body ended too early. Send it again.") from error
    return found


def _key(request: HttpRequest, in_body: str) -> str:
    """The write key: user of Basic, else that of the body, else Bearer."""
    scheme, _space, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    scheme = scheme.lower()
    basic = _user_of(value) if scheme == "basic" else ""
    return basic or in_body or (value.strip() if scheme == "bearer" else "")


def _user_of(value: str) -> str:
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def _refused(status: int, code: str, message: str, retry_after: int) -> HttpResponse:
    answer: dict[str, Any] = {"success": False, "code": code, "message": message}
    headers = CORS | ({"Retry-After": str(retry_after)} if retry_after else {})
    if status == 405:
        headers["Allow"] = CORS["Access-Control-Allow-Methods"]
    return JsonResponse(answer, status=status, headers=headers)
