"""The endpoint speaks the tracking protocol: every way to give the key, every bad body, never an error of ours."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts.ingest.events import services
from accounts.ingest.events.models import RawBatch
from accounts.ingest.events.services.receiving import Memory
from accounts.ingest.events.views import endpoint
from cshub.tenancy import due
from cshub.tenancy.models import Tenant
from tests import cast
from tests.database import AS_OF
from tests.events.sending import batch, group, source, track

Inside = Callable[[str], AbstractContextManager[Tenant]]


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def post(client: Client, body: bytes | str, *, call: str = "batch", key: str = "", **headers: str) -> Any:
    """The answer to a body of whatever kind."""
    given = {"Authorization": basic(key), **headers} if key else headers
    content_type = given.pop("Content-Type", "application/json")
    return client.post(f"/v1/{call}", body, content_type=content_type, headers=given)


def test_a_request_is_kept_as_it_came_before_it_is_answered(acme: Tenant, client: Client) -> None:
    sender, key = source()
    body = batch(group("u1"), track("u1"))
    answer = post(client, body, key=key)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    kept = RawBatch.objects.get()
    assert (kept.source, kept.body, kept.event_count, kept.sent_at, kept.state) == (sender, body, 2, AS_OF, "waiting")
    assert [claimed.kind for claimed in due.claim_due(["events"], as_of=cast.clock())] == ["events"]


@pytest.mark.parametrize("call", ["track", "identify", "group", "page", "screen", "alias"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_each_call_has_its_address_with_and_without_a_slash(
    acme: Tenant, client: Client, call: str, slash: str
) -> None:
    _source, key = source()
    body = {"userId": "u1", "event": "x", "groupId": "a", "previousId": "p", "name": "n"}
    assert post(client, json.dumps(body), call=call + slash, key=key).status_code == 200
    assert services.fold_waiting(clock=cast.clock).rejected == 0


@pytest.mark.parametrize(
    "way",
    [
        lambda key: ({"Authorization": basic(key)}, {}),
        lambda key: ({"Authorization": f"Bearer {key}"}, {}),
        lambda key: ({}, {"writeKey": key}),
        lambda key: ({"Authorization": "Basic " + base64.b64encode(b":").decode()}, {"writeKey": key}),
        lambda key: ({"Authorization": "Bearer of something else"}, {"writeKey": key}),
        lambda key: ({"Content-Type": "text/plain;charset=UTF-8"}, {"writeKey": key}),
        lambda key: ({"Content-Type": "multipart/form-data; boundary=x"}, {"writeKey": key}),
        lambda key: ({"Content-Type": ""}, {"writeKey": key}),
    ],
)
def test_the_key_may_come_in_three_ways_and_the_content_type_means_nothing(
    acme: Tenant, client: Client, way: Callable[[str], tuple[dict[str, str], dict[str, str]]]
) -> None:
    _source, key = source()
    headers, fields = way(key)
    assert post(client, batch(track("u1"), **fields), **headers).status_code == 200


@pytest.mark.parametrize("packed", [gzip.compress, lambda body: zlib.compress(body)])
def test_a_compressed_body_is_unpacked_by_its_header(
    acme: Tenant, client: Client, packed: Callable[[bytes], bytes]
) -> None:
    _source, key = source()
    encoding = "gzip" if packed is gzip.compress else "deflate"
    body = batch(track("u1")).encode()
    assert post(client, packed(body), key=key, **{"Content-Encoding": encoding}).status_code == 200
    assert RawBatch.objects.get().body.encode() == body


def bomb(size: int) -> bytes:
    """`size` blanks within a batch, compressed a thousandfold; the same four megabytes again and again, so that making it takes no time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(b'{"batch": [') + packer.flush(zlib.Z_FULL_FLUSH)
    blanks = packer.compress(b" " * 2**22) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + blanks * (size // 2**22) + packer.compress(b"]}") + packer.flush()


REFUSED: dict[str, tuple[Callable[[], bytes], dict[str, str], int, str]] = {
    "nothing": (lambda: b"", {}, 400, "malformed"),
    "no JSON": (lambda: b"{batch: [}", {}, 400, "malformed"),
    "a form": (lambda: b"writeKey=1&batch=2", {}, 400, "malformed"),
    "a list": (lambda: b"[]", {}, 400, "malformed"),
    "a batch that is none": (lambda: b'{"batch": {}}', {}, 400, "malformed"),
    "no UTF-8": (lambda: b'{"batch": ["\xff"]}', {}, 400, "malformed"),
    "a million brackets": (lambda: b'{"batch": ' + b"[" * 250_000 + b"]" * 250_000 + b"}", {}, 400, "malformed"),
    "5,000 digits": (lambda: b'{"batch": [' + b"9" * 5_000 + b"]", {}, 400, "malformed"),
    "600 kB": (
        lambda: batch(*[track(properties={"t": "x" * 1000}) for _ in range(500)]).encode(),
        {},
        413,
        "body_too_large",
    ),
    "600 kB packed": (
        lambda: gzip.compress(batch(*[track(properties={"t": "x" * 1000}) for _ in range(500)]).encode()),
        {"Content-Encoding": "gzip"},
        400,
        "body_too_large",
    ),
    "not packed": (lambda: b'{"batch": []}', {"Content-Encoding": "gzip"}, 400, "bad_compression"),
    "half of it": (lambda: gzip.compress(b'{"batch": []}')[:-9], {"Content-Encoding": "gzip"}, 400, "bad_compression"),
    "brotli": (lambda: b"x", {"Content-Encoding": "br"}, 400, "unknown_encoding"),
}


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "²"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    asked = RequestFactory().post("/v1/batch", b"{}", content_type="application/json")
    asked.META["CONTENT_LENGTH"] = length
    answer = endpoint.answer(asked, "batch", Memory())
    assert (answer.status_code, json.loads(answer.content)["code"]) == (400, "wrong_length")


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_kept_is_refused_with_the_remedy(acme: Tenant, client: Client, case: str) -> None:
    _source, key = source()
    body, headers, status, code = REFUSED[case]
    answer = post(client, body(), key=key, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"].endswith(".")
    assert RawBatch.objects.count() == 0


def test_a_bomb_of_two_gigabytes_is_never_unpacked(acme: Tenant, client: Client) -> None:
    """Two megabytes that unpack to two gigabytes: too large as they are. A small part of it unpacks to half a megabyte and no more."""
    import resource

    _source, key = source()
    large, small = bomb(2 * 2**30), bomb(300 * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert post(client, large, key=key, **{"Content-Encoding": "gzip"}).status_code == 413
    assert len(small) < 512 * 1024
    assert post(client, small, key=key, **{"Content-Encoding": "gzip"}).status_code == 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # kilobytes


def test_one_event_of_40_kb_alone_is_refused_and_in_a_batch_it_waits(acme: Tenant, client: Client) -> None:
    _source, key = source()
    event = track("u1", properties={"text": "x" * 40_000})
    assert post(client, json.dumps(event), call="track", key=key).json()["code"] == "event_too_large"
    assert post(client, batch(group("u1"), event, track("u1")), key=key).status_code == 200
    turn = services.fold_waiting(clock=cast.clock)
    assert (turn.stored, turn.rejected) == (1, 1)


@pytest.mark.parametrize("key", ["", "cwk_00000000_guess", "\x00", "é", "x" * 10_000])
def test_a_wrong_key_opens_nothing(acme: Tenant, client: Client, key: str) -> None:
    source()
    for events in ([track("u1")], []):
        answer = client.post("/v1/batch", batch(*events, writeKey=key), content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_key")


def test_another_tenant_s_key_opens_nothing(acme: Tenant, client: Client, inside: Inside) -> None:
    with inside("globex"):
        _source, key = source()
    assert post(client, batch(track("u1")), key=key).status_code == 401
    there = Client(headers={"host": "globex.testserver"})
    assert post(there, batch(track("u1")), key=key).status_code == 200
    assert RawBatch.objects.count() == 0


def test_a_source_that_is_switched_off_is_refused(acme: Tenant, client: Client) -> None:
    sender, key = source()
    services.switch_source(sender, is_active=False, by=None, as_of=AS_OF)
    assert post(client, batch(track("u1")), key=key).status_code == 401


def test_the_old_key_works_on_for_a_day(acme: Tenant, client: Client) -> None:
    sender, key = source()
    _sender, new = services.rotate_key(sender, by=None, as_of=cast.clock() - timedelta(hours=23))
    assert [post(client, batch(track("u1")), key=each).status_code for each in (key, new)] == [200, 200]
    _sender, newest = services.rotate_key(sender, by=None, as_of=cast.clock() - timedelta(hours=25))
    assert [post(client, batch(track("u1")), key=each).status_code for each in (key, new, newest)] == [401, 401, 200]


def test_who_sends_too_much_is_told_when_to_go_on(acme: Tenant, client: Client) -> None:
    _source, key = source(events_a_minute=24)  # two in five seconds
    answers = [post(client, batch(track("u1"), track("u1")), key=key) for _ in range(3)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused  # the third at the latest, unless five seconds ended in between: then it is two, one and none
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 5
    assert RawBatch.objects.count() == 3 - len(refused)


def test_a_browser_may_send_from_any_page(acme: Tenant, client: Client) -> None:
    asked = client.options(
        "/v1/track", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    )
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    _source, key = source()
    sent = Client(headers={"host": "acme.testserver"}, enforce_csrf_checks=True)
    answer = post(
        sent, batch(track("u1"), writeKey=key), **{"Origin": "https://app.example", "Content-Type": "text/plain"}
    )
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/v1/track", "/v1/batch/"])
def test_whoever_does_not_post_is_told_so_and_never_sent_elsewhere(
    acme: Tenant, client: Client, method: str, address: str
) -> None:
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert method == "head" or answer.json()["code"] == "not_posted"


def test_the_platform_s_own_host_takes_no_events(db: None) -> None:
    answer = Client(headers={"host": "public.localhost"}).post("/v1/track", b"{}", content_type="application/json")
    assert answer.status_code == 404


def test_keeping_a_request_costs_few_statements(
    acme: Tenant, client: Client, count_queries: Callable[..., int]
) -> None:
    _source, key = source()
    post(client, batch(track("u1")), key=key)
    large = batch(*[track("u1") for _ in range(100)])
    assert count_queries(lambda: post(client, large, key=key)) == 0  # one statement that Django does not see
