"""Works off what came in: each event is stored, held or quarantined, once, and counted into its day."""

from __future__ import annotations

import logging
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from accounts.ingest.events.models import RawBatch
from accounts.ingest.events.policy import policy
from accounts.ingest.events.reading.judge import Judged, Request, judge
from accounts.ingest.events.sql import aliases, folding, names, people, retention
from cshub.audit import services as audit
from cshub.work import wake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from accounts.ingest.events.policy import Policy
    from accounts.ingest.events.reading.judge import Used

REQUESTS_A_SLICE = 200
EVENTS_A_SLICE = 20_000
BEHIND = 2 * REQUESTS_A_SLICE + 1
NAMED_IN_AUDIT = 20
CROSSINGS = 3
COMING_IN = timedelta(seconds=2)  # far more than receiving.QUIET, so that clocks may differ
LOOK_AGAIN = timedelta(seconds=1)
Key = TypeVar("Key")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Turn:
    """What a turn did: requests worked off, events stored, held (fewer where held ones came in), in quarantine, seen before."""

    requests: int = 0
    stored: int = 0
    held: int = 0
    rejected: int = 0
    duplicates: int = 0

    def plus(self, other: Turn) -> Turn:
        return Turn(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def fold_waiting(*, clock: Callable[[], datetime], most: int = 1_000, go_on: Callable[[], None] | None = None) -> Turn:
    """Work off everything that waits, a slice at a time; `most` slices, then the rest waits for the next turn. Safe to kill anywhere.

    `go_on` is called before each slice, for whoever has to say that this turn is still alive.
    """
    done = Turn()
    for _slice in range(most):
        if go_on is not None:
            go_on()
        turn = _fold_or_single_out(clock())
        if not turn.requests:
            break
        done = done.plus(turn)
    return done


def is_behind() -> bool:
    """Does more wait than two have in hand, so that another worker is of use?"""
    return len(folding.waiting(BEHIND)) == BEHIND


def look_again_at(*, as_of: datetime) -> datetime | None:
    """When to look again, None when nobody has to: a process that rings rings only once in a moment, so after the last request
    somebody looks once more for those that came with it."""
    latest = retention.latest_received_at()
    return as_of + LOOK_AGAIN if latest is not None and latest > as_of - COMING_IN else None


@transaction.atomic
def fold_slice(*, as_of: datetime, requests: int = REQUESTS_A_SLICE, only: int | None = None) -> Turn:
    """Work off the oldest requests that wait and nobody else has, or that one, in one transaction: all that they cause, or nothing."""
    ids, seen = [], 0
    for number, events in folding.claim(requests, only=only):
        ids.append(number)
        seen += events
        if seen >= EVENTS_A_SLICE:
            break
    if not ids:
        return Turn()
    return take_in([Request(*row) for row in folding.bodies(ids)], as_of=as_of)


def take_in(requests: list[Request], *, as_of: datetime) -> Turn:
    """Do what the events of these requests ask for, inside the caller's transaction, with others who only count side by side."""
    chosen = policy()
    judged = judge(requests, earliest=chosen.earliest(as_of))
    folding.take_turns(alone=judged.says_who_is_who or not names.are_known(used.name for used in judged.used))
    found = _count(judged, chosen, as_of)
    if judged.quarantined:
        folding.quarantine(_quarantined(judged))
    turn = _finish(requests, judged, found)
    if found:
        _follow(as_of)
    return turn


@transaction.atomic
def release_named(*, as_of: datetime) -> Turn:
    """Let held events in whose accounts were made another way than by `group`: by a file, the API or by hand."""
    folding.take_turns(alone=True)
    groups = retention.named_groups()
    if not groups:
        return Turn()
    folding.stage([], as_of=as_of)
    staged = folding.release(users=[], groups=groups)
    found = folding.fold({"as_of": as_of, "today": as_of.date()}, staged_count=staged)
    turn = _finish([], Judged(), found)
    if found:
        _follow(as_of)
    return turn


def _fold_or_single_out(as_of: datetime) -> Turn:
    """A slice; where one request breaks it, each alone, and the one that breaks stands aside for people to look at."""
    try:
        return _again_if_crossed(lambda: fold_slice(as_of=as_of))
    except (OperationalError, InterfaceError):  # the database is away: the next turn does it
        raise
    except Exception:
        logger.exception("A slice of events cannot be worked off; trying its requests one by one.")
    done = Turn()
    for number in folding.waiting(REQUESTS_A_SLICE):
        done = done.plus(_fold_alone(number, as_of))
    return done


def _fold_alone(number: int, as_of: datetime) -> Turn:
    try:
        return _again_if_crossed(lambda: fold_slice(as_of=as_of, only=number))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:2_000].replace("\x00", "")
        waiting = RawBatch.objects.filter(pk=number, state=RawBatch.State.WAITING)
        return Turn(requests=waiting.update(state=RawBatch.State.FAILED, error=told))


