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


def calendar() -> str:
    return _current.get().calendar or (JALALI if language() == "fa" else GREGORIAN)


def digits() -> str:
    return _current.get().digits or (PERSIAN if language() == "fa" else LATIN)
