"""Who builds on a segment. Apps above this one name their own users of it, because this one does not know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from health.segments.engine.grammar import segments_named
from health.segments.models import Segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

NAMED_BY: list[Callable[[UUID], list[str]]] = []


def named_by(naming: Callable[[UUID], list[str]]) -> None:
    """Let an app above say what of its own is built on a segment: one phrase each, such as "the playbook “Runway”". Called once, at start."""
    NAMED_BY.append(naming)


def users_of(segment: Segment) -> list[str]:
    """Everything that is built on a segment, in phrases: rules of other segments in use first, then what apps above name."""
    rules = [
        _("the segment “%(name)s”") % {"name": other.name}
        for other in Segment.objects.in_use().exclude(pk=segment.pk).select_related("current").order_by("name")
        if other.current and str(segment.pk) in set(segments_named(other.current.definition))
    ]
    return rules + [each for naming in NAMED_BY for each in naming(segment.pk)]
