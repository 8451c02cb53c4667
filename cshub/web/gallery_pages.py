"""Sample values for the example pages of the gallery."""

from datetime import date, timedelta
from itertools import groupby
from typing import Any

import jdatetime
from django.utils.translation import gettext as _

from cshub.l10n import preferences
from cshub.web import charts, gallery_samples, line_plot
from cshub.web.gallery_persian import say

TODAY = gallery_samples.TODAY
_ACCOUNTS: list[tuple[str, int, int | None, int, date, str, int, int, str, date | None, str, bool]] = [
    ("Fabryka Łożysk Wisła", 186, 41, -17, date(2027, 1, 14), "Admin log-ins down 62% in 3 weeks", 34, 2, "Adoption rescue · step 3 of 6", date(2026, 11, 24), "Anna Maj", True),
    ("Borealis Freight", 241, 58, -6, date(2027, 1, 20), "Sponsor left; no new sponsor named", 61, 6, "Map new sponsor", date(2026, 11, 25), "Jonas Berg", False),
    ("Kaveh Insurance", 74, 38, -9, date(2027, 1, 29), "NPS 2 from CFO, 4 open tickets over SLA", 22, 1, "Retention case · call due today", TODAY, "Anna Maj", True),
    ("Helvetia Dental Group", 52, 66, 3, date(2027, 1, 31), "Seats at 71% of licence", 58, 9, "Renewal runway · send value recap", date(2026, 11, 27), "Leïla Azizi", False),
    ("Port Północny", 163, 79, 4, date(2027, 2, 8), "Usage up 18%, two new teams", 72, 4, "Expansion check-in", date(2026, 12, 1), "Jonas Berg", False),
    ("Tide & Tonic", 19, 62, -11, date(2027, 2, 11), "Weekly exports stopped 9 days ago", 15, 23, "", None, "Pooled", True),
    ("Quillon Software", 88, 84, 1, date(2027, 2, 14), "All success criteria met", 69, 8, "Executive review", date(2026, 12, 3), "Leïla Azizi", False),
    ("Sadovaya Retail", 64, 71, 0, date(2027, 2, 26), "Steady; onboarding of 3rd store due", 55, 12, "Onboarding sequence · day 14", date(2026, 11, 28), "Anna Maj", False),
    ("Marram Energy", 298, 88, 2, date(2027, 3, 2), "Referenceable; 2 referral leads open", 77, 5, "Ask for case study", date(2026, 12, 8), "Jonas Berg", False),
    ("Oleander Health", 47, None, 0, date(2027, 3, 9), "Not enough data: 2 of 6 signals connected", 0, 16, "Connect product events", date(2026, 11, 26), "Pooled", False),
    ("Grünwald Optik", 23, 73, 5, date(2027, 3, 17), "Payment on time 12 of 12", 41, 31, "Digital check-in", date(2026, 12, 5), "Pooled", False),
]


def accounts() -> dict[str, Any]:
    rows = [_row(index, *values) for index, values in enumerate(_ACCOUNTS)]
    groups = [list(group) for _key, group in groupby(rows, key=lambda row: _month_of(row["renewal_on"]))]
    names = [(_("All"), 1670), (_("My book"), 62), (_("Renewing in 120 days"), 11), (_("At risk"), 9), (_("Onboarding"), 6)]
    return {
        "as_of": TODAY,
        "views": [{"name": name, "count": count, "current": count == 11} for name, count in names],
        "totals": {"book": 4_820_000, "renewing": 1_255_000, "at_risk": 612_000, "proactive": 0.58},
        "distribution": gallery_samples.distribution(),
        "groups": [{"first": group[0]["renewal_on"], "rows": group, "revenue": sum(row["revenue"] for row in group)} for group in groups],
        "shown_text": say("11 of 1,670"),
    }


