"""Sample values of the account page."""

from typing import Any

from django.utils.translation import gettext as _

from cshub.kernel import charts, line_plot
from cshub.web.gallery.accounts import TODAY, row
from cshub.web.gallery.persian import say


def account() -> dict[str, Any]:
    return {
        "as_of": TODAY,
        "account": row(0) | {"about": say("Manufacturing, Poland") + " · " + say("Customer since March 2022")},
        "trail": [(_("Accounts"), "?page=accounts")],
        "place": say("1 of 11"),
        "formula": say("Formula v7"),
        "calibration": say("Accounts scored 40–45 at this stage renewed 61% of the time (83 renewals)."),
        "signals": _signals(),
        "score_plot": _score_plot(),
        "score_plot_label": say("Score over 26 weeks, from 63 to 41"),
        "events": _events(),
        "playbook": say("Adoption rescue v3"),
        "steps": [(state, say(text), say(when)) for state, text, when in _STEPS],
        "impact": [
            {
                "what": say("Seat downgrade withdrawn"),
                "note": "I-2214 · " + say("evidence grade A"),
                "counted": 31_000,
                "logged": say("of €46k logged"),
            },
            {
                "what": say("Referral: Łódź Castings"),
                "note": "I-2090 · " + say("lead, not counted yet"),
                "counted": None,
            },
        ],
        "hours": [say(str(hour)) for hour in range(8, 17)],
        "week": [
            (say(day), [{"text": say(f"{share}%"), "step": charts.heat(share, low=0, high=100)} for share in shares])
            for day, shares in _WEEK
        ],
        "week_label": say("Best contact window: Tuesday to Thursday, 9 to 11"),
        "people": [
            {"name": "Piotr Zieliński", "role": say("Admin"), "tag": say("Champion"), "kind": "good"},
            {"name": "Marek Lis", "role": say("CFO"), "tag": say("Detractor"), "kind": "risk"},
            {"name": "Ewa Nowak", "role": say("Sponsor"), "tag": say("Silent 24 days"), "kind": "watch"},
        ],
    }


def _signals() -> list[dict[str, Any]]:
    rows = [
        ("Product usage", "Segment", "38 weekly users", "−62%", -14, "11 min"),
        ("Support experience", "Zendesk", "3 reopened tickets", "+2", -7, "2 h"),
        ("Sponsor engagement", "Calendar", "No reply in 24 days", "–", -5, "1 h"),
        ("Survey sentiment", "NPS survey", "from 6 to 2 (CFO)", "−4", -4, "1 d"),
        ("Adoption depth", "Segment", "5 of 8 key features", "0", 2, "11 min"),
        ("Payments", "Stripe", "Paid on time, 24 of 24", "0", 4, "1 d"),
    ]
    bars = charts.diverging([row[4] for row in rows])
    return [
        {
            "name": say(name),
            "source": source,
            "now": say(now),
            "change": say(change),
            "points": points,
            "age": say(age),
            "bar": bar,
        }
        for (name, source, now, change, points, age), bar in zip(rows, bars, strict=True)
    ]


def _score_plot() -> line_plot.LinePlot:
    scores = [63, 64, 62, 65, 66, 64, 63, 65, 64, 62, 61, 62, 60, 61, 59, 60, 58, 58, 57, 55, 52, 49, 47, 44, 42, 41]
    marks = [
        (4, "proactive"),
        (9, "reactive"),
        (13, "proactive"),
        (17, "reactive"),
        (20, "reactive"),
        (23, "reactive"),
        (24, "critical"),
        (25, "proactive"),
    ]
    return line_plot.line_plot(
        [line_plot.Line(_("Health"), scores, "plain")],
        line_plot.Axes(
            low=35,
            high=80,
            y_labels=[(45, say("45")), (70, say("70"))],
            x_labels=[
                (index, say(name))
                for index, name in ((0, "Jun"), (4, "Jul"), (9, "Aug"), (13, "Sep"), (17, "Oct"), (22, "Nov"))
            ],
        ),
        marks=[line_plot.Mark(index, kind, value=scores[index]) for index, kind in marks],
        danger_below=45,
    )


def _events() -> list[dict[str, str]]:
    return [
        {"kind": kind, "icon": icon, "title": say(title), "text": say(text), "when": say(when)}
        for kind, icon, title, text, when in _EVENTS
    ]


_EVENTS = [
    (
        "proactive",
        "route",
        "Adoption rescue · step 3 of 6: working session booked",
        "Wed 25 Nov 10:00 with 4 admins. Invitation accepted by Piotr Zieliński.",
        "2 h",
    ),
    (
        "critical",
        "life-buoy",
        "Digital lifebuoy: critical NPS 2 from Marek Lis (CFO)",
        "Case routed to Retention in 38 s, acknowledgement sent in 41 s. “We pay for 120 seats and use 40.”",
        "1 d",
    ),
    (
        "reactive",
        "headset",
        "Ticket #8841 reopened: export fails for large plants",
        "Third reopen in 30 days. First reply 4 h 10 min, SLA 8 h.",
        "3 d",
    ),
    (
        "proactive",
        "chart-column",
        "Quarterly value recap sent",
        "Opened by 3 of 5 recipients. Linked as evidence to impact entry I-2214.",
        "9 d",
    ),
    (
        "reactive",
        "trending-down",
        "Health fell from 58 to 49",
        "Cause: admin log-ins. Threshold 50 crossed; playbook proposed automatically.",
        "16 d",
    ),
]


_STEPS = [
    ("done", "Confirm usage drop with admin", "17 Nov"),
    ("done", "Share seat-use report", "18 Nov"),
    ("now", "Working session: reactivate 80 seats", "25 Nov"),
    ("todo", "Measure log-ins after 14 days", "9 Dec"),
    ("todo", "Sponsor check-in", "12 Dec"),
    ("todo", "Log outcome and evidence", "14 Jan"),
]


_WEEK = [
    ("Mon", [5, 20, 30, 15, 5, 5, 15, 10, 5]),
    ("Tue", [15, 70, 90, 60, 10, 15, 30, 20, 5]),
    ("Wed", [20, 80, 100, 65, 10, 20, 35, 25, 5]),
    ("Thu", [15, 75, 85, 50, 10, 15, 25, 15, 5]),
    ("Fri", [5, 30, 35, 20, 5, 5, 5, 0, 0]),
]
