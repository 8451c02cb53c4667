"""Sample values of the inbox and of the import wizard."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cshub.web.gallery.accounts import TODAY
from cshub.web.gallery.persian import say


def inbox() -> dict[str, Any]:
    return {
        "as_of": TODAY,
        "inbox": [
            {
                "name": say(group),
                "items": [
                    {
                        "unread": unread,
                        "icon": icon,
                        "color": color,
                        "title": say(title),
                        "text": say(text),
                        "when": say(when),
                        "stake": stake * 1000,
                        "current": title == "Kaveh Insurance",
                    }
                    for unread, icon, color, title, text, when, stake in items
                ],
            }
            for group, items in _INBOX
        ],
        "routed": say("Routed to Retention in 38 s"),
        "headline": say("Kaveh Insurance: the CFO scored you 2 of 10"),
        "renewal_on": date(2027, 1, 29),
        "quote": say("“Four tickets, three weeks, no answer I can show my board. Why are we renewing this?”"),
        "quoted": say("Shirin Daneshvar, CFO · 14 min ago · acknowledgement sent automatically in 41 s"),
        "actions": [
            {
                "key": "C",
                "icon": "phone",
                "name": say("Call now"),
                "why": say("She answers best between 10:00 and 12:00. Brief is ready."),
                "recommended": True,
            },
            {
                "key": "X",
                "icon": "headset",
                "name": say("Escalate tickets"),
                "why": say("All four to tier 2 with the CFO in copy."),
            },
            {"key": "H", "icon": "clock", "name": say("Snooze"), "why": say("Comes back at 15:00. Due by 16:00.")},
        ],
        "past": say("9 of 14 called within a day renewed; 3 of 11 not called"),
    }


def import_check() -> dict[str, Any]:
    columns = [
        ("NIP", "527-10-37-727", "External ID", "Match key"),
        ("Nazwa", "Fabryka Łożysk Wisła", "Name", "Text"),
        ("Wartość roczna", "186 000,00 zł", "Annual revenue", "186,000.00 PLN"),
        ("Odnowienie", "14.01.2027", "Renewal date", "14 Jan 2027"),
        ("Opiekun", "a.maj@nordlys.example", "Owner", "Person"),
        ("Uwagi", "VIP, dzwonić po 10", "Do not import", ""),
    ]
    problems = [
        (118, "Odnowienie", "31.02.2027", "There is no 31 February. Use a real date."),
        (402, "Wartość roczna", "1.200.50", "Two decimal points. Did you mean 1,200.50?"),
        (2210, "NIP", "527-10-37-727", "Same key as row 3. Keep one, or the last one wins."),
        (3977, "Opiekun", "jonas", "No user with this e-mail. Invite them or leave empty."),
    ]
    return {
        "trail": [(_("Accounts"), "?page=accounts")],
        "steps": [("done", _("Upload")), ("done", _("Match columns")), ("now", _("Check")), ("todo", _("Import"))],
        "headline": say("14 of 5,006 rows need a fix"),
        "reading": say("Windows-1250, semicolons, decimal comma, day first"),
        "matched": say("9 of 11 matched automatically"),
        "columns": [
            {"name": name, "example": example, "goes_to": say(goes_to), "read_as": say(read_as)}
            for name, example, goes_to, read_as in columns
        ],
        "problems": [
            {"row": row, "column": column, "value": value, "remedy": say(remedy)}
            for row, column, value, remedy in problems
        ],
        "keep_aside": say("Import the 4,992 good rows now and keep 14 aside"),
        "import_button": say("Import 4,992 rows"),
    }


_INBOX = [
    (
        "Now",
        [
            (
                True,
                "life-buoy",
                "u-risk",
                "Kaveh Insurance",
                "NPS 2 from the CFO. Call due by 16:00 today.",
                "14 min",
                74,
            ),
            (
                True,
                "trending-down",
                "u-risk",
                "Fabryka Łożysk Wisła",
                "Health fell from 49 to 41. Playbook at step 3 needs your prep.",
                "2 h",
                186,
            ),
        ],
    ),
    (
        "Today",
        [
            (
                True,
                "calendar-clock",
                "u-watch",
                "Borealis Freight",
                "Renewal in 60 days, no sponsor named.",
                "4 h",
                241,
            ),
            (False, "square-check", "", "Helvetia Dental Group", "Send value recap. Draft is ready.", "5 h", 52),
            (False, "route", "", "3 playbook proposals", "Accounts that crossed a threshold last night.", "7 h", 133),
        ],
    ),
    (
        "This week",
        [
            (False, "sparkles", "u-good", "Port Północny", "Two new teams active. Expansion talk?", "1 d", 163),
            (False, "scale", "", "Impact entry I-2214", "Finance asked for the signed order.", "1 d", 46),
            (False, "users", "", "Marram Energy", "Referral lead replied to Jonas.", "2 d", 298),
        ],
    ),
]
