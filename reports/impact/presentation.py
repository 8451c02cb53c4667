"""Experiments in words and drawings."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cshub.kernel import charts
from cshub.l10n import formats
from reports.impact.models import Estimate
from reports.impact.queries import ExperimentRow
from reports.impact.wording import VERDICTS, known, refusal, warnings

POINTS = 100


@dataclass(frozen=True)
class Words:
    """What one experiment says, in the reader's language, and the engine's own lines."""

    verdict: str
    rate: str
    money: str
    warnings: Sequence[str]
    lines: Sequence[str]


def forest_of(rows: Sequence[ExperimentRow]) -> charts.Forest:
    """All experiments on one scale, in points of the renewal rate."""
    return charts.forest([_entry(row) for row in rows])


def forest_entry(
    *,
    label: str,
    note: str,
    effect: tuple[float | None, float | None, float | None],
    counts: tuple[int, int],
    verdict: str,
) -> charts.ForestEntry:
    """One line of a forest from estimate, low and high as shares, the treated and the held out, and the engine's verdict."""
    estimate, low, high = (None if share is None else share * POINTS for share in effect)
    treated, held_out = counts
    kind = VERDICTS.get(verdict, "open")
    return charts.ForestEntry(label, estimate, low, high, treated, held_out, verdict=kind, note=note)


def reading_in_words(row: ExperimentRow) -> Words:
    """The latest reading in sentences."""
    reading = row.rate
    return Words(
        verdict=_verdict(reading),
        rate=_rate(reading),
        money=_money(row.money),
        warnings=warnings(reading.reasons, reading.diagnostics["counts"]) if reading else [],
        lines=reading.diagnostics["lines"] if reading else [],
    )


def _entry(row: ExperimentRow) -> charts.ForestEntry:
    reading, experiment = row.rate, row.experiment
    return forest_entry(
        label=f"{experiment.version.playbook.name} v{experiment.version.number}",
        note=_("registered %(day)s") % {"day": formats.date(experiment.registered_at.date())},
        effect=(reading.point, reading.low, reading.high) if reading else (None, None, None),
        counts=(reading.treated_count, reading.held_out_count) if reading else (0, 0),
        verdict=reading.verdict if reading else "",
    )


def _verdict(reading: Estimate | None) -> str:
    words = {
        "MEASURED_GAIN": _("It works"),
        "MEASURED_LOSS": _("It does harm"),
        "NO_EFFECT_SHOWN": _("No effect was seen"),
        "CANNOT_BE_SHOWN": _("It cannot be shown"),
        "TOO_EARLY": _("Too early to tell"),
    }
    return words.get(reading.verdict if reading else "TOO_EARLY", _("It cannot be told yet"))


def _rate(reading: Estimate | None) -> str:
    if reading is None:
        return _("The first reading comes after a whole week, once a renewal is planned.")
    counts = reading.diagnostics["counts"]
    if reading.verdict == "CANNOT_BE_SHOWN":
        return refusal(reading.reasons, counts)
    if reading.verdict == "TOO_EARLY":
        return _("What we know: %(known)s. A reading needs 20 accounts in each arm and 10 lost.") % {
            "known": known(counts)
        }
    if reading.verdict == "NOT_YET" or reading.point is None or reading.low is None or reading.high is None:
        return _(
            "What we know: %(known)s. Chance alone could give this difference; reading on every week costs nothing."
        ) % {"known": known(counts)}
    return _(
        "Of 100 accounts due, %(points)s more renewed because they were worked on; 95%% sure between %(low)s and %(high)s."
    ) % _points(reading.point, reading.low, reading.high)


def _money(reading: Estimate | None) -> str:
    if reading is not None and reading.verdict == "CANNOT_BE_SHOWN":
        return refusal(reading.reasons, reading.diagnostics["counts"])
    if (
        reading is None
        or reading.verdict in {"TOO_EARLY", "NOT_YET"}
        or reading.point is None
        or reading.low is None
        or reading.high is None
    ):
        return _("In money nothing can be said yet.")
    return _("Of 100 due, %(points)s more were kept in money; 95%% sure between %(low)s and %(high)s.") % _points(
        reading.point, reading.low, reading.high
    )


def _points(estimate: float, low: float, high: float) -> dict[str, str]:
    shares = {"points": estimate, "low": low, "high": high}
    return {name: formats.signed(share * POINTS, decimals=1) for name, share in shares.items()}
