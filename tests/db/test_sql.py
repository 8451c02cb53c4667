"""SQL of our own runs in the active tenant, with its values apart from its text."""

import pytest

from cshub.db import sql
from cshub.db.active import active_schema
from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from tests.accounts import make


def test_a_statement_says_how_many_rows_it_touched(acme: Tenant) -> None:
    make.account(name="one")
    make.account(name="two")
    assert sql.execute("UPDATE accounts_account SET region = %s WHERE name = %s", ["north", "one"]) == 1
    assert sql.rows("SELECT name FROM accounts_account WHERE region = %(region)s", {"region": "north"}) == [("one",)]
    assert sql.records("SELECT name, region FROM accounts_account WHERE region <> ''") == [
        {"name": "one", "region": "north"}
    ]


def test_a_statement_stays_in_its_tenant(acme: Tenant) -> None:
    make.account(name="ours")
    with schema_context("globex"):
        assert sql.execute("UPDATE accounts_account SET region = 'taken'") == 0
        assert active_schema() == "globex"


def test_a_value_is_never_read_as_sql(acme: Tenant) -> None:
    assert sql.rows("SELECT %s", ["'; DROP TABLE accounts_account; --"]) == [("'; DROP TABLE accounts_account; --",)]


def test_rows_are_copied_in(acme: Tenant) -> None:
    sql.execute("CREATE TEMP TABLE line (number int, text text) ON COMMIT DROP")
    assert sql.copy_in("COPY line (number, text) FROM STDIN", [(1, "a"), (2, None), (3, "tab\there")]) == 3
    assert sql.rows("SELECT number, text FROM line ORDER BY 1") == [(1, "a"), (2, None), (3, "tab\there")]


def test_a_temporary_table_of_one_tenant_is_closed_to_another(acme: Tenant) -> None:
    sql.execute("CREATE TEMP TABLE line (number int)")
    with schema_context("globex"), pytest.raises(Exception, match="permission denied"):
        sql.rows("SELECT * FROM line")
