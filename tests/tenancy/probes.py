"""Ways to reach another tenant. Each returns True when it got through; a wall answers with an exception instead."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import Account, Contact
from cshub.tenancy import checks
from cshub.tenancy.context import no_tenant, public_context, schema_context, tenant_context, tenant_named
from tests.accounts import make

SHARED_ID = UUID("01900000-0000-7000-8000-000000000001")  # the same account id in both tenants: the worst case


def furnish() -> None:
    """One account and one contact in each tenant, with the same ids and telling names."""
    for schema in ("acme", "globex"):
        with schema_context(schema):
            account = make.account(id=SHARED_ID, name=schema)
            Contact.objects.create(id=SHARED_ID, account=account, name=schema)


def account_of_acme(**only: Any) -> Account:
    with schema_context("acme"):
        return Account.objects.get(pk=SHARED_ID)


def lazy_queryset() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return [account.name for account in accounts] == ["globex"]


def clone_of_a_queryset() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return accounts.filter(pk=SHARED_ID).values_list("name", flat=True)[0] == "globex"


def count() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return accounts.count() == 1


def exists() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return accounts.exists()


def aggregate() -> bool:
    from django.db.models import Max

    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return accounts.aggregate(name=Max("name"))["name"] == "globex"


def update() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
    with schema_context("globex"):
        return accounts.update(name="taken over") == 1


def queryset_delete() -> bool:
    with schema_context("acme"):
        contacts = Contact.objects.all()
    with schema_context("globex"):
        return contacts.delete()[0] == 1


def values_read_before() -> bool:
    with schema_context("acme"):
        accounts = Account.objects.all()
        len(accounts)
    with schema_context("globex"):
        return [account.name for account in accounts] == ["acme"]


def iterator() -> bool:
    with schema_context("acme"):
        rows = Account.objects.iterator(chunk_size=1)
    with schema_context("globex"):
        return [account.name for account in rows] == ["globex"]


def deferred_field() -> bool:
    with schema_context("acme"):
        account = Account.objects.defer("name").get(pk=SHARED_ID)
    with schema_context("globex"):
        return account.name == "globex"


def refresh() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        account.refresh_from_db()
        return account.name == "globex"


def save() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        account.name = "taken over"
        account.save()
        return Account.objects.get(pk=SHARED_ID).name == "taken over"


def delete() -> bool:
    with schema_context("acme"):
        contact = Contact.objects.get(pk=SHARED_ID)
    with schema_context("globex"):
        contact.delete()
        return not Contact.objects.exists()


def save_of_a_new_row() -> bool:
    with schema_context("acme"):
        account = Account(external_id="new", name="made in acme")
    with schema_context("globex"):
        account.save()
        return Account.objects.filter(name="made in acme").exists()


def bulk_create() -> bool:
    with schema_context("acme"):
        accounts = [Account(external_id="new", name="made in acme")]
    with schema_context("globex"):
        Account.objects.bulk_create(accounts)
        return Account.objects.filter(name="made in acme").exists()


def bulk_update() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        account.name = "taken over"
        Account.objects.bulk_update([account], ["name"])
        return Account.objects.get(pk=SHARED_ID).name == "taken over"


def foreign_key_followed() -> bool:
    with schema_context("acme"):
        contact = Contact.objects.get(pk=SHARED_ID)
    with schema_context("globex"):
        return contact.account.name == "globex"


def foreign_key_assigned() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        Contact(account=account, name="new").save()
        return Contact.objects.filter(name="new").exists()


def related_manager() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        return [contact.name for contact in account.contacts.all()] == ["globex"]


def related_create() -> bool:
    account = account_of_acme()
    with schema_context("globex"):
        account.contacts.create(name="new")
        return Contact.objects.filter(name="new").exists()


def prefetch() -> bool:
    from django.db.models import prefetch_related_objects

    account = account_of_acme()
    with schema_context("globex"):
        prefetch_related_objects([account], "contacts")
        return [contact.name for contact in account.contacts.all()] == ["globex"]


def held_cursor() -> bool:
    acme, globex = tenant_named("acme"), tenant_named("globex")
    with tenant_context(acme):
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
    with tenant_context(globex):
        cursor.execute("SELECT name FROM accounts_account")
        return bool(cursor.fetchall() == [("acme",)])


def tenant_rows_in_public() -> bool:
    with public_context():
        return bool(Account.objects.count() >= 0)


def rows_without_a_tenant() -> bool:
    with no_tenant():
        return bool(Account.objects.count() >= 0)


def qualified_read() -> bool:
    return asked_in_acme("SELECT name FROM globex.accounts_account") == [("globex",)]


def qualified_write() -> bool:
    return asked_in_acme("UPDATE globex.accounts_account SET name = 'taken over' RETURNING name") == [("taken over",)]


def search_path_behind_django() -> bool:
    with schema_context("acme"), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('search_path', 'globex', false)")
        return list(Account.objects.values_list("name", flat=True)) == ["globex"]


def public_tables() -> bool:
    return bool(asked_in_acme("SELECT schema_name, pepper FROM public.tenancy_tenant"))


def people_of_the_platform() -> bool:
    return asked_in_acme("SELECT count(*) >= 0 FROM public.users_user") == [(True,)]


def table_made() -> bool:
    return asked_in_acme("CREATE TABLE mine (id int); SELECT 1") == [(1,)]


def schema_made() -> bool:
    return asked_in_acme("CREATE SCHEMA mine; SELECT 1") == [(1,)]


def audit_rewritten() -> bool:
    return asked_in_acme("WITH done AS (UPDATE audit_auditevent SET verb = 'x') SELECT 1") == [(1,)]


def audit_deleted() -> bool:
    return asked_in_acme("WITH done AS (DELETE FROM audit_auditevent) SELECT 1") == [(1,)]


def audit_truncated() -> bool:
    return asked_in_acme("TRUNCATE audit_auditevent; SELECT 1") == [(1,)]


def migrations_rewritten() -> bool:
    return asked_in_acme("WITH done AS (DELETE FROM django_migrations) SELECT 1") == [(1,)]


def asked_in_acme(statement: str) -> list[tuple[Any, ...]]:
    with schema_context("acme"), connection.cursor() as cursor:
        cursor.execute(statement)
        while cursor.nextset():
            pass
        return list(cursor.fetchall())


def read_in_turns() -> bool:
    with process_for("acme") as acme, process_for("globex") as globex:
        assert (acme(names), globex(names)) == (["acme"], ["globex"])
        return acme(names) == ["globex"]


def write_in_turns() -> bool:
    with process_for("acme") as acme, process_for("globex") as globex:
        assert (acme(names), globex(names)) == (["acme"], ["globex"])
        acme(lambda: make.account(name="made in acme"))
        return "made in acme" in globex(names)


def names() -> list[str]:
    return list(Account.objects.order_by("name").values_list("name", flat=True))


@contextmanager
def process_for(schema: str) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """A process that starts as web and worker processes do and works for one tenant on a connection of its own: `acme(names)`."""
    with ThreadPoolExecutor(1) as thread:

        def ask(question: Callable[..., Any], *arguments: Any) -> Any:
            return thread.submit(question, *arguments).result()

        ask(checks.refuse_mixing_pooler)
        inside = schema_context(schema)
        try:
            ask(inside.__enter__)
            yield ask
            ask(inside.__exit__, None, None, None)
        finally:
            ask(lambda: connection.close())  # the one of that thread


PYTHON: list[Callable[[], bool]] = [
    lazy_queryset, clone_of_a_queryset, count, exists, aggregate, update, queryset_delete, values_read_before, iterator, deferred_field, refresh,
    save, delete, save_of_a_new_row, bulk_create, bulk_update, foreign_key_followed, foreign_key_assigned, related_manager, related_create, prefetch, held_cursor,
]  # fmt: skip
NOWHERE: list[Callable[[], bool]] = [tenant_rows_in_public, rows_without_a_tenant]
POSTGRESQL: list[Callable[[], bool]] = [
    qualified_read, qualified_write, search_path_behind_django, public_tables, people_of_the_platform, table_made, schema_made,
    audit_rewritten, audit_deleted, audit_truncated, migrations_rewritten,
]  # fmt: skip
POOLER: list[Callable[[], bool]] = [read_in_turns, write_in_turns]
