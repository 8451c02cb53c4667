"""Reads what a request asks for in its address, and refuses what is no moment, day or id in the reader's language."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers

if TYPE_CHECKING:
    from collections.abc import Mapping


def moment(asked: Mapping[str, str], name: str, *, as_of: datetime) -> datetime | None:
    """The parameter as a moment not later than `as_of`, None without it; a day means its end in UTC. Raises ValidationError."""
    if not (text := asked.get(name, "")):
        return None
    found = _moment(text)
    if found is None or found > as_of + timedelta(days=1):
        raise serializers.ValidationError(
            {
                name: _("“%(value)s” is no day or moment of the past. Write 2026-03-31 or 2026-03-31T12:00:00Z.")
                % {"value": text[:40]}
            }
        )
    return min(found, as_of)


def identifier(asked: Mapping[str, str], name: str) -> UUID | None:
    """The parameter as an id, None without it. Raises ValidationError."""
    if name not in asked:
        return None
    try:
        return UUID(asked[name])
    except ValueError:
        raise serializers.ValidationError({name: _("“%(value)s” is no id.") % {"value": asked[name][:40]}}) from None


def _moment(text: str) -> datetime | None:
    try:
        if (day := parse_date(text)) is not None:
            return datetime.combine(day, time.max, UTC)
        found = parse_datetime(text)
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
