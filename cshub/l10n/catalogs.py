"""Message catalogs compiled without gettext's own tools, so a fresh machine needs none."""

from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_all(locale_folders: Iterable[Path | str]) -> int:
    """Compile every django.po whose .mo is missing or older; returns how many were written."""
    sources = [source for folder in locale_folders for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))]
    stale = [source for source in sources if not _is_fresh(source)]
    for source in stale:
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parent.parent.name, abort_invalid=True)
        unfinished = source.with_suffix(".mo.part")
        with unfinished.open("wb") as binary:
            write_mo(binary, catalog)
        unfinished.replace(source.with_suffix(".mo"))
    return len(stale)


def _is_fresh(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime
