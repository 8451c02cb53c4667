"""Sample values of the account list."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

import jdatetime
from django.utils.translation import gettext as _

from cshub.l10n import preferences
from cshub.web.gallery import components
from cshub.web.gallery.persian import say

TODAY = components.TODAY

_ACCOUNTS: list[tuple[str, int, int | None, int, date, str, int, int, str, date | None, str, bool]] = [
    (
        "Fabryka Łożysk Wisła",
        186,
        41,
        -17,
        date(2027, 1, 14),
        "Admin log-ins down 62% in 3 weeks",
        34,
        2,
        "Adoption rescue · step 3 of 6",
        date(2026, 11, 24),
        "Anna Maj",
        True,
    ),
    (
        "Borealis Freight",
        241,
        58,
        -6,
        date(2027, 1, 20),
        "Sponsor left; no new sponsor named",
        61,
        6,
        "Map new sponsor",
        date(2026, 11, 25),
        "Jonas Berg",
        False,
    ),
    (
        "Kaveh Insurance",
        74,
        38,
        -9,
        date(2027, 1, 29),
        "NPS 2 from CFO, 4 open tickets over SLA",
        22,
        1,
        "Retention case · call due today",
        TODAY,
        "Anna Maj",
        True,
    ),
    (
        "Helvetia Dental Group",
        52,
        66,
        3,
        date(2027, 1, 31),
        "Seats at 71% of licence",
        58,
        9,
        "Renewal runway · send value recap",
        date(2026, 11, 27),
        "Leïla Azizi",
        False,
    ),
    (
        "Port Północny",
        163,
        79,
        4,
        date(2027, 2, 8),
        "Usage up 18%, two new teams",
        72,
        4,
        "Expansion check-in",
        date(2026, 12, 1),
        "Jonas Berg",
        False,
    ),
    (
        "Tide & Tonic",
        19,
        62,
        -11,
        date(2027, 2, 11),
        "Weekly exports stopped 9 days ago",
        15,
        23,
        "",
        None,
        "Pooled",
        True,
    ),
    (
        "Quillon Software",
        88,
        84,
        1,
        date(2027, 2, 14),
        "All success criteria met",
        69,
        8,
        "Executive review",
        date(2026, 12, 3),
        "Leïla Azizi",
        False,
    ),
    (
        "Sadovaya Retail",
        64,
        71,
        0,
        date(2027, 2, 26),
        "Steady; onboarding of 3rd store due",
        55,
        12,
        "Onboarding sequence · day 14",
        date(2026, 11, 28),
        "Anna Maj",
        False,
    ),
    (
        "Marram Energy",
        298,
        88,
        2,
        date(2027, 3, 2),
        "Referenceable; 2 referral leads open",
        77,
        5,
        "Ask for case study",
        date(2026, 12, 8),
        "Jonas Berg",
        False,
    ),
    (
        "Oleander Health",
        47,
        None,
        0,
        date(2027, 3, 9),
        "Not enough data: 2 of 6 signals connected",
        0,
        16,
        "Connect product events",
        date(2026, 11, 26),
        "Pooled",
        False,
    ),
    (
        "Grünwald Optik",
        23,
        73,
        5,
        date(2027, 3, 17),
        "Payment on time 12 of 12",
        41,
        31,
        "Digital check-in",
        date(2026, 12, 5),
        "Pooled",
        False,
    ),
]


def accounts() -> dict[str, Any]:
    rows = [row(index) for index in range(len(_ACCOUNTS))]
    groups = [list(group) for _key, group in groupby(rows, key=lambda one: _month_of(one["renewal_on"]))]
    names = [
        (_("All"), 1670),
        (_("My book"), 62),
        (_("Renewing in 120 days"), 11),
        (_("At risk"), 9),
        (_("Onboarding"), 6),
    ]
    return {
        "as_of": TODAY,
        "views": [{"name": name, "count": count, "current": count == 11} for name, count in names],
        "totals": {"book": 4_820_000, "renewing": 1_255_000, "at_risk": 612_000, "proactive": 0.58},
        "distribution": components.distribution(),
        "groups": [
            {"first": group[0]["renewal_on"], "rows": group, "revenue": sum(one["revenue"] for one in group)}
            for group in groups
        ],
        "shown_text": say("11 of 1,670"),
    }


def row(index: int) -> dict[str, Any]:
    """The sample account of this number, as a list shows it."""
    name, revenue, score, change, renewal, reason, proactive, touch, step, step_on, owner, selected = _ACCOUNTS[index]
    weeks = (
        []
        if score is None
        else [score - change * 1.6 * (1 - (week / 11) ** 1.6) + (index * 7 + week * 5) % 4 - 2 for week in range(11)]
        + [score]
    )
    band = "unknown" if score is None else "good" if score >= 70 else "watch" if score >= 45 else "risk"
    return {
        "id": index, "name": name, "revenue": revenue * 1000, "score": score, "change": change, "band": band, "weeks": weeks, "renewal_on": renewal, "reason": say(reason),
        "proactive": proactive / 100, "touched_on": TODAY + timedelta(days=touch), "next": say(step), "next_on": step_on, "owner": owner, "selected": selected,
    }  # fmt: skip


def _month_of(day: date) -> tuple[int, int]:
    if preferences.calendar() == preferences.JALALI:
        jalali = jdatetime.date.fromgregorian(date=day)
        return jalali.year, jalali.month
    return day.year, day.month
