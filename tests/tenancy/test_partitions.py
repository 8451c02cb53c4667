"""A partition gives no way around its append-only table."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import DatabaseError, transaction

from cshub.db import sql
from cshub.tenancy.context import public_context, schema_context
from cshub.tenancy.grants import append_only_tables
from cshub.tenancy.names import TEMPLATE, role_of
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.partitions import ensure_months


@pytest.fixture
def december(committing: None) -> Iterator[str]:
    """A month of the health history that no other test makes, in Acme and the template."""
    as_of = datetime.fromisoformat("2031-12-05T00:00:00+00:00")
    (name,) = ensure_months(["acme", TEMPLATE], table="health_healthscore", by="scored_at", as_of=as_of, ahead=0)
    yield name
    with owner_rights(), public_context():
        sql.execute(f"DROP TABLE acme.{name}; DROP TABLE {TEMPLATE}.{name}")


@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET score = 1", "TRUNCATE {}"])
def test_a_partition_cannot_be_rewritten_past_its_table(december: str, verb: str) -> None:
    assert "health_healthscore" in append_only_tables()
    with schema_context("acme"), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        sql.execute(verb.format(december))


def test_the_template_has_no_role(december: str) -> None:
    with owner_rights(), public_context():
        assert sql.rows("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_of(TEMPLATE)]) == []
