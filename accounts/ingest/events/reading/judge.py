"""Judges the events of requests: what is used, who is who, which account, and what has to wait in quarantine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from accounts.ingest.events.reading import moments
from accounts.ingest.events.reading.body import (
    BATCH,
    MOST_BYTES_OF_AN_EVENT,
    NotAValue,
    events_of,
    read_json,
)
from accounts.ingest.events.reading.text import MOST_LEVELS, check_odd, is_deep
from accounts.ingest.reading.memory import kept_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LONGEST = 200  # characters of an ID or a name
PAGE, SCREEN = "Page viewed", "Screen viewed"
User = tuple[str, bool]  # ID, and whether it is an anonymous one


class Rejected(Exception):
    """One event cannot be taken; code is a key of reasons.REASONS, value what it is about."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code)
        self.code, self.value = code, value[:LONGEST]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was kept."""

    id: int
    source: str
    kind: str
    received_at: datetime
    sent_at: datetime | None
    body: str


@dataclass(slots=True)
class Used:
    """Something that was done, by whom (None: nobody is named) or for which group, and when."""

    request: Request
    position: int
    message: str
    name: str
    user: User | None
    group: str
    occurred_at: datetime
    properties: bytes


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event that waits, whole, with the reason."""

    request: Request
    position: int
    kind: str
    code: str
    value: str
    payload: str
    fingerprint: str


@dataclass(slots=True)
class Judged:
    """What requests say, sorted by what has to be done with it; times decide which of two sayings is the later one."""

    used: list[Used] = field(default_factory=list)
    users: dict[User, None] = field(default_factory=dict)  # named otherwise than by something they did
    same: dict[User, tuple[datetime, User]] = field(default_factory=dict)  # whose an earlier ID is, and since when
    traits: list[tuple[User, datetime, dict[str, Any]]] = field(default_factory=list)
    groups: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)
    members: list[tuple[User, datetime, str]] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)

    @property
    def says_who_is_who(self) -> bool:
        """More than what users did: who they are, or which account is theirs or called how."""
        return bool(self.users or self.groups)

    def person(self, user: User | None) -> User | None:
        if user is not None:
            self.users[user] = None
        return user

    def alias(self, earlier: User, user: User, at: datetime) -> None:
        """An earlier ID belongs to whoever said so first: a browser that two people sign in at stays the first one's."""
        if earlier != user:
            self.person(earlier)
            self.person(user)
            self.same[earlier] = min(self.same.get(earlier, (at, user)), (at, user))


def judge(requests: list[Request], *, earliest: datetime) -> Judged:
    """Every event of the requests, judged on its own: a bad one never harms its neighbors. `earliest` is the oldest time that is kept."""
    judged = Judged()
    with kept_rows():
        for request in requests:
            _judge(request, judged, earliest)
    return judged


def _judge(request: Request, judged: Judged, earliest: datetime) -> None:
    document, is_odd = read_json(request.body)
    is_large = len(request.body) > MOST_BYTES_OF_AN_EVENT
    shared = document.get("context") if request.kind == BATCH else None
    for position, event in enumerate(events_of(request.kind, document)):
        try:
            if is_odd:
                _refuse_odd(event)
            if is_large:
                _refuse_large(event)
            _take(_Call(request, position, event, shared, earliest), judged)
        except Rejected as reason:
            judged.quarantined.append(_quarantined(request, position, event, reason))


class _Call:
    """One event of a request, and the questions that every kind of call asks it."""

    __slots__ = ("earliest", "event", "position", "request", "shared")

    def __init__(self, request: Request, position: int, event: Any, shared: Any, earliest: datetime) -> None:
        if not isinstance(event, dict):
            raise Rejected("not_an_object", json.dumps(event, default=str)[:LONGEST])
        self.request, self.position, self.event, self.shared, self.earliest = request, position, event, shared, earliest

    @property
    def kind(self) -> str:
        return str(self.event.get("type") or "") if self.request.kind == BATCH else self.request.kind

    def ident(self, key: str) -> str:
        """A text or number under that key; empty where there is none. Raises Rejected."""
        return _ident(self.event.get(key), key)

    def user(self) -> User | None:
        if known := self.ident("userId"):
            return known, False
        unknown = self.ident("anonymousId")
        return (unknown, True) if unknown else None

    def sure_user(self) -> User:
        user = self.user()
        if user is None:
            raise Rejected("no_user")
        return user

    def group(self) -> str:
        """The account that the event itself names, in its context or the batch's."""
        for context in (self.event.get("context"), self.shared):
            named = context.get("groupId") if isinstance(context, dict) else None
            if named is not None and (found := _ident(named, "context.groupId")):
                return found
        return ""

    def mapping(self, key: str) -> dict[str, Any]:
        """The object under that key. Raises Rejected."""
        self.packed(key)
        return self.event.get(key) or {}

    def packed(self, key: str) -> bytes:
        """The object under that key as JSON. Raises Rejected."""
        found = self.event.get(key)
        if found is None:
            return b"{}"
        if not isinstance(found, dict):
            raise Rejected("bad_properties", key)
        text = orjson.dumps(found)
        if is_deep(text, found):
            raise Rejected("too_deep", str(MOST_LEVELS))
        return text

    def at(self) -> datetime:
        told, sent = self.event.get("timestamp"), self.request.sent_at
        if told is None:
            told = self.event.get("originalTimestamp")
        try:
            if sent is None and self.event.get("sentAt"):
                sent = moments.moment(self.event["sentAt"])
            return moments.occurred_at(
                moments.moment(told), sent_at=sent, received_at=self.request.received_at, earliest=self.earliest
            )
        except moments.BadMoment as problem:
            raise Rejected("bad_time", str(problem)) from problem
        except moments.TooOld as problem:
            raise Rejected("too_old", str(told)) from problem
        except moments.InFuture as problem:
            raise Rejected("in_future", str(told)) from problem

    def message(self) -> str:
        """The digest that the event is known by. Without a messageId: of its content where it has a time, else of its place in the request,
        so that a repeated request without either counts again."""
        told = self.event.get("messageId")
        if told and isinstance(told, str):
            return _digest(told.encode())
        if isinstance(told, int) and not isinstance(told, bool):
            return _digest(str(told).encode())
        if self.event.get("timestamp") or self.event.get("originalTimestamp"):
            content = {key: value for key, value in self.event.items() if key not in ("sentAt", "writeKey")}
            return _digest(b"content\0" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
        return _digest(f"place\0{self.request.id}\0{self.position}".encode())


def _take(call: _Call, judged: Judged) -> None:
    act = _ACTS.get(call.kind)
    if act is None:
        raise Rejected("unknown_type", call.kind)
    act(call, judged)


def _track(call: _Call, judged: Judged) -> None:
    name = call.event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise Rejected("no_name")
    _use(call, judged, name.strip()[:LONGEST], call.packed("properties"))


def _page(call: _Call, judged: Judged) -> None:
    """Pages and screens are counted together: their names are as many as the product has addresses."""
    told = {key: call.event[key] for key in ("name", "category") if isinstance(call.event.get(key), str)}
    _use(call, judged, PAGE if call.kind == "page" else SCREEN, orjson.dumps({**call.mapping("properties"), **told}))


def _use(call: _Call, judged: Judged, name: str, properties: bytes) -> None:
    user, group = call.user(), call.group()
    if user is None and not group:
        raise Rejected("no_user")
    judged.used.append(Used(call.request, call.position, call.message(), name, user, group, call.at(), properties))


def _identify(call: _Call, judged: Judged) -> None:
    user, at, traits = call.sure_user(), call.at(), call.mapping("traits")
    anonymous = call.ident("anonymousId")
    judged.person(user)
    judged.traits.append((user, at, traits))
    if anonymous and not user[1]:
        judged.alias((anonymous, True), user, at)


def _group(call: _Call, judged: Judged) -> None:
    group, user, at, traits = call.ident("groupId"), call.user(), call.at(), call.mapping("traits")
    if not group:
        raise Rejected("no_group")
    judged.groups.append((group, at, traits))
    if judged.person(user) is not None and user is not None:
        judged.members.append((user, at, group))


def _alias(call: _Call, judged: Judged) -> None:
    user, previous = call.sure_user(), call.ident("previousId")
    if not previous:
        raise Rejected("no_previous")
    at = call.at()
    for is_anonymous in (True, False):  # the protocol does not say which kind of ID the earlier one was
        judged.alias((previous, is_anonymous), user, at)


_ACTS: dict[str, Callable[[_Call, Judged], None]] = {
    "track": _track,
    "page": _page,
    "screen": _page,
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}


def _ident(value: Any, key: str) -> str:
    if not value and (value is None or value == ""):
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Rejected("bad_id", key)
    return value.strip()


def _refuse_odd(event: Any) -> None:
    if problem := check_odd(event, NotAValue):
        raise Rejected(*problem)


def _refuse_large(event: Any) -> None:
    try:
        size = len(orjson.dumps(event))
    except TypeError:  # whole numbers beyond 64 bits
        raise Rejected("bad_number", "") from None
    if size > MOST_BYTES_OF_AN_EVENT:
        raise Rejected("too_large", str(size))


def _quarantined(request: Request, position: int, event: Any, reason: Rejected) -> Quarantined:
    kind = request.kind
    if kind == BATCH and isinstance(event, dict) and event.get("type") in _ACTS:
        kind = event["type"]
    payload = json.dumps(event, default=lambda _odd: None)
    return Quarantined(request, position, kind, reason.code, _kept(reason.value), payload, _digest(payload.encode()))


def _kept(value: str) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _digest(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
