"""Tags for the parts of pages that need a little arithmetic before their template."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms, template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.kernel import charts
from cshub.l10n import formats
from cshub.web.people import hue, initials

register = template.Library()

BANDS = {
    "good": gettext_lazy("Healthy"),
    "watch": gettext_lazy("Watch"),
    "risk": gettext_lazy("At risk"),
    "unknown": gettext_lazy("Unscored"),
}


@register.inclusion_tag("components/monogram.html")
def monogram(name: str, size: str = "") -> dict[str, Any]:
    """{% monogram account.name %} or {% monogram account.name "large" %}"""
    return {"letters": initials(name), "hue": hue(name), "size": size}


@register.inclusion_tag("components/avatar.html")
def avatar(name: str, alone: bool = False) -> dict[str, Any]:
    """{% avatar owner.name %}; alone=True where the name stands nowhere near it."""
    return {"name": name, "letters": initials(name), "hue": hue(name), "alone": alone}


@register.inclusion_tag("components/health_pill.html")
def health_pill(score: float | Decimal | None, band: str, show_word: bool = False) -> dict[str, Any]:
    """{% health_pill row.score row.band %}; a missing score is a dash, an unknown band is unscored."""
    band = band if band in BANDS else "unknown"
    return {
        "score": formats.DASH if score is None else formats.number(score),
        "band": band,
        "word": BANDS[band],
        "show_word": show_word,
    }


@register.inclusion_tag("components/health_pill.html")
def health_word(band: str) -> dict[str, Any]:
    """{% health_word row.band %}: shape and word without a number."""
    band = band if band in BANDS else "unknown"
    return {"score": "", "band": band, "word": BANDS[band], "show_word": True}


@register.inclusion_tag("components/spark.html")
def spark(values: Sequence[float | None], band: str = "unknown") -> dict[str, Any]:
    """{% spark row.weekly_scores row.band %}"""
    return {"line": charts.spark(values), "band": band}


@register.inclusion_tag("components/split_bar.html")
def split_bar(rate: float | Decimal, size: str = "") -> dict[str, Any]:
    """{% split_bar row.proactive_rate "small" %}: the rate is 0-1"""
    return {"share": charts.per_cent(charts.position(rate, 0, 1)), "size": size}


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


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField) -> dict[str, Any]:
    """{% field form.name %}: label, control, help and error"""
    return {"field": bound, "is_choice": isinstance(bound.field.widget, forms.CheckboxInput)}


@register.simple_tag
def rate_text(percent: float | Decimal) -> str:
    """64% from 64"""
    return formats.percent(Decimal(str(percent)) / 100)


@register.simple_block_tag
def card(content: str, title: str = "", id: str = "", flush: bool = False, aside: str = "") -> SafeString:
    """{% card title=_("People") id="people" %}…{% endcard %}; flush=True for tables that touch the edge."""
    return render_to_string(
        "components/card.html", {"title": title, "body": content, "id": id, "flush": flush, "aside": aside}
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str, sheet: bool = False) -> SafeString:
    """{% dialog id="log-impact" title=_("Log impact") %}<div class="c-dialog-body">…</div><footer>…</footer>{% enddialog %}"""
    return render_to_string("components/dialog.html", {"body": content, "id": id, "title": title, "sheet": sheet})
