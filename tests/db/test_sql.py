"""SQL of our own runs in the active tenant, with its values apart from its text."""

from collections.abc import Callable

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


def test_what_is_asked_often_is_counted_and_asks_the_tables_of_the_tenant_it_is_in(
    acme: Tenant, count_queries: Callable[[Callable[[], object]], int]
) -> None:
    names = "SELECT name FROM accounts_account WHERE region = %(region)s ORDER BY name"
    make.account(name="ours", region="north")
    for _again in range(7):  # PostgreSQL keeps a plan from the sixth time on
        assert sql.rows(names, {"region": "north"}, often=True) == [("ours",)]
    with schema_context("globex"):
        assert sql.rows(names, {"region": "north"}, often=True) == []
        make.account(name="theirs", region="north")
        assert sql.records(names, {"region": "north"}, often=True) == [{"name": "theirs"}]
    assert [row.name for row in sql.named(names, {"region": "north"}, often=True)] == ["ours"]
    assert count_queries(lambda: sql.rows(names, {"region": "x"}, often=True)) == 1


def test_rows_are_copied_in(acme: Tenant) -> None:
    sql.execute("CREATE TEMP TABLE line (number int, text text) ON COMMIT DROP")
    assert sql.copy_in("COPY line (number, text) FROM STDIN", [(1, "a"), (2, None), (3, "tab\there")]) == 3
    assert sql.rows("SELECT number, text FROM line ORDER BY 1") == [(1, "a"), (2, None), (3, "tab\there")]


def test_a_temporary_table_of_one_tenant_is_closed_to_another(acme: Tenant) -> None:
    sql.execute("CREATE TEMP TABLE line (number int)")
    with schema_context("globex"), pytest.raises(Exception, match="permission denied"):
        sql.rows("SELECT * FROM line")
