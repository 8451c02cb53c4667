"""What a new scorecard can begin with: what is in force, the starters that come along, and models that other teams published."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from health.scorecards import STARTERS, starter
from health.scorecards.assignment import in_force
from health.scorecards.published import MODELS, PublishedModel, published


@dataclass(frozen=True)
class Beginning:
    """A formula to begin with; `model` says where one was published. `key` is empty for what scores most accounts now."""

    key: str
    definition: dict[str, Any]
    model: PublishedModel | None = None


def beginning(key: str) -> Beginning | None:
    """The one with that key, to be changed at will; None where there is none. One query for what is in force, else none."""
    if key in MODELS:
        model = published(key)
        return Beginning(key, model.definition, model)
    if key in STARTERS:
        return Beginning(key, {**starter(key), "name": _(starter(key)["name"])})
    if key:
        return None
    active = in_force()
    first = copy.deepcopy(active[-1].definition) if active else starter("standard")
    first.pop("scope", None)
    return Beginning("", {**first, "name": _("New scorecard")})


def offered() -> list[tuple[str, str]]:
    """The key and the name of each. No query."""
    starters = [(key, _(starter(key)["name"])) for key in STARTERS]
    return [
        ("", _("What scores most accounts now")),
        *starters,
        *((key, str(published(key).definition["name"])) for key in MODELS),
    ]
