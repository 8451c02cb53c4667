"""The health of the whole book: by revenue and by count, who moved, and summed up by owner, segment and parent; now or on a past day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.models import Account
from cshub.kernel.charts import Segment as Part
from cshub.kernel.charts import shares
from cshub.users.access import can
from cshub.web.forms import owners
from cshub.web.queries.portfolio import groups, moved_furthest, segments_in_use, value_landscape, whole_book
from cshub.web.views.health import day_asked, end_of
from cshub.web.views.requests import as_id, me
from health.files import groups_file, movers_file
from health.models import Band
from health.queries import Money, Narrow, RollUp, explained
from health.queries.summing import WAYS, read_as_today
from health.segments.models import Segment
from health.value.landscape import landscape_context

if TYPE_CHECKING:
    from uuid import UUID

    from health.sql.rollups import By

ORDER = (Band.RISK, Band.WATCH, Band.UNKNOWN, Band.GOOD)
TABS = {
    "owner": gettext_lazy("Owner"),
    "segment": gettext_lazy("Segment field"),
    "in_segment": gettext_lazy("Segment"),
    "parent": gettext_lazy("Parent account"),
}
NOBODY = {
    "owner": gettext_lazy("Nobody's"),
    "segment": gettext_lazy("Without a segment"),
    "in_segment": gettext_lazy("In no segment"),
    "parent": gettext_lazy("Stand alone"),
}
GROUPS_SHOWN = 50
LISTS = ("groups", "movers")


@dataclass(frozen=True)
class Line:
    """A row of the table: its name, where it leads, and one line for each currency; `money` None where nothing is paid."""

    label: str
    url: str
    group: RollUp
    money: Money | None
    is_first: bool


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `at` None means now; `day` and `since` are as they stand in the fields, `problems` what is wrong with them."""

    by: By
    narrow: Narrow
    parent: Account | None
    at: datetime | None
    day: date | None
    since: date
    bands_only: bool
    problems: dict[str, str]

    @property
    def kept(self) -> dict[str, str]:
        """The address without its table."""
        return {
            "owner": str(self.narrow.owner or ""),
            "segment": self.narrow.segment or "",
            "in_segment": str(self.narrow.in_segment or ""),
            "at": self.day.isoformat() if self.day else "",
            "since": self.since.isoformat(),
            "moved": "band" if self.bands_only else "",
        }

    @property
    def below(self) -> UUID | None:
        return self.parent.pk if self.parent else None


@require_GET
def portfolio(request: HttpRequest) -> HttpResponse:
    """The page. Owner and segments narrow it, `at` looks at a past day, `since` chooses the day movers are compared with, `by`, `parent` and `after` the table."""
    as_of = timezone.now()
    asked = _asked(request, as_of)
    book = whole_book(asked.narrow, at=asked.at, as_of=as_of)
    table = groups(
        asked.by, asked.narrow, parent=asked.below, at=asked.at, after=_after(request), limit=GROUPS_SHOWN, as_of=as_of
    )
    whole, page = book.found, table.found
    movers, moved_at = _movers(asked, as_of)
    values, valued_at = _values(asked, as_of)
    below = {"parent": str(asked.below)} if asked.below else {}
    kept = {**asked.kept, "by": asked.by, **below}
    context = {
        "as_of": asked.at or as_of,
        "summed_at": min(book.at, table.at, moved_at, *valued_at),
        "asked": asked,
        "whole": whole,
        "bands": [(band, *_band(whole, band)) for band in ORDER] if whole else [],
        "by_count": _count_bar(whole) if whole else (),
        "by_money": [(money, _money_bar(money)) for money in whole.money] if whole else [],
        "since": asked.since,
        "latest_day": as_of.astimezone(UTC).date(),
        "tabs": [(each, label, _url(**asked.kept, by=each)) for each, label in TABS.items()],
        "by": asked.by,
        "by_label": TABS[asked.by],
        "parent": asked.parent,
        "lines": [line for group in page.groups for line in _lines(group, asked)],
        "next_url": _url(**kept, after="~".join(map(str, page.after))) if page.after else "",
        "files": {what: f"{reverse('portfolio_export')}?{urlencode({**kept, 'list': what})}" for what in LISTS},
        "people": list(owners()),
        "segments": segments_in_use(as_of=as_of),
        "rule_segments": list(Segment.objects.in_use().order_by("name").values_list("pk", "name")),
        "may_see_terms": can(me(request), "value_settings", "GET"),
        "as_today": read_as_today(asked.by, asked.narrow, at=asked.at),
        **movers,
        **values,
    }
    return render(request, "health/portfolio.html", context)


def _movers(asked: Asked, as_of: datetime) -> tuple[dict[str, Any], datetime]:
    """Who moved until now or until the day looked at, with the moment it is from."""
    since = end_of(asked.since, as_of=as_of)
    found = moved_furthest(
        asked.narrow, day=asked.since, since=since, at=asked.at, bands_only=asked.bands_only, as_of=as_of
    )
    moved = explained(found.found)
    return {"moved": moved, "groups_of_movers": (moved.fallen, moved.risen)}, found.at


