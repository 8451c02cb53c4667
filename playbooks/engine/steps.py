"""Counts business days, so that no task falls due on a weekend."""

from datetime import date, timedelta

WORKDAYS = 5
_SATURDAY = 5


def business_day(start: date, days: int) -> date:
    """The business day (Monday to Friday) `days` after `start`; a start on a weekend counts as the Monday after it.

    Same as numpy.busday_offset(start, days, roll="forward"). Raises ValueError for negative days.
    """
    if days < 0:
        raise ValueError("Steps go forward.")
    weekday = start.weekday()
    monday = start + timedelta(days=7 - weekday) if weekday >= _SATURDAY else start
    weekends = (monday.weekday() + days) // WORKDAYS
    return monday + timedelta(days=days + 2 * weekends)
