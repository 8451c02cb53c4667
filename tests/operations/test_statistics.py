"""After a large import the planner knows the tables: a job analyzes what was written, with the owner's rights, in that tenant alone."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.ingest import services
from accounts.ingest.services import importing
from accounts.models import Account
from cshub.operations import tasks
from cshub.tenancy import statistics
from cshub.tenancy.context import public_context
from cshub.tenancy.models import DueWork
from cshub.work.wake import STATISTICS
from tests import cast
from tests.ingest.files import MORNING, bring_in

FILE = "external id,name\n" + "".join(f"{n},Account {n}\n" for n in range(20))


def rung():
    with public_context():
        return list(DueWork.objects.filter(kind=STATISTICS).values_list("schema_name", "due_at"))


def known_rows(schema):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples FROM pg_class JOIN pg_namespace place ON place.oid = relnamespace"
            " WHERE nspname = %s AND relname = 'accounts_account'",
            [schema],
        )
        return int(cursor.fetchone()[0])


def test_a_large_import_rings_and_a_small_one_does_not(acme, monkeypatch):
    bring_in(FILE)
    assert rung() == []
    monkeypatch.setattr(importing, "MANY_WRITTEN", 20)
    bring_in(FILE.replace("Account", "Customer"))
    assert rung() == [("acme", MORNING + timedelta(seconds=15))]


def test_undoing_a_large_import_rings_and_undoing_a_small_one_does_not(acme, monkeypatch):
    small, large = bring_in(FILE), bring_in(FILE.replace("Account", "Customer"))
    services.undo_import(large, by=None, as_of=MORNING)
    assert rung() == []
    monkeypatch.setattr(importing, "MANY_WRITTEN", 20)
    services.undo_import(small, by=None, as_of=MORNING)
    assert rung() == [("acme", MORNING + timedelta(seconds=15))]


@pytest.mark.usefixtures("committed_acme")
def test_the_answer_analyzes_what_was_written_much_and_no_other_tenant(monkeypatch):
    monkeypatch.setattr(statistics, "LEAST", 10)
    before = known_rows("globex")
    Account.objects.bulk_create(Account(external_id=str(n), name="One", recorded_at=cast.clock()) for n in range(30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    assert "accounts_account" in statistics.refresh_statistics("acme")
    assert known_rows("acme") == 30
    assert known_rows("globex") == before
    tasks.refresh_statistics()
    assert statistics.refresh_statistics("acme") == [], "what was analyzed is not analyzed again"
