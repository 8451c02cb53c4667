"""An import can be taken back for 30 days: what it added leaves, what it changed is as before, what somebody touched since stays and is said."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import services as facts
from accounts.ingest import services, tasks
from accounts.ingest.models import ImportBatch, ImportedRow
from accounts.ingest.services import importing
from accounts.ingest.services.undoing import CannotUndo
from accounts.invariants import INVARIANTS
from accounts.models import (
    Account,
    AccountRevenue,
    Contract,
    ContractLine,
    Interaction,
    Renewal,
    RevenueMovement,
    UsageDaily,
)
from cshub.audit.models import AuditEvent
from cshub.work.models import Job
from tests import cast
from tests.accounts import make
from tests.ingest.files import MORNING, bring_in, counts, upload

LATER = MORNING + timedelta(days=3)
PAYING = "external id,name,segment,annual revenue,term,customer since\n1,One,Large,1200,12,2026-03-01\n2,Two,Small,600,12,2026-01-31\n"


def undo(batch, as_of=LATER):
    return services.undo_import(batch, by=None, as_of=as_of)


def facts_now():
    """Everything an import of accounts writes, without the times of writing."""
    return {
        "accounts": list(
            Account.objects.order_by("external_id").values(
                "external_id", "name", "segment", "status", "churned_on", "attributes"
            )
        ),
        "contracts": list(
            Contract.objects.order_by("external_id").values("external_id", "starts_on", "ends_on", "status", "currency")
        ),
        "lines": list(ContractLine.objects.order_by("external_id").values_list("external_id", "arr")),
        "revenue": list(
            AccountRevenue.objects.order_by("account__external_id").values_list(
                "account__external_id", "arr", "next_renewal_on"
            )
        ),
        "renewals": list(Renewal.objects.order_by("due_on").values_list("due_on", "arr_due")),
    }


def test_accounts_that_a_file_added_are_gone_again(acme):
    batch = bring_in("external id,name,segment\n1,One,Large\n2,Two,Small\n")
    undone = undo(batch)
    assert not Account.objects.exists()
    assert (undone.state, undone.undone["total"]) == ("undone", {"removed": 2})
    assert not ImportedRow.objects.exists()
    assert AuditEvent.objects.filter(verb="import.undone").count() == 1


def test_what_a_file_changed_is_as_before(acme):
    bring_in(PAYING)
    before = facts_now()
    changed = "external id,name,segment,annual revenue,term,customer since,seats\n1,Uno,Large,1500,24,2026-03-01,7\n2,Two,Huge,500,12,2026-01-31,\n"
    batch = bring_in(changed, as_of=MORNING + timedelta(days=1))
    assert counts(batch) == (0, 2, 0, 0)
    assert facts_now() != before
    undo(batch)
    assert facts_now() == before
    kinds = RevenueMovement.objects.order_by("recorded_at", "amount").values_list("kind", "amount")
    assert list(kinds)[-4:] == [
        ("contraction", Decimal("-100.00")),
        ("expansion", Decimal("300.00")),
        ("correction", Decimal("-300.00")),
        ("correction", Decimal("100.00")),
    ]
    assert _broken() == []


def _broken():
    return [invariant.name for invariant in INVARIANTS if list(invariant.violations())]


def test_added_revenue_is_corrected_to_nothing_and_its_account_stays_as_a_prospect(acme):
    batch = bring_in(PAYING + "3,Three,Small,,,\n")
    undone = undo(batch)
    assert list(Account.objects.order_by("external_id").values_list("external_id", "status")) == [
        ("1", "prospect"),
        ("2", "prospect"),
    ]
    assert set(AccountRevenue.objects.values_list("arr", flat=True)) == {Decimal(0)}
    assert set(Contract.objects.values_list("status", flat=True)) == {"ended"}
    assert undone.undone["total"] == {"history": 2, "removed": 1}
    assert ["accounts_revenuemovement", "corrected", 2] in undone.undone["tables"]
    days = {}
    for movement in RevenueMovement.objects.all():
        days[movement.occurred_on] = days.get(movement.occurred_on, 0) + movement.amount
    assert set(days.values()) == {0}, "revenue of every day is as if the import had not been"
    assert _broken() == []


def test_what_somebody_changed_since_is_left_alone_and_listed(acme):
    batch = bring_in("external id,name\n1,One\n2,Two\n")
    account = Account.objects.get(external_id="2")
    facts.revise_account(account, by=None, as_of=LATER, segment="Mine")
    undone = undo(batch)
    assert list(Account.objects.values_list("external_id", "segment")) == [("2", "Mine")]
    assert undone.undone["total"] == {"removed": 1, "changed": 1}
    left = ImportedRow.objects.get()
    assert (left.row_number, left.left_because, left.key) == (3, "changed", [str(account.pk)])


def test_what_others_refer_to_is_left_alone_and_listed(acme):
    batch = bring_in("external id,name\n1,One\n2,Two\n")
    make.interaction(Account.objects.get(external_id="1"))
    undone = undo(batch)
    assert list(Account.objects.values_list("external_id", flat=True)) == ["1"]
    assert undone.undone["total"] == {"removed": 1, "used": 1}
    assert Interaction.objects.count() == 1


def test_usage_is_taken_back_day_by_day(acme):
    make.account(external_id="a")
    bring_in("account,metric,day,value\na,Logins,2026-11-19,5\n", kind="usage")
    batch = bring_in("account,metric,day,value\na,Logins,2026-11-19,9\na,Logins,2026-11-20,7\n", kind="usage")
    assert undo(batch).undone["total"] == {"removed": 1, "restored": 1}
    assert list(UsageDaily.objects.values_list("day", "value")) == [(MORNING.date() - timedelta(2), Decimal(5))]


def test_contracts_are_taken_back(acme):
    make.account(external_id="a")
    text = "contract id,account,start,end,currency,arr,product\nc1,a,2026-01-01,2027-01-01,EUR,1200,Platform\n"
    bring_in(text, kind="contracts")
    before = facts_now()
    batch = bring_in(
        text.replace("1200", "900").replace("2027-01", "2027-06").replace("Platform", "Core"), kind="contracts"
    )
    undo(batch)
    assert facts_now() == before
    assert ContractLine.objects.get().product == "Platform"
    assert _broken() == []


def test_an_import_of_several_turns_that_changes_a_row_twice_is_put_back_to_the_first(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 1)
    bring_in(PAYING)
    before = facts_now()
    batch = bring_in(PAYING.replace("Large", "Tiny").replace("600", "700"))
    undo(batch)
    assert facts_now() == before


def test_after_thirty_days_the_rows_are_forgotten_and_the_undo_is_refused(acme):
    batch = bring_in("external id,name\n1,One\n")
    late = MORNING + timedelta(days=30)
    services.forget_old_rows(as_of=late - timedelta(seconds=1))
    assert ImportedRow.objects.count() == 1
    with pytest.raises(CannotUndo, match="30 days"):
        services.order_undo(batch, by=None, as_of=late)
    assert services.forget_old_rows(as_of=late + timedelta(seconds=1)) == 1
    assert Account.objects.count() == 1


def test_a_file_is_undone_once_and_only_when_something_is_in(acme):
    batch = upload("external id,name\n1,One\n")
    with pytest.raises(CannotUndo, match="nothing to undo"):
        undo(batch)
    services.import_batch(batch, by=None, as_of=MORNING)
    undo(batch)
    with pytest.raises(CannotUndo, match="undone already"):
        undo(ImportBatch.objects.get())


def test_the_undo_is_a_job_of_its_own(acme):
    ada = cast.ada()
    batch = bring_in("external id,name\n1,One\n")
    services.order_undo(batch, by=ada, as_of=MORNING)
    tasks.follow_order(batch_id=str(batch.pk))
    job = Job.objects.get()
    assert (job.kind, job.state, job.message) == ("import.undo", "done", "1 removed, 0 put back, 0 left alone")
    assert not Account.objects.exists()


def test_the_number_of_statements_of_an_undo_does_not_grow_with_rows(acme, count_queries):
    def cost(count):
        batch = bring_in("external id,name,mrr\n" + "".join(f"{count}-{n},N,10\n" for n in range(count)))
        return count_queries(lambda: undo(batch))

    cost(2)
    assert cost(40) == cost(3)


def test_an_undo_in_one_tenant_leaves_the_other_alone(acme, inside):
    batch = bring_in("external id,name\n1,One\n")
    with inside("globex"):
        bring_in("external id,name\n1,One\n")
    undo(batch)
    with inside("globex"):
        assert Account.objects.count() == 1


def test_a_worker_that_stopped_after_the_undo_lets_the_next_one_end_the_job(acme):
    batch = bring_in("external id,name\n1,One\n")
    services.order_undo(batch, by=None, as_of=MORNING)
    late = ImportBatch.objects.select_related("job").get()
    undo(ImportBatch.objects.get())
    with pytest.raises(importing.TakenOver):
        undo(late)
    tasks.follow_order(batch_id=str(batch.pk))
    assert (Job.objects.get().state, Job.objects.get().message) == ("done", "1 removed, 0 put back, 0 left alone")
