"""What the pages of segments show: the list with its trends, one segment with its members and history, and where it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cshub.db import sql
from health.engine.terms import DefinitionError
from health.segments.catalog import catalog
from health.segments.engine.fields import Catalog
from health.segments.engine.grammar import parse, segments_named
from health.segments.models import Segment, SegmentMembership, SegmentTransition, SegmentVersion
from health.segments.sql.membership import TREND
from health.segments.words import Vocabulary, in_words
from health.wording import fault_in_words

WEEKS = 12
SHOWN = 50
MOVES_SHOWN = 20


@dataclass(frozen=True)
class SegmentRow:
    """One segment of the list; `trend` holds the size at the end of each of the last twelve weeks, None before it was known."""

    segment: Segment
    words: str
    trend: tuple[int | None, ...]


@dataclass(frozen=True)
class SegmentPage:
    """One segment as its page shows it."""

    segment: Segment
    words: str
    members: list[SegmentMembership]
    day: datetime
    moves: list[SegmentTransition]
    versions: list[tuple[SegmentVersion, str]]
    naming: list[Segment]


def segment_list(*, as_of: datetime) -> list[SegmentRow]:
    """The segments in use by name. A few queries for all of them."""
    found = list(Segment.objects.in_use().select_related("owner", "current"))
    known = catalog()
    names = Vocabulary(known.names)
    trends = _trends([segment.pk for segment in found], as_of=as_of)
    return [
        SegmentRow(
            segment, said(segment.current.definition if segment.current else {}, known, names), trends[segment.pk]
        )
        for segment in found
    ]


def segment_page(segment: Segment, *, at: datetime) -> SegmentPage:
    """One segment with those who were in it at a moment."""
    known = catalog()
    names = Vocabulary(known.names)
    versions = list(segment.versions.select_related("author").order_by("-number"))
    return SegmentPage(
        segment=segment,
        words=said(segment.current.definition if segment.current else {}, known, names),
        members=list(
            members_at(segment, at=at).select_related("account__revenue", "account__health", "account__owner")[:SHOWN]
        ),
        day=at,
        moves=list(segment.transitions.select_related("account").order_by("-occurred_at", "kind", "id")[:MOVES_SHOWN]),
        versions=[(version, said(version.definition, known, names)) for version in versions],
        naming=[
            other
            for other in Segment.objects.in_use().select_related("current")
            if other.current and str(segment.pk) in set(segments_named(other.current.definition))
        ],
    )


def members_at(segment: Segment, *, at: datetime) -> QuerySet[SegmentMembership]:
    """Who was in a segment at a moment, by name."""
    return SegmentMembership.objects.at(at).filter(segment=segment).order_by("account__name", "account_id")


def said(definition: Any, known: Catalog, names: Vocabulary) -> str:
    """The rule in words; one that cannot be read any more by the sentence that says why."""
    try:
        return in_words(parse(definition, known), names)
    except DefinitionError as error:
        return fault_in_words(error, whole=_("The rule"))


def _trends(ids: list[UUID], *, as_of: datetime) -> dict[UUID, tuple[int | None, ...]]:
    found: dict[UUID, list[int | None]] = {pk: [None] * WEEKS for pk in ids}
    for pk, week, count in sql.rows(TREND, {"ids": ids, "weeks": WEEKS, "today": as_of.date()}):
        found[pk][week] = count
    return {pk: tuple(counts) for pk, counts in found.items()}
