"""Writes down what a version says in one way only, so that its hash proves what was approved."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

FIELDS = (
    "mode",
    "trigger",
    "trigger_settings",
    "audience",
    "steps",
    "goal",
    "primary_outcome",
    "horizon_days",
    "holdout_share",
    "strata",
    "salt",
)


def canonical(content: Mapping[str, Any]) -> str:
    """The content as JSON with sorted keys and no blanks. Raises KeyError when one of FIELDS is missing."""
    kept = {name: content[name] for name in FIELDS}
    kept["holdout_share"] = str(Decimal(kept["holdout_share"]).quantize(Decimal("0.001")))
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical content, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
