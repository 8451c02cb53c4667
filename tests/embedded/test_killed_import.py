"""An import whose worker is killed again and again ends as if nothing had happened: no row twice, none lost."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.db.models import Count, Sum

from accounts.ingest import services
from accounts.ingest.models import ImportBatch, ImportedRow
from accounts.models import Account, AccountRevenue, RevenueMovement
from cshub.audit.models import AuditEvent
from tests.database import AS_OF
from tests.embedded.processes import eventually, kill_group
from tests.embedded.test_worker import run

pytestmark = pytest.mark.slow
ROWS = 60_000
PAYING = 10
BAD = 777


def text():
    """Every tenth row pays; one in 777 cannot go in."""
    yield "external id,name,annual revenue\n"
    for n in range(ROWS):
        amount = "many" if n % BAD == 5 else f"{100 + n}" if n % PAYING == 0 else ""
        yield f"K{n:06},Account {n},{amount}\n"


def far():
    return ImportBatch.objects.values_list("done_count", flat=True).get()


def test_a_worker_killed_in_the_middle_of_an_import_costs_no_row_and_doubles_none(
    committing, inside, environment, worker, tmp_path
):
    with inside("acme"):
        batch = services.store_upload(
            kind="accounts", name="many.csv", content=BytesIO("".join(text()).encode()), by=None, as_of=AS_OF
        )
        services.order_import(batch, by=None, as_of=AS_OF)
    code = (
        "import sys; import tests.embedded.tasks; from accounts.ingest.tasks import follow_order\n"
        "from cshub.tenancy.context import schema_context\n"
        "with schema_context('acme'): follow_order.delay(batch_id=sys.argv[1])\n"
    )
    run(environment, code, str(batch.pk))
    with inside("acme"):
        places = [0]
        for _kill in range(2):
            victim = worker()
            assert eventually(lambda: far() > places[-1], within=90), (tmp_path / "worker.log").read_text()
            kill_group(victim)
            places.append(far())
        assert places[-1] < ROWS + 1, "the import was over before it could be killed"
        worker()
        assert eventually(lambda: ImportBatch.objects.get(job__isnull=False).job.state == "done", within=180), (
            tmp_path / "worker.log"
        ).read_text()
        _is_as_the_file_says(ImportBatch.objects.select_related("job").get())


def _is_as_the_file_says(batch):
    bad = len(range(5, ROWS, BAD))
    paying = [100 + n for n in range(0, ROWS, PAYING) if n % BAD != 5]
    assert (batch.added_count, batch.updated_count, batch.unchanged_count, batch.rejected_count) == (
        ROWS - bad,
        0,
        0,
        bad,
    )
    assert Account.objects.aggregate(rows=Count("*"), keys=Count("external_id", distinct=True)) == {
        "rows": ROWS - bad,
        "keys": ROWS - bad,
    }
    assert batch.rejected_rows.count() == bad
    moved = RevenueMovement.objects.aggregate(count=Count("*"), sum=Sum("amount"))
    assert (moved["count"], moved["sum"]) == (len(paying), Decimal(sum(paying)))
    assert AccountRevenue.objects.aggregate(sum=Sum("arr"))["sum"] == sum(paying)
    kept = ImportedRow.objects.filter(place="accounts_account").values_list("added", flat=True)
    assert len({account for added in kept for account in added}) == ROWS - bad, "every row can be undone"
    assert AuditEvent.objects.filter(verb="import.finished").count() == 1
    assert (batch.job.state, batch.job.done_count) == ("done", ROWS)
