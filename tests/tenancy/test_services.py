"""Tenants are set up whole or not at all, as often as one likes; they open, close and leave."""

import time
from datetime import datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Account
from cshub.db import sql
from cshub.tenancy import services
from cshub.tenancy.context import NoTenant, public_context, schema_context, tenant_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import BadSchemaName, role_of
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.services import CannotProvision, HostTaken, WrongStatus
from tests.accounts import make


def test_a_new_tenant_is_ready_to_work_in(committing: None, as_of: datetime) -> None:
    tenant = services.provision(schema="initech", host="Initech.example.com.", name="Initech", as_of=as_of)
    with tenant_context(tenant):
        make.account(name="first")
        assert sql.rows("SELECT current_user") == [(role_of("initech"),)]
    with schema_context("acme"):
        assert not Account.objects.exists()
    with public_context():
        assert [domain.domain for domain in tenant.domains.all()] == ["initech.example.com"]
    assert tenant.status == Tenant.Status.ACTIVE


def test_provisioning_twice_changes_nothing(committing: None, as_of: datetime) -> None:
    first = services.provision(schema="initech", host="initech.example.com", name="Initech", as_of=as_of)
    with tenant_context(first):
        make.account(name="kept")
    again = services.provision(schema="initech", host="initech.example.com", name="Initech", as_of=as_of)
    assert (again.pk, again.pepper) == (first.pk, first.pepper)
    with tenant_context(again):
        assert Account.objects.get().name == "kept"


def test_a_provisioning_that_fails_leaves_nothing_behind(committing: None, as_of: datetime) -> None:
    with pytest.raises(HostTaken, match="acme"):
        services.provision(schema="initech", host="acme.testserver", name="Initech", as_of=as_of)
    with pytest.raises(NoTenant), schema_context("initech"):
        pass
    with owner_rights(), public_context():
        assert sql.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'initech'") == []


@pytest.mark.parametrize(
    "schema", ["public", "tenant_template", "pg_mine", "Initech", "9lives", "a-b", "x" * 64, "", 'a"b', "a\x00b"]
)
def test_a_schema_name_that_cannot_be_is_refused(committing: None, as_of: datetime, schema: str) -> None:
    with pytest.raises(BadSchemaName):
        services.provision(schema=schema, host="initech.example.com", name="Initech", as_of=as_of)


@pytest.mark.parametrize(
    "host",
    ["", "https://initech.example.com", "initech.example.com:8000", "in itech", "-a.example.com", "a..b", "x" * 254],
)
def test_a_host_that_is_none_is_refused(committing: None, as_of: datetime, host: str) -> None:
    with pytest.raises(CannotProvision, match="host name"):
        services.provision(schema="initech", host=host, name="Initech", as_of=as_of)


def test_provisioning_inside_a_transaction_of_the_application_is_refused(acme: Tenant, as_of: datetime) -> None:
    with pytest.raises(RuntimeError, match="outside of atomic"):
        services.provision(schema="initech", host="initech.example.com", name="Initech", as_of=as_of)


def test_new_tenants_have_secrets_of_their_own(committing: None) -> None:
    with public_context():
        peppers = set(Tenant.objects.values_list("pepper", flat=True))
        assert len(peppers) == Tenant.objects.count()


def test_a_tenant_is_suspended_and_resumed(committed_acme: Tenant, as_of: datetime) -> None:
    services.suspend(tenant=committed_acme, as_of=as_of)
    assert [tenant.schema_name for tenant in services.each_tenant()] == ["globex"]
    with pytest.raises(WrongStatus):
        services.suspend(tenant=committed_acme, as_of=as_of)
    services.resume(tenant=committed_acme, as_of=as_of)
    assert [tenant.schema_name for tenant in services.each_tenant()] == ["acme", "globex"]


def test_a_name_of_a_tenant_that_left_is_not_given_again(committed_acme: Tenant, as_of: datetime) -> None:
    services.offboard(tenant=committed_acme, as_of=as_of)
    with pytest.raises(CannotProvision, match="has left"):
        services.provision(schema="acme", host="acme.testserver", name="Acme", as_of=as_of)


def test_create_tenant_makes_the_first_administrator_who_can_be_made_again(committing: None) -> None:
    for _time in (1, 2):
        call_command(
            "create_tenant",
            "initech",
            host="initech.example.com",
            name="Initech",
            admin_email="ada@initech.example.com",
            admin_password="long enough for all",
            verbosity=0,
        )
    with schema_context("initech"):
        assert sql.rows("SELECT email, role FROM users_user") == [("ada@initech.example.com", "admin")]


def test_create_tenant_says_what_is_wrong_with_a_name(committing: None) -> None:
    with pytest.raises(CommandError, match="lower-case"):
        call_command("create_tenant", "Initech!", host="i.example.com", name="Initech", admin_email="a@example.com")


def test_migrate_with_nothing_to_do_is_quick(committing: None, capsys: pytest.CaptureFixture[str]) -> None:
    started = time.process_time()
    call_command("migrate", verbosity=1)
    assert capsys.readouterr().out == "2 tenants, 0 migrated.\n"
    assert time.process_time() - started < 2


def test_migrate_brings_a_tenant_that_is_behind_up_to_date(
    committing: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner_rights(), schema_context("acme"):
        sql.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        sql.execute("DROP TABLE django_session")
    with pytest.raises(CommandError, match="acme"):
        call_command("migrate", check_unapplied=True)
    call_command("migrate", verbosity=1)
    assert capsys.readouterr().out.splitlines()[-1] == "2 tenants, 1 migrated."
    with schema_context("acme"):
        assert sql.rows("SELECT count(*) FROM django_session") == [(0,)]
    call_command("migrate", check_unapplied=True)


def test_migrate_gives_rights_that_an_interrupted_run_left_out(committing: None) -> None:
    with owner_rights(), public_context():
        sql.execute(f'REVOKE ALL ON acme.accounts_account FROM "{role_of("acme")}"')
        sql.execute(f'GRANT DELETE ON globex.audit_auditevent TO "{role_of("globex")}"')
    call_command("migrate", verbosity=0)
    with schema_context("acme"):
        assert not Account.objects.exists()
    with schema_context("globex"), pytest.raises(Exception, match="permission denied"), transaction.atomic():
        sql.execute("DELETE FROM audit_auditevent")


def test_migrate_of_one_app_needs_a_schema(committing: None) -> None:
    with pytest.raises(CommandError, match="--schema"):
        call_command("migrate", "sessions")


def test_the_owner_works_where_the_thread_works(committed_acme: Tenant) -> None:
    with owner_rights():
        assert sql.rows("SELECT current_schema(), current_user = session_user") == [("acme", True)]
    assert sql.rows("SELECT current_user") == [(role_of("acme"),)]
    assert not connection.in_atomic_block
