"""Checks what a version says before it is kept: each fault names the field, the value and the remedy."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from cshub.kernel.refusal import Refused
from health.models import Band
from health.segments.models import Segment
from playbooks.engine.content import content_hash
from playbooks.models import PlaybookVersion

WRITABLE = (
    "trigger",
    "trigger_settings",
    "audience",
    "steps",
    "goal",
    "primary_outcome",
    "horizon_days",
    "holdout_share",
)
MAX_STEPS = 20
MAX_DAYS = 730
MAX_HOLDOUT = Decimal("0.8")
DROP_BANDS = (Band.RISK.value, Band.WATCH.value)
_LISTS = ("segment", "region", "industry", "status", "bands", "in_segment")
_KNOWN_VALUES = {"status": Account.Status.values, "bands": Band.values}
_STEP_KEYS = {"title", "instructions", "after_days", "minutes"}


class BadContent(Refused):
    """The version says something that cannot be done."""

    code = "bad_content"


def checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content in its kept form: lists sorted, money as text. Raises BadContent for the first fault, KeyError never.

    `content` holds the fields of WRITABLE; others are refused.
    """
    if unknown := set(content) - set(WRITABLE):
        raise BadContent(_("A version has no field %(name)s.") % {"name": min(unknown)}, field=min(unknown))
    trigger = content.get("trigger", "")
    if trigger not in PlaybookVersion.Trigger.values:
        raise BadContent(
            _("%(value)s is not a trigger. Choose one of %(known)s.")
            % {"value": trigger or "—", "known": ", ".join(PlaybookVersion.Trigger.values)},
            field="trigger",
        )
    return {
        "trigger": trigger,
        "trigger_settings": _SETTINGS[trigger](content.get("trigger_settings") or {}),
        "audience": _audience(content.get("audience") or {}),
        "steps": _steps(content.get("steps")),
        "goal": _text(content.get("goal"), field="goal", limit=300),
        "primary_outcome": _outcome(content.get("primary_outcome", "renewal")),
        "horizon_days": _whole(content.get("horizon_days", 180), field="horizon_days", low=1, high=1_095),
        "holdout_share": _share(content.get("holdout_share", 0)),
    }


def content_of(version: PlaybookVersion) -> dict[str, Any]:
    """What a version says, as it is hashed."""
    return {
        **{name: getattr(version, name) for name in WRITABLE},
        "mode": version.playbook.mode,
        "strata": version.strata,
        "salt": version.salt,
    }


def hash_of(version: PlaybookVersion) -> str:
    """The hash of what a version says now; equal to its kept hash unless somebody changed it behind our back."""
    return content_hash(content_of(version))


def _runway(settings: Mapping[str, Any]) -> dict[str, Any]:
    _only(settings, {"days_before"}, field="trigger_settings")
    return {
        "days_before": _whole(
            settings.get("days_before", 90), field="trigger_settings.days_before", low=1, high=MAX_DAYS
        )
    }


def _drop(settings: Mapping[str, Any]) -> dict[str, Any]:
    _only(settings, {"to_bands"}, field="trigger_settings")
    bands = _texts(settings.get("to_bands", list(DROP_BANDS)), field="trigger_settings.to_bands", known=DROP_BANDS)
    if not bands:
        raise BadContent(_("Choose at least one band that accounts fall into."), field="trigger_settings.to_bands")
    return {"to_bands": bands}


_SETTINGS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"renewal_runway": _runway, "health_drop": _drop}


def _audience(audience: Mapping[str, Any]) -> dict[str, Any]:
    _only(audience, {*_LISTS, "arr_min", "arr_max"}, field="audience")
    kept: dict[str, Any] = {}
    in_use = {"in_segment": _segments_in_use() if audience.get("in_segment") else []}
    for name in _LISTS:
        known = in_use.get(name, _KNOWN_VALUES.get(name))
        if values := _texts(audience.get(name) or [], field=f"audience.{name}", known=known):
            kept[name] = values
    for name in ("arr_min", "arr_max"):
        if audience.get(name) not in (None, ""):
            kept[name] = str(_money(audience[name], field=f"audience.{name}"))
    if "arr_min" in kept and "arr_max" in kept and Decimal(kept["arr_min"]) > Decimal(kept["arr_max"]):
        raise BadContent(_("The lowest ARR is above the highest. Swap them."), field="audience.arr_min")
    return kept


