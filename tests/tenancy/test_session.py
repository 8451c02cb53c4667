"""The database session stands where Django believes it stands, whatever happened in between."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Account
from cshub.db import sql
from cshub.db.active import ACTIVE
from cshub.tenancy.context import no_tenant, public_context, schema_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import role_of
from cshub.tenancy.postgresql.base import DatabaseWrapper
from tests.accounts import make
from tests.tenancy import probes

WHERE = "SELECT current_schema(), current_user"


def of_globex_after_a_rolled_back_savepoint() -> list[str]:
    """What an ORM query in Globex reads after a savepoint made in Acme was rolled back while Globex was active."""
    with schema_context("acme"):
        list(Account.objects.all())
        savepoint = transaction.savepoint()
    with schema_context("globex"):
        list(Account.objects.all())
        transaction.savepoint_rollback(savepoint)
        return list(Account.objects.values_list("name", flat=True))


def test_a_rolled_back_savepoint_never_moves_us_to_another_schema(acme: Tenant) -> None:
    probes.furnish()
    assert of_globex_after_a_rolled_back_savepoint() == ["globex"]


def test_an_exception_in_a_nested_block_leaves_us_in_our_tenant(acme: Tenant) -> None:
    with pytest.raises(DatabaseError), schema_context("globex"), transaction.atomic():
        sql.rows("SELECT current_schema(), 1 / 0")
    assert sql.rows(WHERE) == [("acme", role_of("acme"))]


def test_a_rolled_back_transaction_takes_the_place_with_it_and_the_next_statement_puts_it_back(
    committed_acme: Tenant,
) -> None:
    connection.close()
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.rows("SELECT current_schema(), 1 / 0")
    assert sql.rows(WHERE) == [("acme", role_of("acme"))]


def test_a_commit_of_a_failed_transaction_is_a_rollback_and_is_known_as_one(committed_acme: Tenant) -> None:
    connection.close()
    with transaction.atomic(), pytest.raises(DatabaseError):
        sql.rows("SELECT 1 / 0")
    assert sql.rows(WHERE) == [("acme", role_of("acme"))]


def test_a_failed_statement_does_not_keep_us_from_rolling_back(acme: Tenant) -> None:
    make.account(name="kept")
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.rows("SELECT 1 / 0")
    with schema_context("globex"):
        assert not Account.objects.exists()
    assert Account.objects.get().name == "kept"


def test_without_a_tenant_the_session_has_no_role_and_no_path(acme: Tenant) -> None:
    with no_tenant():
        assert sql.rows("SELECT current_schema(), current_user = session_user") == [(None, True)]


def test_the_public_schema_has_a_role_of_its_own(acme: Tenant) -> None:
    with public_context():
        assert sql.rows(WHERE) == [("public", role_of("public"))]


def test_the_place_is_set_once_and_not_for_every_statement(committed_acme: Tenant) -> None:
    sql.rows("SELECT 1")
    statements: list[str] = []
    watched = connection.connection.cursor

    def watch(*args: Any, **kwargs: Any) -> Any:
        statements.append("cursor")
        return watched(*args, **kwargs)

    connection.connection.cursor = watch
    sql.rows("SELECT 1")
    connection.close()
    assert len(statements) == 1


def test_a_temporary_table_never_covers_a_real_one(acme: Tenant) -> None:
    make.account(name="real")
    sql.execute("CREATE TEMP TABLE accounts_account (name text)")
    assert sql.rows("SELECT name FROM accounts_account") == [("real",)]


@pytest.fixture
def pooled(committing: None) -> Iterator[DatabaseWrapper]:
    """A connection of the application with a pool of one session."""
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 5}}
    wrapper = DatabaseWrapper({**connection.settings_dict, "OPTIONS": options}, "pooled")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def ask(wrapper: DatabaseWrapper, statement: str) -> list[tuple[Any, ...]]:
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def state_of_the_borrowed_session(wrapper: DatabaseWrapper) -> tuple[Any, ...]:
    """What is left in the pool's only session after Acme has used it."""
    with schema_context("acme"):
        ask(wrapper, "SELECT pg_advisory_lock(42)")
        with wrapper.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE scratch AS SELECT 1")
        wrapper.close()
    borrowed: psycopg.Connection[Any] = wrapper.pool.getconn()
    try:
        return (
            borrowed.execute(
                "SELECT current_user = session_user, current_schema() IS NOT DISTINCT FROM 'acme', to_regclass('pg_temp.scratch') IS NULL, "
                "NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
            ).fetchone()
            or ()
        )
    finally:
        wrapper.pool.putconn(borrowed)


def test_a_session_goes_back_to_the_pool_with_nothing_of_the_tenant(pooled: DatabaseWrapper) -> None:
    assert state_of_the_borrowed_session(pooled) == (True, False, True, True)


def test_a_session_from_the_pool_is_put_into_the_tenant_that_borrows_it(pooled: DatabaseWrapper) -> None:
    for schema in ("acme", "globex", "acme"):
        with schema_context(schema):
            assert ask(pooled, WHERE) == [(schema, role_of(schema))]
            pooled.close()


def test_a_new_thread_has_no_tenant(acme: Tenant) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(lambda: ACTIVE.schema).result() is None
    assert ACTIVE.schema == "acme"
