"""Which calendar and which digits the reader of this page chose."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.utils.translation import get_language

GREGORIAN, JALALI = "gregorian", "jalali"
LATIN, PERSIAN = "latin", "persian"
RIGHT_TO_LEFT = frozenset({"fa"})


@dataclass(frozen=True)
class Preferences:
    """An empty string leaves the choice to the language."""

    calendar: str = ""
    digits: str = ""


NOTHING_CHOSEN = Preferences()
_current: ContextVar[Preferences] = ContextVar("l10n_preferences", default=NOTHING_CHOSEN)


@contextmanager
def using(*, calendar: str = "", digits: str = "") -> Iterator[None]:
    """Format everything inside with this calendar (gregorian, jalali) and these digits (latin, persian)."""
    token = _current.set(Preferences(calendar or "", digits or ""))
    try:
        yield
    finally:
        _current.reset(token)


def language() -> str:
    """The active language without its region: en, pl, ru, fa."""
    return (get_language() or "en").partition("-")[0]


def reader() -> tuple[str, str, str]:
    """All that decides how a value reads: language, calendar, digits."""
    speaks, chosen = language(), _current.get()
    if speaks == "fa":
        return speaks, chosen.calendar or JALALI, chosen.digits or PERSIAN
    return speaks, chosen.calendar or GREGORIAN, chosen.digits or LATIN


def calendar() -> str:
    return reader()[1]


def digits() -> str:
    return reader()[2]