def _again_if_crossed(fold: Callable[[], Turn]) -> Turn:
    """Two turns side by side, or a turn and an import, may each wait for the other: one of them is refused, and begins again."""
    for _attempt in range(CROSSINGS):
        try:
            return fold()
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | SerializationFailure):
                raise
    return fold()


def _count(judged: Judged, chosen: Policy, as_of: datetime) -> dict[int, tuple[int, int]]:
    numbers = names.numbers_of({used.name for used in judged.used}, most=chosen.most_names, as_of=as_of)
    staged = folding.stage(_lines(judged.used, numbers), as_of=as_of)
    people.intern_users(judged.users, as_of=as_of)
    groups = _merged(judged.groups)
    moved = _introduce(judged, groups, as_of)
    staged += folding.release(users=moved, groups=list(groups))
    given = {"as_of": as_of, "today": as_of.date()}
    return folding.fold(given, staged_count=staged)


def _introduce(judged: Judged, groups: dict[str, tuple[datetime, dict[str, Any]]], as_of: datetime) -> list[int]:
    """Learn who belongs where; the users of whom something about their account is new."""
    accounts = people.take_groups(groups, as_of=as_of)
    members: dict[Any, tuple[datetime, str]] = {}
    for user, at, group in sorted(judged.members, key=lambda told: (told[1], told[2])):
        members[user] = (at, group)
    moved = [*people.join_accounts(members), *aliases.follow(judged.same, as_of=as_of)]
    renamed = people.take_traits(_merged(judged.traits))
    contacts = people.take_contacts(sorted({*moved, *renamed}), renamed, as_of=as_of)
    changes = dict(zip(("accounts_added", "accounts_revised"), accounts, strict=True))
    changes |= dict(zip(("contacts_added", "contacts_revised"), contacts, strict=True))
    if any(changes.values()):
        _audit(changes, as_of)
    return moved


def _audit(changes: dict[str, list[str]], as_of: datetime) -> None:
    after = {
        what: {"count": len(refs), "external_ids": sorted(refs)[:NAMED_IN_AUDIT]}
        for what, refs in changes.items()
        if refs
    }
    audit.record("events.introduced", target=None, by=None, at=as_of, after=after)


def _follow(as_of: datetime) -> None:
    """The statement has noted whose facts changed; ring for those who score them. Comes last: turns side by side wait for each other's bell."""
    wake.wake_changes(due_at=as_of)


def _merged(told: Iterable[tuple[Key, datetime, dict[str, Any]]]) -> dict[Key, tuple[datetime, dict[str, Any]]]:
    """What was said of each, in the order of its time, the later word counting."""
    merged: dict[Key, tuple[datetime, dict[str, Any]]] = {}
    for key, at, traits in sorted(told, key=lambda row: row[1]):
        merged[key] = (at, {**merged.get(key, (at, {}))[1], **traits})
    return merged


def _lines(used: list[Used], numbers: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    """What is staged, each message once: its first place in the order of requests."""
    seen: set[tuple[str, str]] = set()
    for each in used:
        request = each.request
        known_by = (request.source, each.message)
        if known_by in seen:
            continue
        seen.add(known_by)
        user, is_anonymous = each.user or ("", False)
        yield (
            request.id, each.position, request.source, each.message, numbers[each.name], user, is_anonymous, each.group,
            each.occurred_at, each.properties.decode(),
        )  # fmt: skip


def _quarantined(judged: Judged) -> list[dict[str, Any]]:
    return [
        {
            "source_id": row.request.source, "batch_id": row.request.id, "position": row.position, "kind": row.kind,
            "code": row.code, "value": row.value, "payload": row.payload, "fingerprint": row.fingerprint,
            "received_at": row.request.received_at, "sent_at": row.request.sent_at,
        }
        for row in judged.quarantined
    ]  # fmt: skip


def _finish(requests: list[Request], judged: Judged, found: dict[int, tuple[int, int]]) -> Turn:
    ids = [request.id for request in requests]
    used, rejected = dict.fromkeys(ids, 0), dict.fromkeys(ids, 0)
    for each in judged.used:
        used[each.request.id] += 1
    for row in judged.quarantined:
        rejected[row.request.id] += 1
    fate = {number: found.get(number, (0, 0)) for number in ids}
    folding.finish(
        {
            "ids": ids,
            "stored": [fate[number][0] for number in ids],
            "held": [max(0, fate[number][1]) for number in ids],
            "duplicates": [max(0, used[number] - sum(fate[number])) for number in ids],
            "rejected": [rejected[number] for number in ids],
        }
    )
    earlier = {number: counts for number, counts in found.items() if number not in fate}
    if earlier:
        stored, held = [counts[0] for counts in earlier.values()], [counts[1] for counts in earlier.values()]
        folding.correct({"ids": list(earlier), "stored": stored, "held": held})
    every_stored, every_held = sum(row[0] for row in found.values()), sum(row[1] for row in found.values())
    arrived = sum(sum(counts) for counts in fate.values())
    return Turn(len(ids), every_stored, every_held, len(judged.quarantined), len(judged.used) - arrived)
