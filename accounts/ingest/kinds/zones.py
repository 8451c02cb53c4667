"""Whether a time zone exists."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField


def check_timezone(values: dict[str, Any]) -> None:
    """Raise AtField for a time zone that does not exist."""
    zone = values.get("timezone")
    if zone and zone not in _zones():
        text = _("“%(value)s” is not a time zone. Write one such as Europe/Warsaw.")
        raise AtField("timezone", "unknown_timezone", text % {"value": zone})


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
