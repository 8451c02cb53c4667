"""A mail of the morning is due at six where its reader lives, once."""

from datetime import UTC, datetime, timedelta

import pytest

from health.engine.mornings import due_since, told_from

SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "zone", "as_of", "due"),
    [
        ("day", "UTC", SUNDAY_NOON, datetime(2026, 11, 22, 6, tzinfo=UTC)),
        ("day", "UTC", datetime(2026, 11, 22, 5, 59, tzinfo=UTC), datetime(2026, 11, 21, 6, tzinfo=UTC)),
        ("day", "UTC", datetime(2026, 11, 22, 6, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC)),
        ("day", "Asia/Tehran", SUNDAY_NOON, datetime(2026, 11, 22, 2, 30, tzinfo=UTC)),
        ("day", "America/Los_Angeles", SUNDAY_NOON, datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("week", "UTC", SUNDAY_NOON, datetime(2026, 11, 16, 6, tzinfo=UTC)),
        ("week", "UTC", datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 11, 16, 6, tzinfo=UTC)),
        ("week", "Asia/Tokyo", datetime(2026, 11, 22, 21, tzinfo=UTC), datetime(2026, 11, 22, 21, tzinfo=UTC)),
        ("day", "Nowhere/Atlantis", SUNDAY_NOON, datetime(2026, 11, 22, 6, tzinfo=UTC)),
        ("day", "", SUNDAY_NOON, datetime(2026, 11, 22, 6, tzinfo=UTC)),
    ],
)
def test_the_morning_is_that_of_the_reader(every: str, zone: str, as_of: datetime, due: datetime) -> None:
    assert due_since(every, zone, as_of) == due


def test_a_morning_is_told_once_and_the_first_tells_of_a_day_or_a_week() -> None:
    morning = datetime(2026, 11, 16, 6, tzinfo=UTC)
    assert told_from("day", None, morning) == morning - timedelta(days=1)
    assert told_from("week", None, morning) == morning - timedelta(days=7)
    assert told_from("day", morning - timedelta(hours=30), morning) == morning - timedelta(hours=30)
    assert told_from("day", morning, morning) is None
    assert told_from("day", morning + timedelta(minutes=5), morning) is None
