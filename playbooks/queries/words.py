"""Says in words what a version does: its trigger, its audience, why it fired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account
from cshub.l10n import formats
from health.models import Band
from health.segments.models import Segment


def trigger_in_words(trigger: str, settings: Mapping[str, Any]) -> str:
    """When a version starts for an account, in a sentence."""
    if trigger == "renewal_runway":
        days = int(settings["days_before"])
        return ngettext("%(days)s day before a term ends", "%(days)s days before a term ends", days) % {
            "days": formats.number(days)
        }
    return _("Health falls to %(bands)s") % {"bands": _either(_bands(settings["to_bands"]))}


def audience_in_words(audience: Mapping[str, Any]) -> str:
    """For whom, in a phrase."""
    parts = [_either(audience[name]) for name in ("segment", "region", "industry") if name in audience]
    if "in_segment" in audience:
        named = Segment.objects.filter(pk__in=audience["in_segment"]).values_list("name", flat=True)
        parts.append(_("in the segment “%(name)s”") % {"name": _either(list(named))})
    if "status" in audience:
        parts.append(_either([str(Account.Status(each).label) for each in audience["status"]]))
    if "bands" in audience:
        parts.append(_either(_bands(audience["bands"])))
    if "arr_min" in audience:
        parts.append(_("ARR from %(amount)s") % {"amount": formats.number(Decimal(audience["arr_min"]))})
    if "arr_max" in audience:
        parts.append(_("ARR up to %(amount)s") % {"amount": formats.number(Decimal(audience["arr_max"]))})
    return formats.separator().join(parts) or _("All customers")


def fired_in_words(trigger: str, detail: str, *, days_before: int = 0) -> str:
    """Why a trigger found an account: its detail is the renewal's date or the band."""
    if trigger == "renewal_runway":
        return _("Renewal on %(date)s") % {"date": formats.date(date.fromisoformat(detail))}
    return _("Fell to %(band)s") % {"band": _bands([detail])[0]}


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """Why an enrollment happened, from the facts kept with it."""
    if "transition" in facts:
        return _("Health fell from %(before)s to %(after)s") % {
            "before": _bands([facts["from_band"]])[0],
            "after": _bands([facts["to_band"]])[0],
        }
    return _("The term ends on %(date)s") % {"date": formats.date(date.fromisoformat(facts["renewal_due_on"]))}


def _bands(bands: list[str]) -> list[str]:
    return [str(Band(each).label) for each in bands]


def _either(words: list[str]) -> str:
    return _(" or ").join(words)
