"""Message catalogs collected and compiled without gettext's own tools, so a fresh machine needs none."""

import datetime
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
UNDATED = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)  # dates in headers would differ on every run


def compile_all(locale_folders: Iterable[Path | str]) -> int:
    """Compile every django.po whose .mo is missing or older; returns how many were written."""
    sources = [source for folder in locale_folders for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po"))]
    stale = [source for source in sources if not _is_fresh(source)]
    for source in stale:
        catalog = read(source)
        unfinished = source.with_suffix(".mo.part")
        with unfinished.open("wb") as binary:
            write_mo(binary, catalog)
        unfinished.replace(source.with_suffix(".mo"))
    return len(stale)


def collect(root: Path, folders: Iterable[str]) -> Catalog:
    """Every message of the templates and modules below `root`/folder, with the files that hold it."""
    found = Catalog(charset="utf-8")
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                for message, comments, context in _messages(path):
                    place = (str(path.relative_to(root)), 0)
                    found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def update(source: Path, template: Catalog) -> tuple[int, int]:
    """Bring one django.po up to date with `template`; returns (messages, of these untranslated)."""
    catalog = read(source) if source.exists() else Catalog(locale=source.parent.parent.name, charset="utf-8")
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.last_translator, catalog.language_team, catalog.msgid_bugs_address = "cshub", "cshub", ""
    catalog.creation_date = catalog.revision_date = UNDATED
    source.parent.mkdir(parents=True, exist_ok=True)
    with source.open("wb") as text:
        write_po(text, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
    return len(catalog), len(untranslated(catalog))


def unfinished(source: Path, template: Catalog) -> list[str]:
    """What one django.po lacks against `template`: texts not collected yet, untranslated ones and fuzzy ones, each named."""
    catalog = read(source)
    return [
        *(f"not collected: {_first(m)}" for m in template if m.id and catalog.get(_first(m), m.context) is None),
        *(f"untranslated: {_first(m)}" for m in untranslated(catalog)),
        *(f"fuzzy: {_first(m)}" for m in catalog if m.id and m.fuzzy),
    ]


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages without a text, or without one of their plural forms."""
    return [message for message in catalog if message.id and not _is_translated(message.string)]


def read(source: Path) -> Catalog:
    """The catalog in one django.po; raises PoFileError where the file is not one."""
    with source.open("rb") as text:
        return read_po(text, locale=source.parent.parent.name, abort_invalid=True)


def _messages(path: Path) -> Iterator[tuple[str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    lines = io.BytesIO(text.encode())
    for _line, message, comments, context in extract("python", lines, KEYWORDS, ["Translators:"]):
        yield message, comments, context


def _first(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _is_translated(text: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(text) if text is None or isinstance(text, str) else all(text)


def _is_fresh(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime
