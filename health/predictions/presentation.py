"""Back-tests and models as drawings and tables: figures with their intervals as texts, bins as lines with their ribbons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cshub.kernel import charts, line_plot
from cshub.l10n import formats

MARKS = (0.0, 0.25, 0.5, 0.75, 1.0)
FINE_MARKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
BAND_ORDER = ("risk", "watch", "good", "unknown")


def interval(figure: Mapping[str, float] | None, *, decimals: int = 2) -> str:
    """“0.78 (0.70 to 0.84)” from estimate, lo and hi; a dash where there is none."""
    if figure is None or figure["estimate"] is None:
        return formats.DASH
    return _("%(estimate)s (%(low)s to %(high)s)") % {
        name: formats.number(figure[key], decimals=decimals) if figure[key] is not None else "∞"
        for name, key in (("estimate", "estimate"), ("low", "lo"), ("high", "hi"))
    }


def share(figure: Mapping[str, float] | None) -> str:
    """“24% (19% to 30%)” from estimate, lo and hi as rates."""
    if figure is None:
        return formats.DASH
    return _("%(estimate)s (%(low)s to %(high)s)") % {
        name: formats.percent(figure[key]) for name, key in (("estimate", "estimate"), ("low", "lo"), ("high", "hi"))
    }


def band_rows(bands: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a band, the worst first: counts, the share that left in words, and its interval on a scale from none to all."""
    found = {each["band"]: each for each in bands["bands"]}
    every = sum(each["n"] for each in bands["bands"]) or 1
    overall = sum(each["churned"] for each in bands["bands"]) / every
    return [
        {
            "band": band, "n": found[band]["n"], "left": found[band]["churned"], "share": share(found[band]["share"]),
            "drawing": on_scale(found[band]["share"], reference=overall),
        }
        for band in BAND_ORDER if band in found
    ]  # fmt: skip


def on_scale(figure: Mapping[str, float], *, reference: float, most: float = 1.0) -> charts.Interval:
    """An interval of a rate on a scale from 0 to `most`, the same for every row of a table; the tick is the reference."""
    low, high = charts.position(figure["lo"], 0, most), charts.position(figure["hi"], 0, most)
    return charts.Interval(
        band=charts.Bar(charts.per_cent(low), charts.per_cent(max(high - low, 0.5))),
        estimate=charts.per_cent(charts.position(figure["estimate"], 0, most)),
        reference=charts.per_cent(charts.position(reference, 0, most)),
    )


def score_plot(bins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Share that renewed by score, with its ribbon; bins with too few accounts to say are left out of the line, not of the table."""
    said = [each for each in bins if each["enough"]]
    headings = [_("Score"), _("Renewals"), _("Renewed"), _("95% interval"), _("Note")]
    context: dict[str, Any] = {"headings": headings, "rows": _under(headings, map(_score_row, bins)), "plot": None}
    if len(said) < 2:
        return context
    values = [each["share"]["estimate"] for each in said]
    context["plot"] = line_plot.line_plot(
        [line_plot.Line(_("Renewed"), values, "treated", [(each["share"]["lo"], each["share"]["hi"]) for each in said])],
        line_plot.Axes(0, 1, [(mark, formats.percent(mark)) for mark in MARKS], [(place, scores(each)) for place, each in enumerate(said)]),
        marks=[line_plot.Mark(place, "proactive", value=value) for place, value in enumerate(values)],
    )  # fmt: skip
    words = {"first": formats.percent(values[0]), "last": formats.percent(values[-1]), "low": scores(said[0]), "high": scores(said[-1])}  # fmt: skip
    context["label"] = _("Share that renewed by score: %(first)s at %(low)s, %(last)s at %(high)s") % words
    return context


def scores(each: Mapping[str, Any]) -> str:
    """40–45"""
    return f"{formats.number(each['lo'])}–{formats.number(each['hi'])}"


def calibration_plot(bins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What was given beside what happened, by bins of equal numbers."""
    most = max([each["given"] for each in bins] + [each["observed"]["hi"] for each in bins], default=1.0)
    top = next(mark for mark in FINE_MARKS if mark >= min(most, 1.0))
    given, observed = [each["given"] for each in bins], [each["observed"]["estimate"] for each in bins]
    rows = [
        (
            formats.percent(each["given"], decimals=1),
            [formats.number(each["n"]), formats.number(each["churned"]), formats.percent(each["observed"]["estimate"], decimals=1),
             _range(each["observed"], decimals=1)],
        )
        for each in bins
    ]  # fmt: skip
    headings = [_("Probability given"), _("Snapshots"), _("Left"), _("Share"), _("95% interval")]
    context = {"headings": headings, "rows": _under(headings, rows)}
    if len(bins) < 2:
        return {**context, "plot": None}
    ribbon = [(each["observed"]["lo"], each["observed"]["hi"]) for each in bins]
    lines = [line_plot.Line(_("Happened"), observed, "treated", ribbon), line_plot.Line(_("Given"), given, "held-out")]
    ticks = [(place, formats.percent(each["given"])) for place, each in enumerate(bins)]
    axes = line_plot.Axes(0, top, [(mark * top, formats.percent(mark * top)) for mark in MARKS], ticks)
    words = {"given": formats.percent(given[-1]), "left": formats.percent(observed[-1])}
    label = _("Of the accounts given the highest probability, %(given)s on average, %(left)s left") % words
    return {**context, "plot": line_plot.line_plot(lines, axes), "label": label}


def _under(
    headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each text of a row with its heading, which a phone shows beside it."""
    return [(label, list(zip(headings[1:], texts, strict=True))) for label, texts in rows]


def bin_sentence(bands: Mapping[str, Any] | None, score: float | None) -> str:
    """“Accounts scored 40–45 renewed 61% of the time, 83 renewals”; empty where too little is known to say so."""
    if bands is None or score is None or bands["verdict"] != "shown":
        return ""
    found = next((each for each in bands["bins"] if each["lo"] <= score < each["hi"] or each["hi"] == score), None)
    if found is None or not found["enough"]:
        return ""
    words = {"scores": scores(found), "share": formats.percent(found["share"]["estimate"]), "count": formats.number(found["n"])}  # fmt: skip
    return (
        ngettext(
            "Accounts scored %(scores)s renewed %(share)s of the time, %(count)s renewal.",
            "Accounts scored %(scores)s renewed %(share)s of the time, %(count)s renewals.",
            found["n"],
        )
        % words
    )


def _score_row(each: Mapping[str, Any]) -> tuple[str, list[str]]:
    said = "" if each["enough"] else _("too few to say")
    cells = [formats.number(each["n"]), formats.percent(each["share"]["estimate"]), _range(each["share"]), said]
    return scores(each), cells


def _range(figure: Mapping[str, float], *, decimals: int = 0) -> str:
    ends = {name: formats.percent(figure[name], decimals=decimals) for name in ("lo", "hi")}
    return _("%(lo)s to %(hi)s") % ends
