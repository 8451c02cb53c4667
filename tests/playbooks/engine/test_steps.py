"""Business days are counted as numpy counts them, in Python and in SQL."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cshub.db import sql
from playbooks.engine.steps import business_day
from playbooks.sql import following

DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(DATES, st.integers(0, 300))
def test_business_days_are_numpys(start: date, days: int) -> None:
    assert business_day(start, days) == np.busday_offset(start, days, roll="forward").astype(date)


def test_steps_go_forward() -> None:
    with pytest.raises(ValueError, match="forward"):
        business_day(date(2026, 11, 23), -1)


@pytest.mark.usefixtures("acme")
def test_sql_counts_as_python_counts() -> None:
    starts = [date(2026, 11, 21) + timedelta(days=number) for number in range(14)]
    found = sql.rows(
        f"SELECT s, n, {following.business_day('s', 'n')} FROM unnest(%s::date[]) s, generate_series(0, 30) n", [starts]
    )
    assert len(found) == 14 * 31
    assert all(day == business_day(start, days) for start, days, day in found)
