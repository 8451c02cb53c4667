"""Names of events as numbers, each with a metric; beyond the cap they share one."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

OTHER, OTHER_METRIC = "(other events)", "event_other"
TOTAL = "events"  # the metric that sums up all names
LONGEST_KEY = 60

_KNOWN = "SELECT name, id FROM events_eventname WHERE name = ANY (%(names)s)"
_TAKEN = "SELECT key FROM accounts_metricdefinition WHERE key LIKE 'event%'"
_COUNT = "SELECT count(*) FROM events_eventname"
_METRICS = """
    INSERT INTO accounts_metricdefinition (key, name, unit, aggregation)
    SELECT key, name, 'events', 'sum' FROM unnest(%(keys)s::text[], %(names)s::text[]) AS given (key, name) ORDER BY key ON CONFLICT (key) DO NOTHING
"""
_ADD = """
    INSERT INTO events_eventname (name, metric_id, first_seen_at)
    SELECT name, key, %(as_of)s FROM unnest(%(keys)s::text[], %(names)s::text[]) AS given (key, name) ORDER BY name ON CONFLICT DO NOTHING
"""


def numbers_of(names: Iterable[str], *, most: int, as_of: datetime) -> dict[str, int]:
    """The number of each name, made where it is new. From the `most`-th name on, new ones have the number of OTHER."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    known = _known(wanted)
    missing = [name for name in wanted if name not in known]
    if missing:
        room = max(0, most - int(sql.rows(_COUNT)[0][0]))
        _add(missing[:room], as_of)
        known = _known([*wanted, OTHER])
    return {name: known.get(name) or known[OTHER] for name in wanted}


def are_known(names: Iterable[str]) -> bool:
    """Has each of these names its number already?"""
    wanted = sorted(set(names))
    return not wanted or len(_known(wanted)) == len(wanted)


def key_of(name: str, *, taken: set[str]) -> str:
    """The metric of a name: event_ and its letters and digits, and a digest of it where that is taken already."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:LONGEST_KEY]
    if plain and f"event_{plain}" not in taken:
        return f"event_{plain}"
    return "_".join(part for part in ("event", plain, hashlib.sha256(name.encode()).hexdigest()[:8]) if part)


def _known(names: list[str]) -> dict[str, int]:
    return dict(sql.rows(_KNOWN, {"names": names}))


def _add(names: list[str], as_of: datetime) -> None:
    taken = {OTHER_METRIC, *(key for (key,) in sql.rows(_TAKEN))}
    keys: dict[str, str] = {}
    for name in names:
        keys[key_of(name, taken=taken | keys.keys())] = name
    keys[OTHER_METRIC] = OTHER
    metrics = {**keys, TOTAL: "Events"}
    sql.execute(_METRICS, {"keys": list(metrics), "names": list(metrics.values())})
    sql.execute(_ADD, {"keys": list(keys), "names": list(keys.values()), "as_of": as_of})