def account() -> dict[str, Any]:
    return {
        "as_of": TODAY,
        "account": _row(0, *_ACCOUNTS[0]) | {"about": say("Manufacturing, Poland") + " · " + say("Customer since March 2022")},
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
            {"what": say("Seat downgrade withdrawn"), "note": "I-2214 · " + say("evidence grade A"), "counted": 31_000, "logged": say("of €46k logged")},
            {"what": say("Referral: Łódź Castings"), "note": "I-2090 · " + say("lead, not counted yet"), "counted": None},
        ],
        "hours": [say(str(hour)) for hour in range(8, 17)],
        "week": [(say(day), [{"text": say(f"{share}%"), "step": charts.heat(share, low=0, high=100)} for share in shares]) for day, shares in _WEEK],
        "week_label": say("Best contact window: Tuesday to Thursday, 9 to 11"),
        "people": [
            {"name": "Piotr Zieliński", "role": say("Admin"), "tag": say("Champion"), "kind": "good"},
            {"name": "Marek Lis", "role": say("CFO"), "tag": say("Detractor"), "kind": "risk"},
            {"name": "Ewa Nowak", "role": say("Sponsor"), "tag": say("Silent 24 days"), "kind": "watch"},
        ],
    }


def report() -> dict[str, Any]:
    return {
        "trail": [(_("Reports"), "?page=report")],
        "here": say("Impact, Q3 2026"),
        "subtitle": say("Nordlys · Customer success impact · 1 July – 30 September 2026"),
        "headline": say("Customer success returned at least €1.21 for every €1 it cost"),
        "frozen": say("Frozen 3 Oct 2026"),
        "approved": say("Approved by finance: H. Solberg"),
        "interval_text": say("Estimate €2.46 · 95% interval €1.21 to €3.70 · break-even €1"),
        "of_logged": say("of €1.26M logged by the team"),
        "arms": say("1,318 treated, 352 held out"),
        "before_after": say("Gross renewal rate by month. The goal of 88% was set in March 2026, before the first playbook went live."),
        "bridge": gallery_samples.bridge(),
        "forest": gallery_samples.forest(),
        "plot": gallery_samples.renewal_plot(),
        "plot_headings": [_("Month"), _("Treated"), _("Held out")],
        "plot_rows": [(say("Apr 2025"), ["82.1%", "82.4%"]), (say("Apr 2026"), ["83.4%", "82.5%"]), (say("Sep"), ["88.4%", "83.0%"])],
        "quarters": [(say(quarter), share) for quarter, share in (("Q3 2025", 0.31), ("Q4 2025", 0.36), ("Q1 2026", 0.44), ("Q2 2026", 0.52), ("Q3 2026", 0.58))],
        "cohort_columns": [say(f"Q+{index}") for index in range(5)],
        "cohorts": gallery_samples.cohorts(),
        "entries": [
            {"id": number, "account": name, "what": say(what), "playbook": say(playbook), "evidence": say(evidence), "grade": grade, "kind": {"A": "good", "C": "watch"}.get(grade, ""), "logged": logged * 1000, "counted": counted * 1000}
            for number, name, what, playbook, logged, counted, grade, evidence in _ENTRIES
        ],
        "not_claimed": [say(claim) for claim in _NOT_CLAIMED],
    }


def inbox() -> dict[str, Any]:
    return {
        "as_of": TODAY,
        "inbox": [
            {"name": say(group), "items": [{"unread": unread, "icon": icon, "color": color, "title": say(title), "text": say(text), "when": say(when), "stake": stake * 1000, "current": title == "Kaveh Insurance"} for unread, icon, color, title, text, when, stake in items]}
            for group, items in _INBOX
        ],
        "routed": say("Routed to Retention in 38 s"),
        "headline": say("Kaveh Insurance: the CFO scored you 2 of 10"),
        "renewal_on": date(2027, 1, 29),
        "quote": say("“Four tickets, three weeks, no answer I can show my board. Why are we renewing this?”"),
        "quoted": say("Shirin Daneshvar, CFO · 14 min ago · acknowledgement sent automatically in 41 s"),
        "actions": [
            {"key": "C", "icon": "phone", "name": say("Call now"), "why": say("She answers best between 10:00 and 12:00. Brief is ready."), "recommended": True},
            {"key": "X", "icon": "headset", "name": say("Escalate tickets"), "why": say("All four to tier 2 with the CFO in copy.")},
            {"key": "H", "icon": "clock", "name": say("Snooze"), "why": say("Comes back at 15:00. Due by 16:00.")},
        ],
        "past": say("9 of 14 called within a day renewed; 3 of 11 not called"),
    }


