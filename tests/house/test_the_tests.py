"""The machinery of the tests does what it promises."""

import socket

import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import ProgrammingError

from cshub.tenancy.names import role_of
from cshub.tenancy.services import each_tenant


def rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_a_test_works_in_its_tenant_with_the_rights_of_the_application(acme):
    assert rows("select current_schema()::text, current_user::text, session_user::text") == [
        ("acme", role_of("acme"), f"{settings.ROLE_PREFIX}_app"),
    ]
    with pytest.raises(ProgrammingError, match="permission denied"):
        rows("select * from globex.users_user")


def test_another_tenant_is_entered_for_a_while(acme, inside):
    with inside("globex") as tenant:
        assert tenant.schema_name == "globex"
        assert rows("select current_schema()::text") == [("globex",)]
    assert rows("select current_schema()::text") == [("acme",)]


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_leaves_is_cleaned_away(committed_acme, turn, inside):
    for_both = "insert into users_team (id, name) values (gen_random_uuid(), 'Left behind')"
    assert rows("select count(*) from users_team") == [(0,)]
    with connection.cursor() as cursor:
        cursor.execute(for_both)
    with inside("globex"):
        assert rows("select count(*) from users_team") == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute(for_both)


def test_a_test_after_those_that_commit_finds_both_tenants(acme):
    assert [tenant.schema_name for tenant in each_tenant()] == ["acme", "globex"]


def test_statements_are_counted_without_the_switch_of_tenants(acme, count_queries):
    assert count_queries(lambda: rows("select 1")) == 1


def test_other_machines_are_out_of_reach():
    with pytest.raises(ConnectionRefusedError, match="only this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(ConnectionRefusedError, match="only this machine"):
        socket.getaddrinfo("shop.example", 80)
