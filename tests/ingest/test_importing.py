"""Files go in once, go on where they stopped, and change only what differs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.ingest import services, tasks
from accounts.ingest.models import ImportBatch
from accounts.ingest.reading.readers import Column
from accounts.ingest.services import importing, jobs
from accounts.models import (
    Account,
    AccountRevenue,
    Contract,
    CustomField,
    Renewal,
    RenewalDecision,
    RevenueMovement,
    UsageDaily,
)
from cshub.audit.models import AuditEvent
from cshub.work.models import Job
from tests import cast
from tests.accounts import make
from tests.ingest.files import MORNING, bring_in, check, counts, problems, upload

TEXT = "external id,name,annual revenue,currency,term,customer since,seats\n1,One,1200,EUR,annual,2024-03-01,4\n2,Two,600,EUR,monthly,2025-01-31,\n"


def test_the_same_file_again_changes_nothing_even_on_another_day(acme):
    assert counts(bring_in(TEXT)) == (2, 0, 0, 0)
    moved, updated = (
        RevenueMovement.objects.count(),
        list(Account.objects.order_by("pk").values_list("updated_at", flat=True)),
    )
    for days in (0, 40, 400):
        assert counts(bring_in(TEXT, as_of=MORNING + timedelta(days=days))) == (0, 0, 2, 0)
    assert RevenueMovement.objects.count() == moved
    assert list(Account.objects.order_by("pk").values_list("updated_at", flat=True)) == updated
    assert Contract.objects.get(external_id="1:main").ends_on == date(2027, 3, 1)


def test_what_differs_is_changed_and_booked_as_a_movement(acme):
    bring_in(TEXT)
    later = MORNING + timedelta(days=10)
    assert counts(bring_in(TEXT.replace("1200", "1500").replace("Two", "Zwei"), as_of=later)) == (0, 2, 0, 0)
    assert Account.objects.get(external_id="2").name == "Zwei"
    movement = RevenueMovement.objects.filter(account__external_id="1").latest("occurred_on")
    assert (movement.kind, movement.amount, movement.occurred_on) == ("expansion", Decimal("300.00"), later.date())
    assert AccountRevenue.objects.get(account__external_id="1").arr == 1500


def test_empty_cells_leave_what_is_there(acme):
    bring_in("external id,name,segment,annual revenue\n1,One,Large,1200\n")
    assert counts(bring_in("external id,name,segment,annual revenue\n1,,,\n")) == (0, 0, 1, 0)
    account = Account.objects.get()
    assert (account.name, account.segment, account.revenue.arr) == ("One", "Large", 1200)


def with_seats(as_of=MORNING):
    """The file with its last column as a further field, imported."""
    batch = upload(TEXT, as_of=as_of)
    columns = [
        Column("external_id", "external id"),
        Column("name", "name"),
        Column("attributes.seats", "seats", reading="number"),
    ]
    services.match_columns(batch, columns=columns, by=None, as_of=as_of)
    return services.import_batch(batch, by=None, as_of=as_of)


def test_a_further_column_becomes_a_field_of_the_tenants_own(acme):
    with_seats()
    field = CustomField.objects.get()
    assert (field.subject, field.key, field.label, field.kind) == ("account", "seats", "seats", "number")
    with_seats(as_of=MORNING + timedelta(days=1))
    assert CustomField.objects.count() == 1


def test_a_further_column_whose_earlier_values_do_not_fit_stays_undefined(acme):
    make.account(attributes={"seats": "many"})
    assert counts(with_seats()) == (2, 0, 0, 0)
    assert not CustomField.objects.exists()


def test_an_account_without_a_name_is_called_by_its_id(acme):
    bring_in("external id,segment\nN-7,Large\n")
    assert Account.objects.get().name == "N-7"


def test_monthly_revenue_is_taken_twelve_times(acme):
    bring_in("external id,mrr\n1,29.85\n")
    assert AccountRevenue.objects.get().arr == Decimal("358.20")


def test_a_renewal_date_makes_a_renewal(acme):
    bring_in("external id,arr,renewal date,term\n1,1200,2027-01-14,12\n")
    contract = Contract.objects.get()
    assert (contract.starts_on, contract.ends_on) == (date(2026, 1, 14), date(2027, 1, 14))
    assert (Renewal.objects.get().due_on, Renewal.objects.get().arr_due) == (date(2027, 1, 14), 1200)


def test_an_account_that_churned_loses_its_revenue_and_comes_back_as_reactivation(acme):
    bring_in("external id,status,arr\n1,active,1200\n")
    bring_in("external id,status,arr\n1,churned,1200\n", as_of=MORNING + timedelta(days=5))
    account = Account.objects.get()
    assert (account.status, account.churned_on, account.revenue.arr) == ("churned", date(2026, 11, 26), 0)
    assert Contract.objects.get().status == "ended"
    bring_in("external id,status,arr\n1,active,1300\n", as_of=MORNING + timedelta(days=9))
    assert [movement.kind for movement in RevenueMovement.objects.order_by("occurred_on")] == [
        "new",
        "churn",
        "reactivation",
    ]
    assert (Account.objects.get().churned_on, AccountRevenue.objects.get().arr) == (None, 1300)


def test_a_dry_run_writes_no_facts(acme):
    batch = check(TEXT)
    assert counts(batch) == (2, 0, 0, 0)
    assert not Account.objects.exists()
    assert not AuditEvent.objects.filter(verb__startswith="contracts").exists()
    assert counts(services.import_batch(batch, by=None, as_of=MORNING)) == (2, 0, 0, 0)


def test_contracts_of_several_turns_are_compared_and_moved(acme):
    make.account(external_id="a")
    text = "contract id,account,start,end,currency,arr,product,auto renew,notice\nc1,a,2026-01-01,2027-01-01,EUR,1200,Platform,yes,30\n"
    assert counts(bring_in(text, kind="contracts")) == (1, 0, 0, 0)
    assert counts(bring_in(text, kind="contracts")) == (0, 0, 1, 0)
    assert counts(bring_in(text.replace("1200", "900").replace("Platform", "Core"), kind="contracts")) == (0, 1, 0, 0)
    contract = Contract.objects.get()
    assert (contract.auto_renews, contract.notice_days, contract.lines.get().product, contract.lines.get().arr) == (
        True,
        30,
        "Core",
        900,
    )
    assert Renewal.objects.get().notice_by == date(2026, 12, 2)


def test_usage_is_added_updated_and_left_alone(acme):
    make.account(external_id="a")
    text = "account,metric,day,value\na,Logins,2026-11-19,5\na,Logins,2026-11-20,7\n"
    assert counts(bring_in(text, kind="usage")) == (2, 0, 0, 0)
    assert counts(bring_in(text.replace("7\n", "8\n"), kind="usage")) == (0, 1, 1, 0)
    assert UsageDaily.objects.get(day=date(2026, 11, 20)).value == 8


def test_a_stopped_import_goes_on_behind_the_last_row_that_is_in(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 3)
    text = "external id,annual revenue\n" + "".join(f"{n},100\n" for n in range(10)) + "2,5\n"
    batch = upload(text)

    def stop(done, total):
        if done >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.import_batch(batch, by=None, as_of=MORNING, report=stop)
    assert Account.objects.count() == 6
    stopped = ImportBatch.objects.get()
    assert (stopped.state, stopped.done_count, stopped.added_count) == ("importing", 7, 6)
    finished = services.import_batch(stopped, by=None, as_of=MORNING)
    assert counts(finished) == (10, 0, 0, 1)
    assert problems(finished)[0][3] == "Same key as row 4. Keep one of the two rows."
    assert RevenueMovement.objects.count() == 10


def test_two_workers_never_import_the_same_rows(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 2)
    batch = upload("external id\n1\n2\n3\n4\n")
    other = ImportBatch.objects.get()

    def overtaken(done, total):
        if done == 2:
            ImportBatch.objects.filter(pk=batch.pk).update(done_count=5)

    with pytest.raises(importing.TakenOver):
        services.import_batch(other, by=None, as_of=MORNING, report=overtaken)
    assert Account.objects.count() == 2


def test_an_order_tells_its_job_how_far_it_is(acme):
    ada = cast.ada()
    batch = upload(TEXT)
    services.order_check(batch, by=ada, as_of=MORNING)
    tasks.follow_order(batch_id=str(batch.pk))
    job = Job.objects.get()
    assert (job.state, job.done_count, job.total_count) == ("done", 2, 2)
    assert job.result["added_count"] == 2
    assert job.message == "2 added, 0 updated, 0 unchanged, 0 need a fix"


def test_a_file_that_cannot_be_imported_fails_its_job_with_the_reason(acme):
    batch = upload("Nazwa;Kolor\nA;red\n")
    services.order_check(batch, by=None, as_of=MORNING)
    tasks.follow_order(batch_id=str(batch.pk))
    assert Job.objects.get().state == "failed"
    assert "No column goes to “External ID”" in Job.objects.get().error
    batch.refresh_from_db()
    assert batch.state == "failed"


def test_orders_whose_worker_is_silent_are_found(acme):
    batch = upload(TEXT)
    services.order_import(batch, by=None, as_of=MORNING)
    assert services.left_behind(as_of=MORNING + timedelta(minutes=1)) == []
    assert services.left_behind(as_of=MORNING + jobs.SILENCE * 2) == [batch]
    tasks.follow_order(batch_id=str(batch.pk))
    assert services.left_behind(as_of=MORNING + jobs.SILENCE * 3) == []
    assert Account.objects.count() == 2


def test_the_number_of_statements_does_not_grow_with_rows(acme, count_queries):
    def cost(count):
        text = "external id,name,mrr,churn\n" + "".join(
            f"{count}-{n},N,10,{'Yes' if n % 2 else 'No'}\n" for n in range(count)
        )
        batch = upload(text)
        return count_queries(lambda: services.import_batch(batch, by=None, as_of=MORNING))

    cost(2)
    assert cost(60) == cost(4)


def test_two_tenants_import_the_same_file_side_by_side(acme, inside):
    bring_in(TEXT)
    with inside("globex"):
        assert counts(bring_in(TEXT)) == (2, 0, 0, 0)
    assert counts(bring_in(TEXT)) == (0, 0, 2, 0)


def test_a_check_that_was_taken_over_ends_well_though_its_first_worker_lives(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 1)
    batch = upload("external id,arr\n1,many\n2,10\n3,few\n")
    other = ImportBatch.objects.get()

    def meanwhile(done, total):
        if done == 1:
            services.check_batch(other, by=None, as_of=MORNING)

    services.check_batch(batch, by=None, as_of=MORNING, report=meanwhile)
    assert counts(ImportBatch.objects.get()) == (1, 0, 0, 2)
    assert [row for row, *_rest in problems(batch)] == [2, 4]


def test_a_worker_whose_check_was_ended_by_another_leaves_it_as_it_is(acme):
    batch = upload("external id,arr\n1,many\n")
    services.order_check(batch, by=None, as_of=MORNING)
    late = ImportBatch.objects.select_related("job").get()
    tasks.follow_order(batch_id=str(batch.pk))
    assert services.follow_order(late, clock=lambda: MORNING).pk == batch.pk
    assert (ImportBatch.objects.get().state, Job.objects.get().state) == ("checked", "done")


def test_a_check_ordered_anew_stops_the_worker_of_the_old_one(acme):
    batch = upload(TEXT)
    services.order_check(batch, by=None, as_of=MORNING)
    old = ImportBatch.objects.get()
    Job.objects.update(state="cancelled", finished_at=MORNING)
    services.order_check(ImportBatch.objects.get(), by=None, as_of=MORNING)
    with pytest.raises(importing.TakenOver):
        services.check_batch(old, by=None, as_of=MORNING)


CONTRACTS = "external id,account,starts on,ends on,arr\nC1,1,2025-12-01,2026-12-01,1200\n"
DUE_UNDECIDED = MORNING + timedelta(days=20)


@pytest.mark.parametrize(("ends_on", "decided"), [("2027-12-01", ["renewed"]), ("2026-11-30", [])])
def test_a_contract_prolonged_beyond_a_renewal_that_is_due_was_renewed(acme, ends_on, decided):
    bring_in("external id\n1\n")
    bring_in(CONTRACTS, kind="contracts")
    later = CONTRACTS.replace("2026-12-01", ends_on)
    assert counts(bring_in(later, kind="contracts", as_of=DUE_UNDECIDED)) == (0, 1, 0, 0)
    assert list(RenewalDecision.objects.values_list("decision", flat=True)) == decided
    assert (Contract.objects.get().ends_on.isoformat(), RevenueMovement.objects.count()) == (ends_on, 1)
    if decided:
        decision = RenewalDecision.objects.get()
        assert (decision.source_ref, decision.arr_renewed, decision.decided_on) == (
            "contract prolonged",
            1200,
            DUE_UNDECIDED.date(),
        )
        assert AccountRevenue.objects.get().next_renewal_on == date(2027, 12, 1)
        assert counts(bring_in(later, kind="contracts", as_of=DUE_UNDECIDED)) == (0, 0, 1, 0)


def test_a_renewal_date_beyond_one_that_is_due_renews_and_one_worked_out_from_the_term_decides_nothing(acme):
    given = "external id,arr,term,renewal date\n1,1200,12,2026-12-01\n2,600,12,2026-12-01\n"
    bring_in(given)
    bring_in("external id,arr,term,renewal date\n1,1200,12,2027-12-01\n2,600,12,\n", as_of=DUE_UNDECIDED)
    assert list(RenewalDecision.objects.values_list("renewal__account__external_id", flat=True)) == ["1"]
