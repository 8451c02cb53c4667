"""The health of the whole book: by revenue and by count, who moved, and summed up by owner, segment and parent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import Account
from cshub.kernel.charts import Segment, shares
from cshub.web.forms import owners
from cshub.web.views.health import day_asked, end_of
from cshub.web.views.requests import as_id, me
from health.models import Band
from health.queries import Money, RollUp, movers, rollups
from health.queries import portfolio as whole_portfolio
from health.queries.summing import WAYS

ORDER = (Band.RISK, Band.WATCH, Band.UNKNOWN, Band.GOOD)
TABS = {"owner": gettext_lazy("Owner"), "segment": gettext_lazy("Segment"), "parent": gettext_lazy("Parent account")}
NOBODY = {
    "owner": gettext_lazy("Nobody's"),
    "segment": gettext_lazy("Without a segment"),
    "parent": gettext_lazy("Stand alone"),
}
MOST_SEGMENTS = 200


@dataclass(frozen=True)
class Line:
    """A row of the table: its name, where it leads, and one line for each currency; `money` None where nothing is paid."""

    label: str
    url: str
    group: RollUp
    money: Money | None
    is_first: bool


@require_GET
def portfolio(request: HttpRequest) -> HttpResponse:
    """The page. `owner` and `segment` narrow it, `since` chooses the day movers are compared with, `by` and `parent` the table."""
    as_of, by = timezone.now(), request.GET.get("by", "owner")
    owner, segment, parent = as_id(request.GET.get("owner")), request.GET.get("segment") or None, _parent(request)
    if by not in TABS or by not in WAYS:
        raise Http404
    day, problem = day_asked(request.GET.get("since", ""), as_of=as_of)
    whole = whole_portfolio(owner=owner, segment=segment)
    groups = rollups(by, owner=owner, segment=segment, parent=parent.pk if parent and by == "parent" else None)
    moved = movers(since=end_of(day, as_of=as_of), owner=owner, segment=segment)
    kept = {"owner": str(owner or ""), "segment": segment or "", "since": day.isoformat()}
    context = {
        "as_of": as_of,
        "whole": whole,
        "bands": [(band, *_band(whole, band)) for band in ORDER] if whole else [],
        "by_count": _count_bar(whole) if whole else (),
        "by_money": [(money, _money_bar(money)) for money in whole.money] if whole else [],
        "moved": moved,
        "groups_of_movers": (moved.fallen, moved.risen),
        "since": day,
        "problem": problem,
        "latest_day": as_of.astimezone(UTC).date(),
        "tabs": [(each, label, _url(**kept, by=each)) for each, label in TABS.items()],
        "by": by,
        "by_label": TABS[by],
        "parent": parent if by == "parent" else None,
        "lines": [line for group in groups for line in _lines(group, by, kept)],
        "people": list(owners()),
        "segments": _segments(request),
        "owner": owner,
        "segment": segment,
    }
    return render(request, "health/portfolio.html", context)


def _parent(request: HttpRequest) -> Account | None:
    """The account below which the table looks; 404 where it is none."""
    if not request.GET.get("parent"):
        return None
    asked = as_id(request.GET["parent"])
    found = Account.objects.visible_to(me(request)).filter(pk=asked).first() if asked else None
    if found is None:
        raise Http404
    return found


def _segments(request: HttpRequest) -> list[str]:
    named = Account.objects.visible_to(me(request)).customers().exclude(segment="").order_by("segment")
    return list(named.values_list("segment", flat=True).distinct()[:MOST_SEGMENTS])


def _band(whole: RollUp, band: Band) -> tuple[int, float, list[tuple[str, Any, float]]]:
    """Accounts of a band and their share of all; and for each currency what they pay and the share of that."""
    count = whole.bands[band]
    paid = [
        (money.currency, money.bands[band], float(money.bands[band] / money.arr) if money.arr else 0.0)
        for money in whole.money
    ]
    return count, count / whole.account_count, paid


def _count_bar(whole: RollUp) -> tuple[Segment, ...]:
    """The bands by the number of accounts."""
    return shares([(str(band.label), whole.bands[band], whole.bands[band], band) for band in ORDER])


def _money_bar(money: Money) -> tuple[Segment, ...]:
    """The bands by what their accounts pay, with the number of accounts in each."""
    return shares([(str(band.label), money.bands[band], money.counts[band], band) for band in ORDER])


def _lines(group: RollUp, by: str, kept: dict[str, str]) -> list[Line]:
    label = group.label or str(NOBODY[by])
    moneys: tuple[Money | None, ...] = group.money or (None,)
    return [Line(label, _leads_to(group, by, kept), group, money, place == 0) for place, money in enumerate(moneys)]


def _leads_to(group: RollUp, by: str, kept: dict[str, str]) -> str:
    if not group.key:
        return ""
    if by == "parent":
        return _url(**kept, by="parent", parent=group.key)
    return _url(**{**kept, by: group.key}, by=by)


def _url(**asked: str) -> str:
    return f"{reverse('portfolio')}?{urlencode({name: text for name, text in asked.items() if text})}#groups"
