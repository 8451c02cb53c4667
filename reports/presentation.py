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
from reports.impact.models import Claim
from reports.impact.presentation import POINTS, forest_entry
from reports.models import ReportRun
from reports.wording import REFUSED, missing_rate, not_claimed_sentence, steps_of, why_not

TRIGGERS = {"renewal_runway": gettext_lazy("before a term ends"), "health_drop": gettext_lazy("when health falls")}


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
class Rate:
    """The pooled difference of renewal rates in points, with its interval and the renewals behind it."""

    points: float
    interval_text: str
    treated: int
    held_out: int


@dataclass(frozen=True)
class RoiPage:
    """Everything the report page shows. Money in units of `currency`."""

    run: ReportRun
    currency: str
    one: str
    last_day: date
    title: str
    booked_return: float | None
    interval: tuple[float, float, float] | None
    interval_text: str
    booked: Decimal
    logged: Decimal
    cost: Decimal
    net: Decimal
    rate: Rate | None
    why_not: str
    bridge: Sequence[charts.WaterfallRow]
    forest: charts.Forest
    comparisons: Sequence[dict[str, Any]]
    quarters: Sequence[dict[str, Any]]
    retention: dict[str, Any]
    currencies: dict[str, Any] | None
    missing_rates: Sequence[str]
    entries: Sequence[EntryRow]
    not_claimed: Sequence[str]
    as_of: datetime


def roi_page(run: ReportRun) -> RoiPage:
    """Load and word one report; one query for the names of accounts."""
    numbers = run.numbers
    head, meta = numbers["headline"], numbers["meta"]
    return RoiPage(
        run=run,
        currency=meta["currency"],
        one=_one(meta["currency"]),
        last_day=run.last_day,
        title=_headline(numbers),
        booked_return=head["booked_return"],
        interval=_interval(head),
        interval_text=_interval_text(head),
        booked=_units(head["booked_cents"]),
        logged=_units(numbers["waterfall"][0]["cents"]),
        cost=_units(head["cost_cents"]),
        net=_units(head["net_cents"]),
        rate=_rate(numbers["pooled_rate"]),
        why_not=why_not(numbers),
        bridge=charts.waterfall(steps_of(numbers["waterfall"], meta)),
        forest=_forest(numbers),
        comparisons=numbers["playbooks"],
        quarters=numbers["work"],
        retention=numbers["retention"],
        currencies=numbers.get("currencies"),
        missing_rates=[missing_rate(row) for row in numbers.get("currencies", {}).get("missing", ())],
        entries=_entries(numbers["entries"]),
        not_claimed=[not_claimed_sentence(row) for row in numbers["not_claimed"]],
        as_of=run.as_of,
    )


def _headline(numbers: dict[str, Any]) -> str:
    """The answer in a sentence: what is booked, or that nothing can be shown yet."""
    head, currency = numbers["headline"], numbers["meta"]["currency"]
    if head["reasons"] == ["loss_measured"]:
        return _("Customer success returned nothing that can be shown")
    if not head["shown"]:
        return _("It cannot be shown yet what customer success returned")
    return _("Customer success returned at least %(back)s for every %(one)s it cost") % {
        "back": formats.money(Decimal(str(head["booked_return"])), currency),
        "one": _one(currency),
    }


def _one(currency: str) -> str:
    return formats.money(Decimal(1), currency, decimals=0)


def _interval(head: dict[str, Any]) -> tuple[float, float, float] | None:
    return (head["low_return"], head["high_return"], head["estimate_return"]) if head["shown"] else None


def _interval_text(head: dict[str, Any]) -> str:
    if not head["shown"]:
        return ""
    return _("Estimate %(estimate)s, 95%% interval %(low)s to %(high)s, break-even 1") % {
        "estimate": formats.number(head["estimate_return"], decimals=2),
        "low": formats.number(head["low_return"], decimals=2),
        "high": formats.number(head["high_return"], decimals=2),
    }


def _rate(pooled: dict[str, Any] | None) -> Rate | None:
    if pooled is None:
        return None
    low, high = (formats.signed(pooled[name] * POINTS, decimals=1) for name in ("low", "high"))
    text = _("95%% interval %(low)s to %(high)s") % {"low": low, "high": high}
    return Rate(pooled["estimate"] * POINTS, text, pooled["treated"], pooled["held_out"])


def _forest(numbers: dict[str, Any]) -> charts.Forest:
    pooled = numbers["pooled_rate"]
    return charts.forest(
        [
            _line(f"{row['playbook']} v{row['version']}", row, str(TRIGGERS.get(row["trigger"], "")))
            for row in numbers["playbooks"]
        ],
        pooled=_line(_("All that can be read, pooled"), pooled) if pooled and pooled["comparisons"] > 1 else None,
    )


def _line(label: str, row: dict[str, Any], note: str = "") -> charts.ForestEntry:
    return forest_entry(
        label=label,
        note=note,
        effect=(row["estimate"], row["low"], row["high"]),
        counts=(row["treated"], row["held_out"]),
        verdict=row["verdict"],
    )


def _entries(rows: Sequence[dict[str, Any]]) -> list[EntryRow]:
    names = dict(Account.objects.filter(pk__in=[row["account"] for row in rows]).values_list("pk", "name"))
    by_id = {str(pk): name for pk, name in names.items()}
    return [
        EntryRow(
            number=row["number"],
            claim_id=row["claim"],
            account=by_id.get(row["account"], ""),
            kind=str(Claim.Kind(row["kind"]).label),
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
