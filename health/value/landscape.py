"""The part of the portfolio that sets what customers are worth against what serving them costs, drawn and as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from math import log, sqrt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.kernel.charts import per_cent, position
from cshub.l10n import formats
from health.value.queries import ACROSS, UP, Landscape, Quadrant

if TYPE_CHECKING:
    from health.sql.rollups import Narrow

NAMES: dict[tuple[bool, bool], Promise] = {
    (True, False): gettext_lazy("High value, low cost"),
    (True, True): gettext_lazy("High value, high cost"),
    (False, False): gettext_lazy("Low value, low cost"),
    (False, True): gettext_lazy("Low value, high cost"),
}
STEPS = (1, 2, 5)
LEAST_RADIUS, MOST_RADIUS = 3.0, 15.0


@dataclass(frozen=True)
class Dot:
    """Accounts that stand close together; the area of the circle is their number."""

    x: str
    y: str
    radius: str
    kind: str  # which side of both medians, for the color


@dataclass(frozen=True)
class Mark:
    """A line of the grid with its words."""

    at: str
    label: str


def landscape_context(chosen: Narrow, found: Landscape | None) -> dict[str, Any]:
    """What value/_landscape.html shows under `landscape`; None where nobody's value and cost are known."""
    if found is None:
        return {"landscape": None}
    most = max((count for _across, _up, count in found.bins), default=1)
    medians = log(max(float(found.cost_median), 1)), log(max(float(found.amount_median), 1))
    return {
        "landscape": {
            "found": found,
            "dots": [_dot(found, place, most, medians) for place in found.bins],
            "across": _marks(found.cost_scale, found.currency),
            "up": _marks(found.amount_scale, found.currency, upwards=True),
            "median_x": per_cent(position(medians[0], *found.cost_scale)),
            "median_y": per_cent(100 - position(medians[1], *found.amount_scale)),
            "label": _label(found),
            "rows": [(NAMES[_side(each)], each, _url(found, each, chosen)) for each in found.quadrants],
        }
    }


def _dot(found: Landscape, place: tuple[int, int, int], most: int, medians: tuple[float, float]) -> Dot:
    across, up, count = place
    x, y = (across + 0.5) / ACROSS * 100, (up + 0.5) / UP * 100
    is_costly = x >= position(medians[0], *found.cost_scale)
    is_valuable = y >= position(medians[1], *found.amount_scale)
    radius = LEAST_RADIUS + (MOST_RADIUS - LEAST_RADIUS) * sqrt((count - 1) / max(most - 1, 1))
    kind = {(True, False): "good", (False, True): "risk"}.get((is_valuable, is_costly), "even")
    return Dot(per_cent(x), per_cent(100 - y), f"{radius:.1f}", kind)


def _marks(scale: tuple[float, float], currency: str, *, upwards: bool = False) -> list[Mark]:
    """Round amounts on a logarithmic scale; fewer of them where many powers of ten are shown."""
    low, high = scale
    steps = STEPS if high - low < log(1_000) else (1,)
    amounts = [step * 10**power for power in range(13) for step in steps if low <= log(step * 10**power) <= high]
    places = [(amount, position(log(amount), low, high)) for amount in amounts]
    return [
        Mark(per_cent(100 - place if upwards else place), formats.money(Decimal(amount), currency, compact=True))
        for amount, place in places
    ]


def _label(found: Landscape) -> str:
    words = {
        "count": formats.number(found.count),
        "value": formats.money(found.amount_median, found.currency, compact=True),
        "cost": formats.money(found.cost_median, found.currency, compact=True),
    }
    text = _("%(count)s customers by cost to serve and value; half are worth %(value)s or more, half cost %(cost)s a year or more")  # fmt: skip
    return text % words


def _side(each: Quadrant) -> tuple[bool, bool]:
    return each.is_valuable, each.is_costly


def _url(found: Landscape, each: Quadrant, chosen: Narrow) -> str:
    """The list of these accounts, by the rule that tells them."""
    parts: list[dict[str, Any]] = [
        {"field": "status", "op": "in", "value": ["onboarding", "active"]},
        *([{"field": "currency", "op": "is", "value": found.currency}] if found.others else []),
        {"field": "clv", "op": "at_least" if each.is_valuable else "less_than", "value": float(found.amount_median)},
        {"field": "cost_to_serve", "op": "at_least" if each.is_costly else "less_than", "value": float(found.cost_median)},
        *([{"field": "owner", "op": "is", "value": str(chosen.owner)}] if chosen.owner else []),
        *([{"field": "segment", "op": "is", "value": chosen.segment}] if chosen.segment else []),
        *([{"segment": str(chosen.in_segment)}] if chosen.in_segment else []),
    ]  # fmt: skip
    return f"{reverse('accounts')}?{urlencode({'rule': json.dumps({'all': parts})})}"
