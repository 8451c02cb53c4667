"""The ROI report in words and drawings: codes become sentences in the reader's language, cents become bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Account
from cshub.kernel import charts
from cshub.l10n import formats
from reports.models import ReportRun
from reports.wording import KINDS, REFUSED, not_claimed_sentence, steps_of

VERDICTS = {
    "MEASURED_GAIN": "proven",
    "MEASURED_LOSS": "harmful",
    "CANNOT_BE_SHOWN": "open",
    "TOO_EARLY": "open",
    "NOT_YET": "open",
}
TRIGGERS = {"renewal_runway": gettext_lazy("before a term ends"), "health_drop": gettext_lazy("when health falls")}
POINTS = 100


@dataclass(frozen=True)
class EntryRow:
    """A claim as the report lists it."""

    number: int
    claim_id: str
    account: str
    kind: str
    support: str
    logged: Decimal
    counted: Decimal
    why_not: str


@dataclass(frozen=True)
class RoiPage:
    """Everything the report page shows. Money in units of `currency`."""

    run: ReportRun
    currency: str
    last_day: date
    title: str
    booked_return: float | None
    interval: tuple[float, float, float] | None
    interval_text: str
    booked: Decimal
    logged: Decimal
    cost: Decimal
    net: Decimal
    pooled_rate: dict[str, Any] | None
    treated: int
    held_out: int
    bridge: Sequence[charts.WaterfallRow]
    forest: charts.Forest
    comparisons: Sequence[dict[str, Any]]
    quarters: Sequence[dict[str, Any]]
    retention: dict[str, Any]
    entries: Sequence[EntryRow]
    not_claimed: Sequence[str]
    as_of: datetime


def roi_page(run: ReportRun) -> RoiPage:
    """Load and word one report; one query for the names of accounts."""
    numbers = run.numbers
    head, meta = numbers["headline"], numbers["meta"]
    treated = sum(row["treated"] for row in numbers["playbooks"])
    held_out = sum(row["held_out"] for row in numbers["playbooks"])
    return RoiPage(
        run=run,
        currency=meta["currency"],
        last_day=run.last_day,
        title=_headline(head, meta["currency"]),
        booked_return=head["booked_return"] if head["shown"] else None,
        interval=_interval(head),
        interval_text=_interval_text(head),
        booked=_units(head["booked_cents"]),
        logged=_units(numbers["waterfall"][0]["cents"]),
        cost=_units(head["cost_cents"]),
        net=_units(head["net_cents"]),
        pooled_rate=_largest(numbers["playbooks"]),
        treated=treated,
        held_out=held_out,
        bridge=charts.waterfall(steps_of(numbers["waterfall"], meta)),
        forest=charts.forest([_forest_entry(row) for row in numbers["playbooks"]]),
        comparisons=numbers["playbooks"],
        quarters=numbers["work"],
        retention=numbers["retention"],
        entries=_entries(numbers["entries"]),
        not_claimed=[not_claimed_sentence(row) for row in numbers["not_claimed"]],
        as_of=run.as_of,
    )


def _headline(head: dict[str, Any], currency: str) -> str:
    """The answer in a sentence: what is booked, or that nothing can be shown yet."""
    if not head["shown"]:
        return _("It cannot be shown yet what customer success returned")
    one = formats.money(Decimal(1), currency)
    return _("Customer success returned at least %(back)s for every %(one)s it cost") % {
        "back": formats.money(Decimal(str(round(head["booked_return"], 2))), currency),
        "one": one,
    }


def _interval(head: dict[str, Any]) -> tuple[float, float, float] | None:
    if "low_return" not in head:
        return None
    return head["low_return"], head["high_return"], head["estimate_return"]


def _interval_text(head: dict[str, Any]) -> str:
    if "low_return" not in head:
        return _("No comparison can be read yet.")
    return _("Estimate %(estimate)s, 95%% interval %(low)s to %(high)s, break-even 1") % {
        "estimate": formats.number(head["estimate_return"], decimals=2),
        "low": formats.number(head["low_return"], decimals=2),
        "high": formats.number(head["high_return"], decimals=2),
    }


def _largest(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The comparison over most accounts that can be read, in points; it stands for the rate in the headline figures."""
    readable = [row for row in rows if row["estimate"] is not None]
    if not readable:
        return None
    row = max(readable, key=lambda each: each["treated"] + each["held_out"])
    return row | {
        "points": row["estimate"] * POINTS,
        "low_points": row["low"] * POINTS,
        "high_points": row["high"] * POINTS,
    }


def _forest_entry(row: dict[str, Any]) -> charts.ForestEntry:
    shown = row["estimate"] is not None
    return charts.ForestEntry(
        label=f"{row['playbook']} v{row['version']}",
        note=str(TRIGGERS.get(row["trigger"], "")),
        estimate=row["estimate"] * POINTS if shown else None,
        low=row["low"] * POINTS if shown else None,
        high=row["high"] * POINTS if shown else None,
        treated=row["treated"],
        held_out=row["held_out"],
        verdict=VERDICTS.get(row["verdict"], "none"),
    )


def _entries(rows: Sequence[dict[str, Any]]) -> list[EntryRow]:
    names = dict(Account.objects.filter(pk__in=[row["account"] for row in rows]).values_list("pk", "name"))
    by_id = {str(pk): name for pk, name in names.items()}
    return [
        EntryRow(
            number=row["number"],
            claim_id=row["claim"],
            account=by_id.get(row["account"], ""),
            kind=str(KINDS.get(row["kind"], row["kind"])),
            support=_support(row),
            logged=_units(row["claimed_cents"]),
            counted=_units(row["admitted_cents"]),
            why_not=str(REFUSED.get(row["refused_for"], "")),
        )
        for row in rows
    ]


def _support(row: dict[str, Any]) -> str:
    if row["support"] == "customer_confirmed":
        return _("Confirmed by the customer")
    count = row["evidence_count"]
    return (
        ngettext("%(count)s record", "%(count)s records", count) % {"count": formats.number(count)}
        if count
        else _("None")
    )


def _units(cents: int) -> Decimal:
    return Decimal(cents) / 100
