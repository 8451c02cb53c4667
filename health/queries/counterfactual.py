"""What would make an account healthy, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from cshub.l10n.formats import signed
from health.engine.counterfactual import RANK, changes
from health.models import Band
from health.reasons import label, value_text

if TYPE_CHECKING:
    from health.engine.counterfactual import Change
    from health.queries.explanations import Explanation

TARGETS = ("watch", "good")


@dataclass(frozen=True)
class Lever:
    """One signal changed and nothing else: its value today and then, the points of the score that gives, the score and band reached."""

    key: str
    label: str
    before: float | None
    after: float
    before_text: str
    after_text: str
    gain: Decimal | None
    score: Decimal
    band: str
    text: str


@dataclass(frozen=True)
class Way:
    """The single signals that alone lead to a band, the smallest change first; without any it takes several together."""

    band: str
    band_label: str
    levers: tuple[Lever, ...]


def ways_up(why: Explanation) -> tuple[Way, ...]:
    """For each better band that the formula can give, what would lead there. Nothing where the signals alone say it is healthy. No query."""
    here = _band(why)
    return tuple(
        Way(
            band=target,
            band_label=str(Band(target).label),
            levers=tuple(_lever(each, why) for each in changes(why.definition, why.raw, to=target)),
        )
        for target in TARGETS
        if RANK[here] < RANK[target]
    )


def _band(why: Explanation) -> str:
    """The band by the formula alone, whatever a person set."""
    if why.by_formula is None:
        return "unknown"
    if why.by_formula >= Decimal(str(why.good_from)):
        return "good"
    return "watch" if why.by_formula >= Decimal(str(why.watch_from)) else "risk"


def _lever(change: Change, why: Explanation) -> Lever:
    gain = None if why.by_formula is None else change.score - why.by_formula
    words: dict[str, str] = {
        "signal": label(change.measure),
        "before": value_text(change.measure, change.before),
        "after": value_text(change.measure, change.after),
        "gain": "" if gain is None else signed(gain, decimals=1),
        "band": str(Band(change.band).label),
    }
    return Lever(
        key=change.measure.key,
        label=words["signal"],
        before=change.before,
        after=change.after,
        before_text=words["before"],
        after_text=words["after"],
        gain=gain,
        score=change.score,
        band=change.band,
        text=_sentence(change, gain) % words,
    )


def _sentence(change: Change, gain: Decimal | None) -> str:
    if change.before is None and gain is None:
        return gettext("If “%(signal)s” were known and “%(after)s”: %(band)s")
    if change.before is None:
        return gettext("If “%(signal)s” were known and “%(after)s”: %(gain)s points, then %(band)s")
    if gain is None:
        return gettext("If “%(signal)s” went from “%(before)s” to “%(after)s”: %(band)s")
    return gettext("If “%(signal)s” went from “%(before)s” to “%(after)s”: %(gain)s points, then %(band)s")
