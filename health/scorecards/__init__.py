"""Scorecards to begin with, as data: copy one to add one."""

import json
from importlib.resources import files
from typing import Any

from health.engine.definition import Definition, parse

STARTERS = ("standard", "customer_file")


def starter(template: str) -> dict[str, Any]:
    """The document of a starter scorecard. Raises KeyError for an unknown name."""
    if template not in STARTERS:
        raise KeyError(f"There is no starter scorecard “{template}”; use one of {', '.join(STARTERS)}.")
    document: dict[str, Any] = json.loads(files(__name__).joinpath(f"{template}.json").read_text(encoding="utf-8"))
    return document


def starter_definition(template: str) -> Definition:
    return parse(starter(template))
