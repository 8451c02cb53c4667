"""Monograms: two letters and a hue that stay the same for a name on every page."""

import re
from zlib import crc32

HUES = 12


def initials(name: str) -> str:
    """AM for Anna Maj, FŁ for Fabryka Łożysk Wisła, A for a@b.example."""
    words = re.findall(r"\w+", name.partition("@")[0])
    if not words:
        return ""
    first = words[0]
    second = words[1][0] if len(words) > 1 else first[1:2] if first.isascii() else ""
    return str(first[0] + second).upper()


def hue(name: str) -> int:
    """The class hue-N of this name, 0-11; the same in every process and on every machine."""
    return crc32(name.encode()) % HUES
