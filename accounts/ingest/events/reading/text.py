"""Finds in an event what a database cannot keep: NUL, halves of characters, what is no number, endless depth."""

from __future__ import annotations

from typing import Any

MOST_LEVELS = 32


def is_deep(text: bytes, value: Any) -> bool:
    """More than MOST_LEVELS levels? `text` is the value as JSON: a short one, or one with few brackets, needs no look."""
    if len(text) <= 2 * MOST_LEVELS or text.count(b"{") + text.count(b"[") <= MOST_LEVELS:
        return False
    level = [value]
    for _depth in range(MOST_LEVELS):
        level = [below for item in level for below in _below(item) if isinstance(below, dict | list)]
        if not level:
            return False
    return True


def check_odd(event: Any, no_value: type) -> tuple[str, str] | None:
    """Code and place of the first thing in an event that cannot be kept; None where all can. `no_value` stands for what was no number."""
    waiting: list[tuple[str, Any]] = [("", event)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and _is_odd(value):
            return "bad_text", path
        if isinstance(value, no_value) or (isinstance(value, int) and not -(2**63) <= value < 2**64):
            return "bad_number", path
        if isinstance(value, dict):
            for key, below in value.items():
                if _is_odd(key):
                    return "bad_text", path
                waiting.append((f"{path}.{key}" if path else key, below))
        elif isinstance(value, list):
            waiting.extend((path, below) for below in value)
    return None


def _is_odd(text: str) -> bool:
    return "\x00" in text or (not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text))


def _below(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
