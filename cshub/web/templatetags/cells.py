"""Tags for the parts of pages that need a little arithmetic before their template."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms, template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from cshub.kernel import charts
from cshub.l10n import formats
from cshub.web import drawn, drawn_forms, drawn_inbox, drawn_rows
from cshub.web.rows import ShownRow
from playbooks.queries import InboxRow

register = template.Library()


@register.simple_tag
def monogram(name: str, size: str = "") -> SafeString:
    """{% monogram account.name %} or {% monogram account.name "large" %}"""
    return mark_safe(drawn.monogram(name, size))  # noqa: S308  # escaped where it is drawn, as all below


@register.simple_tag
def avatar(name: str, alone: bool = False) -> SafeString:
    """{% avatar owner.name %}; alone=True where the name stands nowhere near it."""
    return mark_safe(drawn.avatar(name, alone))  # noqa: S308


@register.simple_tag
def health_pill(score: float | Decimal | None, band: str, show_word: bool = False) -> SafeString:
    """{% health_pill row.score row.band %}; a missing score is a dash, an unknown band is unscored."""
    return mark_safe(drawn.score_pill(score, band, show_word=show_word))  # noqa: S308


@register.simple_tag
def health_word(band: str) -> SafeString:
    """{% health_word row.band %}: shape and word without a number."""
    return mark_safe(drawn.pill("", band, show_word=True))  # noqa: S308


@register.simple_tag
def spark(values: Sequence[float | None], band: str = "unknown") -> SafeString:
    """{% spark row.weekly_scores row.band %}"""
    return mark_safe(drawn.spark(charts.spark(values), band))  # noqa: S308


@register.simple_tag
def split_bar(rate: float | Decimal, size: str = "") -> SafeString:
    """{% split_bar row.proactive_rate "small" %}: the rate is 0-1"""
    return mark_safe(drawn.split_bar(charts.per_cent(charts.position(rate, 0, 1)), size))  # noqa: S308


@register.inclusion_tag("components/meter.html")
def meter(percent: float | Decimal, label: str, kind: str = "", busy: bool = False) -> dict[str, Any]:
    """{% meter 64 label="Importing contacts.csv" busy=True %}: 0-100"""
    width = charts.position(percent, 0, 100)
    return {"width": charts.per_cent(width), "value": round(width), "label": label, "kind": kind, "busy": busy}


@register.inclusion_tag("components/interval_bar.html")
def interval_bar(low: float, high: float, estimate: float, reference: float = 0, label: str = "") -> dict[str, Any]:
    """{% interval_bar 1.21 3.70 2.46 reference=1 label="95% interval 1.21 to 3.70, break-even 1" %}"""
    return {"drawing": charts.interval(low=low, high=high, estimate=estimate, reference=reference), "label": label}


@register.inclusion_tag("components/score_scale.html")
def score_scale(
    now: float, before: float | None = None, watch_from: float = 45, good_from: float = 70
) -> dict[str, Any]:
    """{% score_scale 41 58 watch_from=45 good_from=70 %}"""
    label = _("%(now)s of 100") % {"now": formats.number(now)}
    if before is not None:
        label = _("%(now)s of 100, was %(before)s") % {"now": formats.number(now), "before": formats.number(before)}
    places = {"now": now, "before": before, "watch_from": watch_from, "good_from": good_from}
    return {"label": label} | {
        name: "" if at is None else charts.per_cent(charts.position(at, 0, 100)) for name, at in places.items()
    }


@register.simple_tag
def field(bound: forms.BoundField) -> SafeString:
    """{% field form.name %}: label, control, help and error"""
    return mark_safe(drawn_forms.field(bound))  # noqa: S308


@register.simple_tag
def account_rows(rows: Sequence[ShownRow]) -> SafeString:
    """{% account_rows group.rows %}: rows of the account list"""
    return mark_safe(drawn_rows.drawn_rows(rows))  # noqa: S308


@register.simple_tag
def inbox_items(
    rows: Sequence[InboxRow], chosen: UUID | None, address: str, own: UUID | None, as_of: datetime
) -> SafeString:
    """{% inbox_items rows chosen=item.row.task_id address=items_url own=own as_of=as_of %}"""
    return mark_safe(drawn_inbox.drawn_items(rows, chosen=chosen or None, address=address, own=own, as_of=as_of))  # noqa: S308


@register.simple_tag
def rate_text(percent: float | Decimal) -> str:
    """64% from 64"""
    return formats.percent(Decimal(str(percent)) / 100)


@register.simple_block_tag
def card(content: str, title: str = "", id: str = "", flush: bool = False, aside: str = "") -> SafeString:
    """{% card title=_("People") id="people" %}…{% endcard %}; flush=True for tables that touch the edge."""
    return mark_safe(drawn_forms.card(content, title=title, id=id, flush=flush, aside=aside))  # noqa: S308


@register.simple_block_tag
def dialog(content: str, id: str, title: str, sheet: bool = False) -> SafeString:
    """{% dialog id="log-impact" title=_("Log impact") %}<div class="c-dialog-body">…</div><footer>…</footer>{% enddialog %}"""
    return mark_safe(drawn_forms.dialog(content, id, title, sheet=sheet))  # noqa: S308