def import_check() -> dict[str, Any]:
    columns = [("NIP", "527-10-37-727", "External ID", "Match key"), ("Nazwa", "Fabryka Łożysk Wisła", "Name", "Text"), ("Wartość roczna", "186 000,00 zł", "Annual revenue", "186,000.00 PLN"), ("Odnowienie", "14.01.2027", "Renewal date", "14 Jan 2027"), ("Opiekun", "a.maj@nordlys.example", "Owner", "Person"), ("Uwagi", "VIP, dzwonić po 10", "Do not import", "")]
    problems = [(118, "Odnowienie", "31.02.2027", "There is no 31 February. Use a real date."), (402, "Wartość roczna", "1.200.50", "Two decimal points. Did you mean 1,200.50?"), (2210, "NIP", "527-10-37-727", "Same key as row 3. Keep one, or the last one wins."), (3977, "Opiekun", "jonas", "No user with this e-mail. Invite them or leave empty.")]
    return {
        "trail": [(_("Accounts"), "?page=accounts")],
        "steps": [("done", _("Upload")), ("done", _("Match columns")), ("now", _("Check")), ("todo", _("Import"))],
        "headline": say("14 of 5,006 rows need a fix"),
        "reading": say("Windows-1250, semicolons, decimal comma, day first"),
        "matched": say("9 of 11 matched automatically"),
        "columns": [{"name": name, "example": example, "goes_to": say(goes_to), "read_as": say(read_as)} for name, example, goes_to, read_as in columns],
        "problems": [{"row": row, "column": column, "value": value, "remedy": say(remedy)} for row, column, value, remedy in problems],
        "keep_aside": say("Import the 4,992 good rows now and keep 14 aside"),
        "import_button": say("Import 4,992 rows"),
    }


def _row(index: int, name: str, revenue: int, score: int | None, change: int, renewal: date, reason: str, proactive: int, touch: int, step: str, step_on: date | None, owner: str, selected: bool) -> dict[str, Any]:
    weeks = [] if score is None else [score - change * 1.6 * (1 - (week / 11) ** 1.6) + (index * 7 + week * 5) % 4 - 2 for week in range(11)] + [score]
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


def _signals() -> list[dict[str, Any]]:
    rows = [("Product usage", "Segment", "38 weekly users", "−62%", -14, "11 min"), ("Support experience", "Zendesk", "3 reopened tickets", "+2", -7, "2 h"), ("Sponsor engagement", "Calendar", "No reply in 24 days", "–", -5, "1 h"), ("Survey sentiment", "NPS survey", "from 6 to 2 (CFO)", "−4", -4, "1 d"), ("Adoption depth", "Segment", "5 of 8 key features", "0", 2, "11 min"), ("Payments", "Stripe", "Paid on time, 24 of 24", "0", 4, "1 d")]
    bars = charts.diverging([row[4] for row in rows])
    return [{"name": say(name), "source": source, "now": say(now), "change": say(change), "points": points, "age": say(age), "bar": bar} for (name, source, now, change, points, age), bar in zip(rows, bars, strict=True)]


def _score_plot() -> line_plot.LinePlot:
    scores = [63, 64, 62, 65, 66, 64, 63, 65, 64, 62, 61, 62, 60, 61, 59, 60, 58, 58, 57, 55, 52, 49, 47, 44, 42, 41]
    marks = [(4, "proactive"), (9, "reactive"), (13, "proactive"), (17, "reactive"), (20, "reactive"), (23, "reactive"), (24, "critical"), (25, "proactive")]
    return line_plot.line_plot(
        [line_plot.Line(_("Health"), scores, "plain")],
        low=35,
        high=80,
        y_labels=[(45, say("45")), (70, say("70"))],
        x_labels=[(index, say(name)) for index, name in ((0, "Jun"), (4, "Jul"), (9, "Aug"), (13, "Sep"), (17, "Oct"), (22, "Nov"))],
        marks=[line_plot.Mark(index, kind, value=scores[index]) for index, kind in marks],
        danger_below=45,
    )


