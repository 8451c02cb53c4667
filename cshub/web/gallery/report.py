"""Sample values of the report page."""

from typing import Any

from django.utils.translation import gettext as _

from cshub.web.gallery import components
from cshub.web.gallery.persian import say


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
        "before_after": say(
            "Gross renewal rate by month. The goal of 88% was set in March 2026, before the first playbook went live."
        ),
        "bridge": components.bridge(),
        "forest": components.forest(),
        "plot": components.renewal_plot(),
        "plot_headings": [_("Month"), _("Treated"), _("Held out")],
        "plot_rows": [
            (say("Apr 2025"), ["82.1%", "82.4%"]),
            (say("Apr 2026"), ["83.4%", "82.5%"]),
            (say("Sep"), ["88.4%", "83.0%"]),
        ],
        "quarters": [
            (say(quarter), share)
            for quarter, share in (
                ("Q3 2025", 0.31),
                ("Q4 2025", 0.36),
                ("Q1 2026", 0.44),
                ("Q2 2026", 0.52),
                ("Q3 2026", 0.58),
            )
        ],
        "cohort_columns": [say(f"Q+{index}") for index in range(5)],
        "cohorts": components.cohorts(),
        "entries": [
            {
                "id": number,
                "account": name,
                "what": say(what),
                "playbook": say(playbook),
                "evidence": say(evidence),
                "grade": grade,
                "kind": {"A": "good", "C": "watch"}.get(grade, ""),
                "logged": logged * 1000,
                "counted": counted * 1000,
            }
            for number, name, what, playbook, logged, counted, grade, evidence in _ENTRIES
        ],
        "not_claimed": [say(claim) for claim in _NOT_CLAIMED],
    }


_ENTRIES = [
    (
        "I-2214",
        "Fabryka Łożysk Wisła",
        "Seat downgrade withdrawn",
        "Adoption rescue v3",
        46,
        31,
        "A",
        "Signed order, usage export, e-mail",
    ),
    (
        "I-2198",
        "Marram Energy",
        "Two-year term instead of one",
        "Renewal runway",
        74,
        22,
        "A",
        "Signed order, call note",
    ),
    ("I-2187", "Quillon Software", "Renewed a quarter early", "Adoption rescue v3", 28, 19, "B", "E-mail thread"),
    ("I-2171", "Sadovaya Retail", "Third store added", "Onboarding sequence v2", 18, 6, "B", "Order form"),
    ("I-2166", "Tide & Tonic", "Cancellation withdrawn", "Digital lifebuoy", 19, 0, "C", "Self-report only"),
]


_NOT_CLAIMED = [
    "Digital lifebuoy looks strong but its interval still includes zero. It counts as €0 until it does not.",
    "Executive reviews showed no effect on renewal. Their cost is included; their logged €211k is not.",
    "Referral leads are listed, not valued, until they become signed revenue.",
    "Survey scores appear nowhere in the calculation.",
]
