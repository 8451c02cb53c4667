"""Files say which stage accounts are in: known words, a row of history for each move, moves that never happen refused, and all of it undone."""

from datetime import UTC, datetime, timedelta

from accounts.ingest import services
from accounts.ingest.bulk import take_rows
from accounts.models import Account, StageChange
from cshub.audit.models import AuditEvent
from tests.ingest.files import MORNING, bring_in, counts, upload

LATER = MORNING + timedelta(days=3)
FILE = "external id,name,lifecycle stage\n1,One,Onboarding\n2,Two,Wdrożenie\n3,Three,\n"


def stages():
    return list(Account.objects.order_by("external_id").values_list("external_id", "stage"))


def moves():
    return list(
        StageChange.objects.order_by("recorded_at", "account__external_id").values_list(
            "account__external_id", "from_stage", "to_stage", "occurred_at"
        )
    )


def test_added_accounts_begin_in_the_stage_the_file_names(acme):
    assert counts(bring_in(FILE)) == (3, 0, 0, 0)
    assert stages() == [("1", "onboarding"), ("2", "onboarding"), ("3", "")]
    assert list(Account.objects.order_by("external_id").values_list("stage_since", flat=True)) == [
        MORNING,
        MORNING,
        None,
    ]
    assert moves() == [], "an account that begins somewhere has not moved"


def test_accounts_move_with_a_row_of_history_each(acme):
    bring_in(FILE)
    batch = bring_in("external id,lifecycle stage\n1,adoption\n2,Onboarding\n3,Value realised\n", as_of=LATER)
    assert counts(batch) == (0, 2, 1, 0)
    assert stages() == [("1", "adoption"), ("2", "onboarding"), ("3", "value")]
    assert moves() == [("1", "onboarding", "adoption", LATER), ("3", "", "value", LATER)]
    assert set(StageChange.objects.values_list("reason", flat=True)) == {"From a file"}
    assert AuditEvent.objects.get(verb="account.stages_moved").after["accounts"] == ["1", "3"]


def test_the_same_file_again_moves_nothing(acme):
    bring_in(FILE)
    assert counts(bring_in(FILE, as_of=LATER)) == (0, 0, 3, 0)
    assert moves() == []


def test_an_old_file_dates_the_move_on_the_day_it_describes_but_never_before_the_present_stage(acme):
    bring_in(FILE)
    batch = upload("external id,lifecycle stage\n1,adoption\n3,growth\n", as_of=LATER)
    services.choose_reading(batch, by=None, as_of=LATER, reference_on=(LATER.date() - timedelta(days=2)).isoformat())
    services.import_batch(batch, by=None, as_of=LATER)
    assert counts(batch) == (0, 2, 0, 0)
    day = datetime.combine(LATER.date() - timedelta(days=2), datetime.min.time(), UTC)
    assert [at for *_names, at in moves()] == [max(day, MORNING), day]


def test_a_move_that_never_happens_is_a_fault_of_its_row(acme):
    bring_in(FILE)
    batch = bring_in("external id,name,lifecycle stage\n1,Uno,Handoff\n2,Dos,Adoption\n")
    assert counts(batch) == (0, 1, 0, 1)
    fault = batch.rejected_rows.get()
    assert (fault.row_number, fault.column, fault.code) == (2, "lifecycle stage", "never_follows")
    assert "From “Onboarding” an account does not go to “Handoff”" in fault.problem
    assert "Use one of: adoption, value" in fault.problem
    assert Account.objects.get(external_id="1").name == "One"


def test_undoing_puts_the_stage_back_and_says_so_in_the_history(acme):
    bring_in(FILE)
    batch = bring_in("external id,lifecycle stage\n1,adoption\n4,growth\n", as_of=LATER)
    services.undo_import(batch, by=None, as_of=LATER + timedelta(hours=1))
    assert stages() == [("1", "onboarding"), ("2", "onboarding"), ("3", "")]
    assert Account.objects.get(external_id="1").stage_since == MORNING
    assert moves() == [
        ("1", "onboarding", "adoption", LATER),
        ("1", "adoption", "onboarding", LATER + timedelta(hours=1)),
    ]


def test_batches_of_the_api_take_the_same_values(acme):
    bring_in(FILE)
    rows = [{"external_id": "1", "stage": "adoption"}, {"external_id": "2", "stage": "handoff"}]
    results = take_rows("accounts", rows, by=None, as_of=LATER)
    assert [result.status for result in results] == ["updated", "rejected"]
    assert results[1].errors[0]["code"] == "never_follows"
    assert moves() == [("1", "onboarding", "adoption", LATER)]
