"""Puts the account list together: tabs, columns, groups, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from cshub.l10n import formats
from cshub.users.models import User
from cshub.web.filters import Filters
from cshub.web.queries.account_list import SOON_DAYS, AccountPage, summary, tab_counts
from cshub.web.queries.cursors import SORTS, Cursor
from cshub.web.queries.shell import View
from cshub.web.rows import capped, grouped, summary_texts
from cshub.web.value_columns import LABELS, value_note

KNOWN_SECONDS = 300
MOST_KNOWN = 200


@dataclass(frozen=True)
class Tab:
    """A view of the list; saved ones can be deleted by their owner."""

    name: str
    url: str
    count: str
    is_current: bool
    view_id: Any = None
    may_delete: bool = False


@dataclass(frozen=True)
class Column:
    """A heading. With a url it sorts; `sorted` is what aria-sort says."""

    label: str
    css: str
    url: str = ""
    sorted: str = ""


def list_context(
    page: AccountPage, filters: Filters, *, user: User, views: Sequence[View], as_of: datetime
) -> dict[str, Any]:
    """Everything web/accounts.html shows. One query; once a minute three more for the strip above the list."""
    return {
        "as_of": as_of,
        "groups": grouped(
            page.rows,
            sort=filters.sort,
            is_first=page.before is None,
            is_last=page.after is None,
            as_of=as_of,
            further=filters.columns,
        ),
        "choices": [(label, filters.showing(name), name in filters.columns) for name, label in LABELS.items()],
        "is_wider": bool(filters.columns),
        "value_note": value_note(page.rows, filters.columns),
        "summary": summary_texts(summary(user, as_of=as_of)),
        "tabs": _tabs(filters, user=user, views=views, as_of=as_of),
        "columns": _columns(filters),
        "filters": filters,
        "chips": filters.chips(),
        "known": {name: _known(name) for name in ("segment", "region")},
        "previous_url": _page_url(filters, page.before),
        "next_url": _page_url(filters, page.after),
        "shown_text": _shown(page),
        "is_empty_tenant": not page.rows and not filters.values and page.before is None,
        "currency": page.rows[0].currency if page.rows else "",
    }


def _tabs(filters: Filters, *, user: User, views: Sequence[View], as_of: datetime) -> list[Tab]:
    counts = tab_counts(user, today=as_of.date())
    built_in = [
        (_("All"), "", counts.every),
        (_("My book"), "owner=me", counts.own),
        (_("Renewing in %(days)s days") % {"days": formats.number(SOON_DAYS)}, f"renewal={SOON_DAYS}", counts.renewing),
        (_("At risk"), "health=risk", counts.at_risk),
    ]
    here = sorted(parse_qsl(filters.query))
    tabs = [Tab(name, f"?{query}", capped(count), sorted(parse_qsl(query)) == here) for name, query, count in built_in]
    return tabs + [
        Tab(view.name, f"?{view.query}", "", sorted(parse_qsl(view.query)) == here, view.pk, view.owner_id == user.pk)
        for view in views
    ]


def _columns(filters: Filters) -> list[Column]:
    def sorting(name: str) -> dict[str, str]:
        on = {name: "ascending", f"-{name}": "descending"}.get(filters.sort, "")
        return {"url": filters.sorted_by(name), "sorted": on}

    further = [
        Column(str(LABELS[name]), "c-column-value is-number", **sorting(name))
        if name in SORTS
        else Column(str(LABELS[name]), "c-column-tier")
        for name in filters.columns
    ]
    return [
        Column(_("Account"), "", **sorting("name")),
        Column(_("Health"), "c-column-health", **sorting("health")),
        Column(_("12 weeks"), "c-column-spark is-wide"),
        Column(_("Revenue"), "c-column-revenue is-number", **sorting("arr")),
        *further,
        Column(_("Renewal"), "c-column-renewal", **sorting("renewal")),
        Column(_("Proactive"), "c-column-split is-wide"),
        Column(_("Next step"), "c-column-next"),
        Column(_("Owner"), "c-column-owner"),
    ]


def _known(field: str) -> list[str]:
    """Values that occur, to choose from while typing; kept for five minutes."""
    kept: list[str] | None = cache.get_or_set(
        f"accounts.known.{field}",
        lambda: list(
            Account.objects.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()[:MOST_KNOWN]
        ),
        KNOWN_SECONDS,
    )
    return kept or []


def _page_url(filters: Filters, at: Cursor | None) -> str:
    if at is None:
        return ""
    query = filters.query
    return f"?{query}{'&' if query else ''}at={at}"


def _shown(page: AccountPage) -> str:
    if not page.rows:
        return ""
    words = {"shown": formats.number(len(page.rows)), "count": capped(page.count)}
    return ngettext("%(shown)s of %(count)s account", "%(shown)s of %(count)s accounts", page.count) % words