def _values(asked: Asked, as_of: datetime) -> tuple[dict[str, Any], list[datetime]]:
    """Value by cost to serve as it is now, with the moment it is from; nothing of it is shown of a past day."""
    if asked.at is not None:
        return {}, []
    values = value_landscape(asked.narrow, as_of=as_of)
    return landscape_context(asked.narrow, values.found), [values.at]


@require_GET
def portfolio_export(request: HttpRequest) -> HttpResponse:
    """The table with all its groups as CSV, or those that moved."""
    as_of, what = timezone.now(), request.GET.get("list", "groups")
    asked = _asked(request, as_of)
    if what not in LISTS:
        raise Http404
    if what == "movers":
        since = end_of(asked.since, as_of=as_of)
        text = movers_file(
            asked.narrow, since=since, at=asked.at, bands_only=asked.bands_only, user=me(request), as_of=as_of
        )
    else:
        text = groups_file(asked.by, asked.narrow, parent=asked.below, at=asked.at, user=me(request), as_of=as_of)
    day = (asked.day or as_of.date()).isoformat()
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="portfolio-{what}-{day}.csv"'
    return response


def _asked(request: HttpRequest, as_of: datetime) -> Asked:
    by = next((way for way in WAYS if way == request.GET.get("by", "owner") and way in TABS), None)
    if by is None:
        raise Http404
    ids = {name: as_id(request.GET.get(name)) for name in ("owner", "in_segment")}
    day, bad = day_asked(request.GET["at"], as_of=as_of) if request.GET.get("at") else (None, "")
    is_past = day is not None and not bad and day < as_of.astimezone(UTC).date()
    until = end_of(day, as_of=as_of) if day and is_past else as_of
    since, late = _since(request, day if is_past else None, until=until, as_of=as_of)
    return Asked(
        by=by,
        narrow=Narrow(ids["owner"], request.GET.get("segment") or None, ids["in_segment"]),
        parent=_parent(request) if by == "parent" else None,
        at=until if is_past else None,
        day=day if is_past else None,
        since=since,
        bands_only=request.GET.get("moved") == "band",
        problems={"since": late, "at": bad},
    )


def _since(request: HttpRequest, day: date | None, *, until: datetime, as_of: datetime) -> tuple[date, str]:
    """The day movers are compared with, which has to lie before a past day that is looked at; with what is wrong with it."""
    since, late = day_asked(request.GET.get("since", ""), as_of=as_of if request.GET.get("since") else until)
    if day is None or since < day:
        return since, late
    return day_asked("", as_of=until)[0], _("Choose a day before the one looked at.")


def _after(request: HttpRequest) -> tuple[int, str] | None:
    """Where a later page of the table begins: the count and key of the last group shown."""
    count, tilde, key = request.GET.get("after", "").partition("~")
    return (int(count), key) if tilde and count.isascii() and count.isdigit() and len(count) < 12 else None


def _parent(request: HttpRequest) -> Account | None:
    """The account below which the table looks; 404 where it is none."""
    if not request.GET.get("parent"):
        return None
    asked = as_id(request.GET["parent"])
    found = Account.objects.visible_to(me(request)).filter(pk=asked).first() if asked else None
    if found is None:
        raise Http404
    return found


def _band(whole: RollUp, band: Band) -> tuple[int, float, list[tuple[str, Any, float]]]:
    """Accounts of a band and their share of all; and for each currency what they pay and the share of that."""
    count = whole.bands[band]
    paid = [
        (money.currency, money.bands[band], float(money.bands[band] / money.arr) if money.arr else 0.0)
        for money in whole.money
    ]
    return count, count / whole.account_count, paid


def _count_bar(whole: RollUp) -> tuple[Part, ...]:
    """The bands by the number of accounts."""
    return shares([(str(band.label), whole.bands[band], whole.bands[band], band) for band in ORDER])


def _money_bar(money: Money) -> tuple[Part, ...]:
    """The bands by what their accounts pay, with the number of accounts in each."""
    return shares([(str(band.label), money.bands[band], money.counts[band], band) for band in ORDER])


def _lines(group: RollUp, asked: Asked) -> list[Line]:
    label = group.label or str(NOBODY[asked.by])
    moneys: tuple[Money | None, ...] = group.money or (None,)
    return [
        Line(label, _leads_to(group, asked.by, asked.kept), group, money, place == 0)
        for place, money in enumerate(moneys)
    ]


def _leads_to(group: RollUp, by: str, kept: dict[str, str]) -> str:
    if not group.key:
        return ""
    if by == "parent":
        return _url(**kept, by="parent", parent=group.key)
    return _url(**{**kept, by: group.key}, by=by)


def _url(**asked: str) -> str:
    return f"{reverse('portfolio')}?{urlencode({name: text for name, text in asked.items() if text})}#groups"
