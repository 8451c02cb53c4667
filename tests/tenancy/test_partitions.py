"""Monthly tables have the partitions of the coming months, in every tenant."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from cshub.db import sql
from cshub.tenancy.context import public_context, schema_context
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.partitions import make_months

PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname LIKE 'health%' ORDER BY 1"


@pytest.fixture(autouse=True)
def dropped_again(committing: None):  # type: ignore[no-untyped-def]
    yield
    with owner_rights():
        for schema in ("acme", "globex", "tenant_template"):
            with public_context():
                for (name,) in sql.rows(
                    "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relnamespace = %s::regnamespace AND relname ~ '_20[0-9]{2}_'",
                    [schema],
                ):
                    sql.execute(f"DROP TABLE {schema}.{name}")


def test_the_coming_months_are_made_once_in_every_tenant() -> None:
    assert make_months(as_of=date(2026, 11, 21), ahead=2) == 9  # three months, in two tenants and the template
    assert make_months(as_of=date(2026, 11, 21), ahead=2) == 0
    with schema_context("globex"):
        assert [name for (name,) in sql.rows(PARTITIONS)] == [
            "health_healthscore_2026_11",
            "health_healthscore_2026_12",
            "health_healthscore_2027_01",
            "health_healthscore_default",
        ]


def test_a_partition_cannot_be_written_past_its_table() -> None:
    make_months(as_of=date(2026, 11, 21), ahead=0)
    with schema_context("acme"), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql.execute("DELETE FROM health_healthscore_2026_11")
