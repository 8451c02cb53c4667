"""Shows what a version changes against the one approved before it, field by field, steps line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cshub.l10n import formats
from playbooks.models import PlaybookVersion
from playbooks.queries.words import audience_in_words, trigger_in_words


@dataclass(frozen=True)
class Change:
    """One field before and after; `before` is empty where nothing was approved yet."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Line:
    """A line of the steps: added, removed or same. `is_detail`: a line of a step's instructions."""

    mark: str
    text: str
    is_detail: bool


@dataclass(frozen=True)
class Changes:
    """Everything a version says, beside what the last approved version said."""

    against: PlaybookVersion | None
    fields: tuple[Change, ...]
    steps: tuple[Line, ...]


def changes(version: PlaybookVersion) -> Changes:
    """The version against the newest approved version of its playbook with a lower number; one query."""
    against = (
        PlaybookVersion.objects.filter(
            playbook=version.playbook_id, number__lt=version.number, approvals__decision="approved"
        )
        .order_by("-number")
        .first()
    )
    before = _fields(against) if against else {}
    return Changes(
        against=against,
        fields=tuple(Change(label, before.get(label, ""), after) for label, after in _fields(version).items()),
        steps=_step_changes(_lines(against) if against else _lines(version), _lines(version)),
    )


def step_in_words(number: int, step: Mapping[str, Any]) -> str:
    """A step in a line: number, title, when, how long."""
    days = int(step["after_days"])
    when = ngettext("%(days)s business day", "%(days)s business days", days) % {"days": formats.number(days)}
    minutes = _("%(minutes)s min") % {"minutes": formats.number(int(step["minutes"]))}
    return f"{formats.number(number)}. {step['title']} ({when}, {minutes})"


def _fields(version: PlaybookVersion) -> dict[str, str]:
    return {
        _("Trigger"): trigger_in_words(version.trigger, version.trigger_settings),
        _("Audience"): audience_in_words(version.audience),
        _("Goal"): version.goal,
        _("Primary outcome"): str(version.get_primary_outcome_display()),
        _("Horizon"): ngettext("%(days)s day", "%(days)s days", version.horizon_days)
        % {"days": formats.number(version.horizon_days)},
        _("Holdout"): formats.percent(version.holdout_share, decimals=1),
    }


def _lines(version: PlaybookVersion) -> list[tuple[str, ...]]:
    """Each step as its lines: the step itself, then its instructions."""
    return [
        (step_in_words(number, step), *step["instructions"].splitlines())
        for number, step in enumerate(version.steps, start=1)
    ]


def _step_changes(before: list[tuple[str, ...]], after: list[tuple[str, ...]]) -> tuple[Line, ...]:
    """Whole steps are taken out and put in, so that a changed one reads as before and after."""
    lines: list[Line] = []
    for _tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if before[start:end] == after[new_start:new_end]:
            lines += _marked("same", after[new_start:new_end])
        else:
            lines += [*_marked("removed", before[start:end]), *_marked("added", after[new_start:new_end])]
    return tuple(lines)


def _marked(mark: str, steps: list[tuple[str, ...]]) -> list[Line]:
    return [Line(mark, text, is_detail=place > 0) for step in steps for place, text in enumerate(step)]
