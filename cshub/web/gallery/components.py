"""Sample values for the component gallery. The company, its people and its numbers are invented."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from cshub.kernel import charts, line_plot
from cshub.web.gallery.persian import say

TODAY = date(2026, 11, 21)
LONG_NAME = "Przedsiębiorstwo Wielobranżowe Konstantynopolitańczykowianeczka Spółka z ograniczoną odpowiedzialnością"


def components() -> dict[str, Any]:
    """Everything the gallery's first page shows."""
    return {
        "as_of": TODAY,
        "names": [
            "Fabryka Łożysk Wisła",
            "Borealis Freight",
            "Kaveh Insurance",
            "شرکت بیمه کاوه",
            "Quillon",
            "Ёлка",
            "Tide & Tonic",
            "a.maj@nordlys.example",
        ],
        "long_name": LONG_NAME,
        "health": [(84, "good"), (62, "watch"), (41, "risk"), (None, "unknown")],
        "sparks": [
            ([60, 62, 61, 65, 66, 70, 72, 71, 75, 78, 79, 79], "good"),
            ([63, 58, 41], "risk"),
            ([62], "watch"),
            ([], "unknown"),
        ],
        "rates": [0, Decimal("0.34"), 0.58, 1],
        "percents": [0, 64, 100],
        "amounts": [Decimal(186000), Decimal(1255000), Decimal(-31000), Decimal(0), None],
        "tomorrow": TODAY + timedelta(days=1),
        "renewal": date(2027, 1, 14),
        "distribution": distribution(),
        "skewed": charts.shares(
            [(_("Healthy"), 9900, 61, "good"), (_("At risk"), 60, 1, "risk"), (_("Unscored"), 40, 3, "unknown")]
        ),
        "bridge": bridge(),
        "losing": charts.waterfall(
            [
                charts.Step(say("Logged by the team"), "raw", 40),
                charts.Step(say("Would have renewed anyway"), "cut", -36),
                charts.Step(say("Customer-success cost"), "cost", -18),
                charts.Step(say("Net contribution"), "net"),
            ]
        ),
        "forest": forest(),
        "bars": charts.diverging([-14, -7, 2, 0]),
        "plot": renewal_plot(),
        "steps": [
            ("done", say("Confirm usage drop with admin"), "17 Nov"),
            ("now", say("Working session: reactivate 80 seats"), "25 Nov"),
            ("todo", LONG_NAME, "9 Dec"),
        ],
        "wizard": [("done", _("Upload")), ("done", _("Match columns")), ("now", _("Check")), ("todo", _("Import"))],
        "trail": [(_("Accounts"), "?page=accounts")],
        "pairs": [("Piotr Zieliński", say("Admin")), ("Marek Lis", say("CFO")), (LONG_NAME, "شیرین دانشور")],
        "heat_rows": cohorts(),
        "heat_columns": ["Q+0", "Q+1", "Q+2", "Q+3", "Q+4"],
    }


def distribution() -> tuple[charts.Segment, ...]:
    parts = [
        (_("Healthy"), 2790, 34, "good"),
        (_("Watch"), 1270, 16, "watch"),
        (_("At risk"), 612, 9, "risk"),
        (_("Unscored"), 148, 3, "unknown"),
    ]
    return charts.shares(parts)


def bridge() -> tuple[charts.WaterfallRow, ...]:
    steps = [
        ("Logged by the team", "raw", 1264, "87 impact entries, Q3 2026"),
        ("Would have renewed anyway", "cut", -738, "Measured on 352 held-out accounts"),
        ("Counted more than once", "cut", -96, "Two playbooks or two people, one euro"),
        ("No evidence attached", "cut", -58, "14 entries without a linked document"),
        ("Incremental revenue", "total", None, "Survives the holdout test"),
        ("Cost to serve it", "cost", -82, "22% of revenue, from finance"),
        ("Customer-success cost", "cost", -118, "Salaries, tools, vendor fees"),
        ("Net contribution", "net", None, ""),
    ]
    return charts.waterfall([charts.Step(say(label), kind, amount, say(note)) for label, kind, amount, note in steps])


def forest() -> charts.Forest:
    rows: list[tuple[str, str, float | None, float | None, float | None, int, int, str]] = [
        ("Adoption rescue v3", "usage −40% in 30 days", 9.8, 3.1, 16.5, 212, 71, "proven"),
        ("Renewal runway", "120 days before term", 6.1, 1.9, 10.3, 388, 97, "proven"),
        ("Onboarding sequence v2", "first activation", 3.2, 0.4, 6.0, 506, 126, "proven"),
        ("Digital lifebuoy", "critical NPS or CSAT", 11.4, -0.6, 23.4, 64, 21, "open"),
        ("Executive review", "quarterly, top 10% LTV", 0.7, -4.9, 6.3, 148, 37, "none"),
        ("Expansion check-in", "", None, None, None, 6, 2, "open"),
    ]
    entries = [
        charts.ForestEntry(say(name), at, low, high, treated, held, verdict, say(note))
        for name, note, at, low, high, treated, held, verdict in rows
    ]
    return charts.forest(
        entries, pooled=charts.ForestEntry(say("All playbooks, pooled"), 5.4, 3.0, 7.8, 1318, 352, "proven")
    )


def renewal_plot() -> line_plot.LinePlot:
    treated = [
        82.1,
        83.0,
        81.7,
        82.6,
        82.9,
        82.0,
        82.8,
        81.9,
        82.7,
        82.4,
        82.2,
        82.5,
        83.4,
        84.9,
        86.2,
        87.0,
        87.9,
        88.4,
    ]
    held_out = [
        82.4,
        82.6,
        82.0,
        82.9,
        82.3,
        82.5,
        82.2,
        82.4,
        83.1,
        82.0,
        82.6,
        82.3,
        82.5,
        82.9,
        82.4,
        83.1,
        82.7,
        83.0,
    ]
    ribbon = [None] * 12 + [(81.4, 85.4), (82.9, 86.9), (84.1, 88.3), (84.8, 89.2), (85.7, 90.1), (86.1, 90.7)]
    return line_plot.line_plot(
        [
            line_plot.Line(_("Treated"), treated, "treated", ribbon, text=say("Treated 88.4%")),
            line_plot.Line(_("Held out"), held_out, "held-out", text=say("Held out 83.0%")),
        ],
        line_plot.Axes(
            low=78,
            high=92,
            y_labels=[(value, say(f"{value}%")) for value in (78, 82, 86, 90)],
            x_labels=[
                (index, say(text))
                for index, text in (
                    (0, "Apr 2025"),
                    (3, "Jul"),
                    (6, "Oct"),
                    (9, "Jan"),
                    (12, "Apr 2026"),
                    (15, "Jul"),
                    (17, "Sep"),
                )
            ],
        ),
        marks=[line_plot.Mark(11, "event", say("Playbooks live"))],
        goal=line_plot.Goal(88, say("Goal 88%")),
    )


def cohorts() -> list[tuple[str, list[dict[str, Any] | None]]]:
    kept = [
        ("Q3 2025", [100, 98, 95, 93, 92]),
        ("Q4 2025", [100, 98, 96, 94]),
        ("Q1 2026", [100, 99, 97]),
        ("Q2 2026", [100, 99]),
        ("Q3 2026", [100]),
    ]
    return [
        (
            say(quarter),
            [
                {"text": say(str(values[i])), "step": charts.heat(values[i], low=86, high=100)}
                if i < len(values)
                else None
                for i in range(5)
            ],
        )
        for quarter, values in kept
    ]