def _segments_in_use() -> list[str]:
    return [str(pk) for pk in Segment.objects.in_use().values_list("pk", flat=True)]


def _steps(steps: Any) -> list[dict[str, Any]]:
    if not isinstance(steps, Sequence) or isinstance(steps, str) or not 1 <= len(steps) <= MAX_STEPS:
        raise BadContent(_("A playbook has 1 to %(most)s steps.") % {"most": MAX_STEPS}, field="steps")
    return [_step(step, f"steps[{number}]") for number, step in enumerate(steps)]


def _step(step: Any, field: str) -> dict[str, Any]:
    if not isinstance(step, Mapping):
        raise BadContent(_("A step has a title, instructions, after_days and minutes."), field=field)
    _only(step, _STEP_KEYS, field=field)
    return {
        "title": _text(step.get("title"), field=f"{field}.title", limit=300),
        "instructions": str(step.get("instructions") or "").strip()[:5_000],
        "after_days": _whole(step.get("after_days", 0), field=f"{field}.after_days", low=0, high=260),
        "minutes": _whole(step.get("minutes", 30), field=f"{field}.minutes", low=0, high=960),
    }


def _only(mapping: Any, known: set[str], *, field: str) -> None:
    if not isinstance(mapping, Mapping):
        raise BadContent(_("%(value)s is not a set of named values.") % {"value": mapping}, field=field)
    if unknown := set(mapping) - known:
        raise BadContent(
            _("%(name)s is not known here. Known: %(known)s.")
            % {"name": min(unknown), "known": ", ".join(sorted(known))},
            field=field,
        )


def _text(value: Any, *, field: str, limit: int) -> str:
    text = str(value or "").strip().replace("\x00", "")
    if not text or len(text) > limit:
        raise BadContent(_("Write 1 to %(limit)s characters.") % {"limit": limit}, field=field)
    return text


def _texts(value: Any, *, field: str, known: Sequence[str] | None) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, Sequence) or not all(isinstance(each, str) for each in values):
        raise BadContent(_("%(value)s is not a list of words.") % {"value": value}, field=field)
    for each in values:
        if known is not None and each not in known:
            raise BadContent(
                _("%(value)s is not one of %(known)s.") % {"value": each, "known": ", ".join(known)}, field=field
            )
    return sorted(set(values))


def _whole(value: Any, *, field: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).strip().isdecimal():
        raise BadContent(_("%(value)s is not a whole number.") % {"value": value}, field=field)
    if not low <= int(value) <= high:
        raise BadContent(
            _("%(value)s is outside %(low)s to %(high)s.") % {"value": value, "low": low, "high": high}, field=field
        )
    return int(value)


def _money(value: Any, *, field: str) -> Decimal:
    amount = _decimal(value, field=field)
    if amount < 0 or amount >= Decimal(10) ** 16:
        raise BadContent(_("%(value)s is not an amount a year.") % {"value": value}, field=field)
    return amount.quantize(Decimal("0.01"))


def _share(value: Any) -> Decimal:
    share = _decimal(value, field="holdout_share")
    if not 0 <= share <= MAX_HOLDOUT:
        raise BadContent(
            _("A holdout share of %(value)s cannot be. Choose 0 to 0.8: at least one account in five is worked.")
            % {"value": value},
            field="holdout_share",
        )
    return share.quantize(Decimal("0.001"))


def _decimal(value: Any, *, field: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise BadContent(_("%(value)s is not a number.") % {"value": value}, field=field) from error
    if not number.is_finite():
        raise BadContent(_("%(value)s is not a number.") % {"value": value}, field=field)
    return number


def _outcome(value: Any) -> str:
    if value not in PlaybookVersion.Outcome.values:
        raise BadContent(_("%(value)s is not an outcome.") % {"value": value}, field="primary_outcome")
    return str(value)
