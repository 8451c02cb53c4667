"""Opens and closes sources, and gives each its write key."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.ingest.events.models import EVENTS_A_MINUTE, Source
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

KEY_MARK = "cwk"
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=90)


class NameTaken(Refused):
    """Another source has this name."""

    code = "name_taken"


class OverlapTooLong(Refused):
    """A key that was replaced may not work that long."""

    code = "overlap_too_long"


def digest(plain: str) -> str:
    """What is kept of a write key: sha256, enough for 256 random bits."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def create_source(
    *, name: str, events_a_minute: int = EVENTS_A_MINUTE, by: User | None, as_of: datetime
) -> tuple[Source, str]:
    """A new source and its write key, which is kept nowhere. Raises NameTaken."""
    name = name.strip()
    _refuse_taken(name)
    prefix, plain = _new_key()
    source = Source.objects.create(
        name=name, prefix=prefix, digest=digest(plain), events_a_minute=events_a_minute, created_at=as_of
    )
    audit.record(
        "source.created",
        target=source,
        by=by,
        at=as_of,
        after={"name": name, "prefix": prefix, "events_a_minute": events_a_minute},
    )
    return source, plain


@transaction.atomic
def revise_source(source: Source, *, name: str, events_a_minute: int, by: User | None, as_of: datetime) -> Source:
    """Call a source otherwise, or let it send more or less. Raises NameTaken."""
    name = name.strip()
    if name != source.name:
        _refuse_taken(name)
    before = {"name": source.name, "events_a_minute": source.events_a_minute}
    after = {"name": name, "events_a_minute": events_a_minute}
    if before != after:
        source.name, source.events_a_minute = name, events_a_minute
        source.save(update_fields=["name", "events_a_minute"])
        audit.record("source.revised", target=source, by=by, at=as_of, before=before, after=after)
    return source


@transaction.atomic
def rotate_key(
    source: Source, *, by: User | None, as_of: datetime, old_key_until: datetime | None = None
) -> tuple[Source, str]:
    """Give a source a new write key, which is kept nowhere; the source and the key.

    The key before works until `old_key_until`, a day where nothing is said, and ends at once where that is past. Of several old keys only
    the latest works on. Raises OverlapTooLong.
    """
    until = as_of + OVERLAP if old_key_until is None else max(old_key_until, as_of)
    if until > as_of + LONGEST_OVERLAP:
        raise OverlapTooLong(
            _("An old key may work for another %(days)s days at most. Name an earlier time.")
            % {"days": LONGEST_OVERLAP.days},
            field="old_key_until",
        )
    held = Source.objects.select_for_update().get(pk=source.pk)
    before = held.prefix
    prefix, plain = _new_key()
    held.previous_digest, held.previous_until = held.digest, until
    held.prefix, held.digest = prefix, digest(plain)
    held.save(update_fields=["previous_digest", "previous_until", "prefix", "digest"])
    after = {"prefix": prefix, "old_key_until": until.isoformat()}
    audit.record("source.key_rotated", target=held, by=by, at=as_of, before={"prefix": before}, after=after)
    return held, plain


@transaction.atomic
def switch_source(source: Source, *, is_active: bool, by: User | None, as_of: datetime) -> Source:
    """Take a source's events, or refuse them from now on. What came in stays; one that is so already stays as it was."""
    if Source.objects.filter(pk=source.pk, is_active=not is_active).update(is_active=is_active):
        source.is_active = is_active
        audit.record("source.switched_on" if is_active else "source.switched_off", target=source, by=by, at=as_of)
    return source


def _refuse_taken(name: str) -> None:
    if Source.objects.filter(name=name).exists():
        raise NameTaken(
            _("A source called “%(name)s” exists already. Choose another name.") % {"name": name}, field="name"
        )


def _new_key() -> tuple[str, str]:
    prefix = f"{KEY_MARK}_{secrets.token_hex(4)}"
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"
