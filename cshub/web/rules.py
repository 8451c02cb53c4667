"""Says the filters of the account list as the rule of a segment, as far as a rule can say them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cshub.users.models import User
from cshub.web.filters import UNSCORED, Filters


def segment_url(filters: Filters, *, user: User) -> str:
    """The builder with these filters in it; empty where there are none, or one that no rule can say."""
    rule = rule_of(filters.values, user=user)
    return f"{reverse('segment_create')}?{urlencode({'rule': json.dumps(rule)})}" if rule else ""


def rule_of(values: dict[str, Any], *, user: User) -> dict[str, Any] | None:
    """The rule that finds the same accounts; None where there is none."""
    parts = [_part(name, value, user) for name, value in values.items()]
    return None if not parts or None in parts else {"all": parts}


def _part(name: str, value: Any, user: User) -> dict[str, Any] | None:
    if name == "owner":
        if value == "none":
            return {"field": "owner", "op": "unknown"}
        return {"field": "owner", "op": "is", "value": str(user.pk) if value == "me" else value}
    if name in ("status", "stage", "value_tier"):
        return {"field": name, "op": "in", "value": value}
    if name == "health":
        return None if UNSCORED in value else {"field": "band", "op": "in", "value": value}
    if name == "renewal":
        return {
            "field": "next_renewal_on",
            "op": "in_next_days",
            "value": value - 1,
        }  # the list leaves the last day out
    if name in ("segment", "region"):
        return {"field": name, "op": "is", "value": value}
    if name in ("arr_from", "arr_to"):
        return {"field": "arr", "op": "at_least" if name == "arr_from" else "at_most", "value": float(value)}
    return _written(name, value)


def _written(name: str, value: Any) -> dict[str, Any] | None:
    if name == "rule":
        rule: dict[str, Any] = json.loads(value)
        return rule
    return {"segment": value} if name == "in_segment" else None
