"""Draws the parts that stand many times on a page in Python: a template for each would cost more than all the rest of a list."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from html import escape as shown  # also what says it is safe: parts are kept by their values

from django.utils.translation import gettext_lazy

from cshub.kernel import charts
from cshub.l10n import formats
from cshub.web.people import hue, initials

KEPT = 4_000
BANDS = {
    "good": gettext_lazy("Healthy"),
    "watch": gettext_lazy("Watch"),
    "risk": gettext_lazy("At risk"),
    "unknown": gettext_lazy("Unscored"),
}
SHAPES = {
    "good": '<circle cx="6" cy="6" r="5"/>',
    "watch": '<path d="M6 .6 11.4 6 6 11.4 .6 6z"/>',
    "risk": '<path d="M6 1 11.6 11H.4z"/>',
    "unknown": '<circle cx="6" cy="6" r="4"/>',
}
NOTHING = '<span class="u-faint" aria-hidden="true">–</span>'


@lru_cache(maxsize=KEPT)
def monogram(name: str, size: str = "") -> str:
    """Initials in the hue of the name; `size`: large or nothing."""
    large = f" is-{size}" if size else ""
    return f'<span class="c-monogram hue-{hue(name)}{large}" aria-hidden="true">{shown(initials(name))}</span>'


@lru_cache(maxsize=KEPT)
def avatar(name: str, alone: bool = False) -> str:
    """The same, round; `alone` where no text beside it says the name."""
    said = f' role="img" aria-label="{shown(name)}" title="{shown(name)}"' if alone else ' aria-hidden="true"'
    return f'<span class="c-avatar hue-{hue(name)}"{said}>{shown(initials(name))}</span>'


def score_pill(score: float | Decimal | None, band: str, *, show_word: bool = False) -> str:
    """Shape, number and word: never color alone. A missing score is a dash, an unknown band is unscored."""
    return pill(formats.DASH if score is None else formats.number(score), band, show_word=show_word)


def pill(text: str, band: str, *, show_word: bool = False) -> str:
    """The same around a text; an empty one leaves shape and word."""
    band = band if band in BANDS else "unknown"
    number = f"<bdi>{shown(text)}</bdi>" if text else ""
    seen = "c-health-word" if show_word else "u-visually-hidden"
    return (
        f'<span class="c-health-pill is-{band}"><svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">{SHAPES[band]}</svg>'
        f'{number} <span class="{seen}">{shown(str(BANDS[band]))}</span></span>'
    )


def spark(line: charts.Spark | None, band: str) -> str:
    """A line of scores with a dot at its end. The cell beside it says the score and its change in words."""
    if line is None:
        return NOTHING
    return (
        f'<svg class="c-spark is-{shown(band)}" viewBox="0 0 {line.width} {line.height}" preserveAspectRatio="none" aria-hidden="true"'
        f' focusable="false"><path d="{line.path}"/><circle cx="{line.end_x}" cy="{line.end_y}" r="2.25"/></svg>'
    )


def split_bar(share: str, size: str = "") -> str:
    """`share` ("34%") is proactive, the rest reactive. The per cent stands beside it in words."""
    wide = f" is-{shown(size)}" if size else ""
    return (
        f'<svg class="c-split-bar{wide}" aria-hidden="true" focusable="false"><rect class="is-reactive" width="100%" height="100%"/>'
        f'<rect class="is-proactive" width="{share}" height="100%"/><rect class="is-gap" x="{share}" width="1" height="100%"/></svg>'
    )
