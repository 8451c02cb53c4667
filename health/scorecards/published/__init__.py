"""Models that other teams published, written down as scorecards: begin with one, and make it yours. What is theirs and what is ours stands in `notes`."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

MODELS = ("posthog", "gitlab", "planhat", "planhat_strong", "catalyst", "catalyst_extremes")


@dataclass(frozen=True)
class PublishedModel:
    """Where it was published, when we read it (ISO day), what of it is theirs and what ours, and the definition of a scorecard."""

    sources: tuple[str, ...]
    read_on: str
    notes: tuple[str, ...]
    definition: dict[str, Any]


def published(name: str) -> PublishedModel:
    """The model with that name. Raises KeyError for an unknown one."""
    if name not in MODELS:
        raise KeyError(f"There is no published model “{name}”; use one of {', '.join(MODELS)}.")
    found = json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    return PublishedModel(tuple(found["sources"]), found["read_on"], tuple(found["notes"]), found["definition"])