def _events() -> list[dict[str, str]]:
    return [{"kind": kind, "icon": icon, "title": say(title), "text": say(text), "when": say(when)} for kind, icon, title, text, when in _EVENTS]


_EVENTS = [
    ("proactive", "route", "Adoption rescue · step 3 of 6: working session booked", "Wed 25 Nov 10:00 with 4 admins. Invitation accepted by Piotr Zieliński.", "2 h"),
    ("critical", "life-buoy", "Digital lifebuoy: critical NPS 2 from Marek Lis (CFO)", "Case routed to Retention in 38 s, acknowledgement sent in 41 s. “We pay for 120 seats and use 40.”", "1 d"),
    ("reactive", "headset", "Ticket #8841 reopened: export fails for large plants", "Third reopen in 30 days. First reply 4 h 10 min, SLA 8 h.", "3 d"),
    ("proactive", "chart-column", "Quarterly value recap sent", "Opened by 3 of 5 recipients. Linked as evidence to impact entry I-2214.", "9 d"),
    ("reactive", "trending-down", "Health fell from 58 to 49", "Cause: admin log-ins. Threshold 50 crossed; playbook proposed automatically.", "16 d"),
]
_STEPS = [("done", "Confirm usage drop with admin", "17 Nov"), ("done", "Share seat-use report", "18 Nov"), ("now", "Working session: reactivate 80 seats", "25 Nov"), ("todo", "Measure log-ins after 14 days", "9 Dec"), ("todo", "Sponsor check-in", "12 Dec"), ("todo", "Log outcome and evidence", "14 Jan")]
_WEEK = [("Mon", [5, 20, 30, 15, 5, 5, 15, 10, 5]), ("Tue", [15, 70, 90, 60, 10, 15, 30, 20, 5]), ("Wed", [20, 80, 100, 65, 10, 20, 35, 25, 5]), ("Thu", [15, 75, 85, 50, 10, 15, 25, 15, 5]), ("Fri", [5, 30, 35, 20, 5, 5, 5, 0, 0])]
_ENTRIES = [
    ("I-2214", "Fabryka Łożysk Wisła", "Seat downgrade withdrawn", "Adoption rescue v3", 46, 31, "A", "Signed order, usage export, e-mail"),
    ("I-2198", "Marram Energy", "Two-year term instead of one", "Renewal runway", 74, 22, "A", "Signed order, call note"),
    ("I-2187", "Quillon Software", "Renewed a quarter early", "Adoption rescue v3", 28, 19, "B", "E-mail thread"),
    ("I-2171", "Sadovaya Retail", "Third store added", "Onboarding sequence v2", 18, 6, "B", "Order form"),
    ("I-2166", "Tide & Tonic", "Cancellation withdrawn", "Digital lifebuoy", 19, 0, "C", "Self-report only"),
]
_NOT_CLAIMED = ["Digital lifebuoy looks strong but its interval still includes zero. It counts as €0 until it does not.", "Executive reviews showed no effect on renewal. Their cost is included; their logged €211k is not.", "Referral leads are listed, not valued, until they become signed revenue.", "Survey scores appear nowhere in the calculation."]
_INBOX = [
    ("Now", [(True, "life-buoy", "u-risk", "Kaveh Insurance", "NPS 2 from the CFO. Call due by 16:00 today.", "14 min", 74), (True, "trending-down", "u-risk", "Fabryka Łożysk Wisła", "Health fell from 49 to 41. Playbook at step 3 needs your prep.", "2 h", 186)]),
    ("Today", [(True, "calendar-clock", "u-watch", "Borealis Freight", "Renewal in 60 days, no sponsor named.", "4 h", 241), (False, "square-check", "", "Helvetia Dental Group", "Send value recap. Draft is ready.", "5 h", 52), (False, "route", "", "3 playbook proposals", "Accounts that crossed a threshold last night.", "7 h", 133)]),
    ("This week", [(False, "sparkles", "u-good", "Port Północny", "Two new teams active. Expansion talk?", "1 d", 163), (False, "scale", "", "Impact entry I-2214", "Finance asked for the signed order.", "1 d", 46), (False, "users", "", "Marram Energy", "Referral lead replied to Jonas.", "2 d", 298)]),
]
