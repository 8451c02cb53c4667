"""One way to write a deed down, so that its digest is the same on every machine and after the database has kept it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

GENESIS = "0" * 64


def plain(value: Any) -> Any:
    """The value as JSON keeps it unchanged: decimals, floats, dates and ids become text, text loses what PostgreSQL refuses."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return str(value)
    return clean_text(str(value))


def clean_text(value: str) -> str:
    """Without NUL and lone surrogates, which the database cannot keep."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def moment(value: datetime) -> str:
    """2026-11-21T08:00:00.000000+00:00: always UTC, always with microseconds."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def digest(previous_hash: str, deed: Mapping[str, Any]) -> str:
    """sha256(previous hash + canonical JSON): sorted keys, no blanks, UTF-8; 64 hexadecimal digits."""
    text = json.dumps(plain(deed), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(f"{previous_hash}{text}".encode()).hexdigest()
