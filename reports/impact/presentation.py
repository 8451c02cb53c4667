"""Comparisons in words and drawings."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cshub.kernel import charts
from cshub.l10n import formats
from reports.impact.models import Estimate
from reports.impact.queries import ExperimentRow

VERDICTS = {
    "MEASURED_GAIN": "proven",
    "MEASURED_LOSS": "harmful",
    "CANNOT_BE_SHOWN": "open",
    "TOO_EARLY": "open",
    "NOT_YET": "open",
}
POINTS = 100


@dataclass(frozen=True)
class Words:
    """What one experiment says, in the reader's language, and the engine's own lines."""

    verdict: str
    rate: str
    money: str
    lines: Sequence[str]


def forest_of(rows: Sequence[ExperimentRow]) -> charts.Forest:
    """All experiments on one scale, in points of the renewal rate."""
    return charts.forest([_entry(row) for row in rows])


def reading_in_words(row: ExperimentRow) -> Words:
    """The latest reading in sentences."""
    lines = list((row.rate.diagnostics if row.rate else {}).get("lines", []))
    return Words(verdict=_verdict(row.rate), rate=_rate(row.rate), money=_money(row.money), lines=lines)


def _entry(row: ExperimentRow) -> charts.ForestEntry:
    reading = row.rate
    shown = reading is not None and reading.point is not None
    return charts.ForestEntry(
        label=f"{row.experiment.version.playbook.name} v{row.experiment.version.number}",
        note=_("registered %(day)s") % {"day": formats.date(row.experiment.registered_at.date())},
        estimate=reading.point * POINTS if reading and shown else None,
        low=reading.low * POINTS if reading and shown else None,
        high=reading.high * POINTS if reading and shown else None,
        treated=reading.treated_count if reading else 0,
        held_out=reading.held_out_count if reading else 0,
        verdict=VERDICTS.get(reading.verdict, "none") if reading else "open",
    )


def _verdict(reading: Estimate | None) -> str:
    words = {
        "MEASURED_GAIN": _("It works"),
        "MEASURED_LOSS": _("It does harm"),
        "NO_EFFECT_SHOWN": _("No effect can be seen so far"),
    }
    return words.get(reading.verdict if reading else "", _("It cannot be told yet"))


def _rate(reading: Estimate | None) -> str:
    if reading is None:
        return _("No renewal of an enrolled account has fallen due yet.")
    if reading.point is None or reading.low is None or reading.high is None:
        return _(
            "%(treated)s treated and %(held)s held-out accounts have a known outcome; each arm needs at least 30."
        ) % {
            "treated": formats.number(reading.treated_count),
            "held": formats.number(reading.held_out_count),
        }
    return _(
        "Of 100 accounts due, %(points)s more renewed because they were worked on; 95%% sure between %(low)s and %(high)s."
    ) % {
        "points": formats.signed(reading.point * POINTS, decimals=1),
        "low": formats.signed(reading.low * POINTS, decimals=1),
        "high": formats.signed(reading.high * POINTS, decimals=1),
    }


def _money(reading: Estimate | None) -> str:
    if reading is None or reading.point is None or reading.low is None or reading.high is None:
        return _("In money nothing can be said yet.")
    return _("Of 100 due, %(cents)s more were kept in money; 95%% sure between %(low)s and %(high)s.") % {
        "cents": formats.signed(reading.point * POINTS, decimals=1),
        "low": formats.signed(reading.low * POINTS, decimals=1),
        "high": formats.signed(reading.high * POINTS, decimals=1),
    }
