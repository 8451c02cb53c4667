"""What is sent a column at a time arrives as it was."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cshub.db import sql
from cshub.db.copy_text import copy_text

KINDS = {
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(["\\N", "\\.", "\\t", "\r\n", "NULL", ""]),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "numeric": st.decimals(-(10**14), 10**14, places=4) | st.sampled_from([Decimal("1E+9"), Decimal("-0.00001")]),
    "date": st.dates(),
    "timestamptz": st.datetimes(datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30"), timezones=st.just(UTC) | st.just(timezone(timedelta(hours=3, minutes=30)))),
    "uuid": st.uuids(),
    "boolean": st.booleans(),
}  # fmt: skip
ROWS = st.lists(st.tuples(*(values | st.none() for values in KINDS.values())), min_size=1, max_size=8)


@given(rows=ROWS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_arrives_as_it_was(acme, rows):
    described = ", ".join(f"column_{number} {kind}" for number, kind in enumerate(KINDS))
    with transaction.atomic():
        sql.execute(f"CREATE TEMPORARY TABLE arrived ({described}, place serial)")
        names = ", ".join(f"column_{number}" for number in range(len(KINDS)))
        sql.copy_columns(f"COPY arrived ({names}) FROM STDIN", list(zip(*rows, strict=True)))
        assert sql.rows(f"SELECT {names} FROM arrived ORDER BY place") == rows
        sql.execute("DROP TABLE arrived")


def test_a_value_of_another_kind_is_no_text():
    with pytest.raises(TypeError, match="COPY is given dict"):
        copy_text([[1], [{"a": 1}]])


def test_rows_stand_below_each_other():
    columns = [["a\tb", None], [date(2026, 1, 31), date(2026, 2, 1)], [UUID(int=0), UUID(int=1)]]
    nothing, one = "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"
    assert copy_text(columns) == f"a\\tb\t2026-01-31\t{nothing}\n\\N\t2026-02-01\t{one}\n"
