"""Files say which account stands below which, in any order of their rows; loops and unknown parents wait with a sentence, and undoing restores the tree."""

from datetime import timedelta

from accounts import services as facts
from accounts.ingest import services
from accounts.ingest.bulk import take_rows
from accounts.ingest.models import ImportedRow
from accounts.ingest.services import importing
from accounts.models import Account
from accounts.services.changed import take_changed
from cshub.audit.models import AuditEvent
from tests.ingest.files import MORNING, bring_in, check, counts, problems

LATER = MORNING + timedelta(days=3)
FILE = "external id,name,parent id\n1,Shop,2\n2,Country,3\n3,World,\n"


def tree():
    return dict(Account.objects.order_by("external_id").values_list("external_id", "parent__external_id"))


def test_parents_come_later_in_the_file_and_in_another_turn(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 1)
    assert counts(bring_in(FILE)) == (3, 0, 0, 0)
    assert tree() == {"1": "2", "2": "3", "3": None}
    assert AuditEvent.objects.get(verb="account.moved_below").after["count"] == 2


def test_the_same_file_again_changes_nothing(acme):
    bring_in(FILE)
    assert counts(bring_in(FILE, as_of=LATER)) == (0, 0, 3, 0)
    assert Account.objects.filter(updated_at=LATER).count() == 0


def test_a_file_moves_accounts_below_ones_that_are_there(acme):
    bring_in(FILE)
    assert counts(bring_in("external id,parent id\n1,3\n2,\n", as_of=LATER)) == (0, 1, 1, 0)
    assert tree() == {"1": "3", "2": "3", "3": None}, "an empty cell leaves what is there"


def test_the_account_that_moves_and_both_its_parents_are_scored_again(acme):
    bring_in(FILE + "4,Elsewhere,\n")
    take_changed()
    bring_in("external id,parent id\n1,3\n4,\n", as_of=LATER)
    assert {*take_changed()} == {account.pk for account in Account.objects.filter(external_id__in="123")}
    bring_in("external id,parent id\n1,3\n", as_of=LATER)
    assert take_changed() == [], "where nothing moves nobody is scored again"


def test_a_parent_that_nobody_knows_makes_its_row_wait_from_the_check_on(acme):
    text = "external id,name,parent id\n1,One,nobody\n2,Two,1\n"
    unknown = "There is no account with the external ID “nobody”. Add a row for it, or leave the cell empty."
    assert problems(check(text)) == [(2, "parent id", "nobody", unknown)]
    batch = bring_in(text)
    assert counts(batch) == (1, 0, 0, 2)
    assert problems(batch)[0] == (2, "parent id", "nobody", unknown)
    assert problems(batch)[1][0] == 3
    assert "but not below “1”: that account's own row needs a fix" in problems(batch)[1][3]
    assert tree() == {"2": None}


def test_a_loop_is_a_fault_of_each_of_its_rows(acme):
    bring_in("external id,name,parent id\n3,Three,\n2,Two,3\n")
    batch = bring_in("external id,name,parent id\n3,Three,1\n1,One,2\n4,Four,4\n5,Five,3\n")
    assert counts(batch) == (1, 0, 0, 3)
    assert [row[:3] for row in problems(batch)] == [(2, "parent id", "1"), (3, "parent id", "2"), (4, "parent id", "4")]
    assert problems(batch)[0][3] == "“3” would stand below itself: 3 → 1 → 2 → 3. Give one of them another parent."
    assert tree() == {"2": "3", "3": None, "5": "3"}


def test_a_parent_that_was_merged_away_means_the_one_it_went_into(acme):
    bring_in("external id,name\n1,One\n2,Two\n")
    one, two = Account.objects.order_by("external_id")
    facts.merge_accounts(survivor=two, absorbed=one, by=None, as_of=MORNING, reason="twins")
    bring_in("external id,name,parent id\n3,Three,1\n")
    assert tree()["3"] == "2"


def test_undoing_removes_a_whole_tree_and_restores_a_changed_one(acme):
    first = bring_in(FILE)
    second = bring_in("external id,parent id,segment\n1,3,Large\n2,,\n", as_of=LATER)
    services.undo_import(second, by=None, as_of=LATER)
    assert tree() == {"1": "2", "2": "3", "3": None}
    third = bring_in("external id,name,parent id\n9,Nine,8\n8,Eight,3\n", as_of=LATER)
    assert ImportedRow.objects.filter(batch=third).count() == 3, (
        "two accounts added, kept in one, and each put below another"
    )
    services.undo_import(third, by=None, as_of=LATER)
    assert tree() == {"1": "2", "2": "3", "3": None}
    assert first.pk != third.pk


def test_undoing_has_the_families_that_are_left_and_come_to_scored_again(acme):
    bring_in(FILE + "4,Elsewhere,\n")
    moved = bring_in("external id,parent id\n1,4\n", as_of=LATER)
    added = bring_in("external id,name,parent id\n9,Nine,3\n", as_of=LATER)
    take_changed()
    services.undo_import(moved, by=None, as_of=LATER)
    assert {*take_changed()} == {account.pk for account in Account.objects.filter(external_id__in="124")}
    services.undo_import(added, by=None, as_of=LATER)
    assert {*take_changed()} == {Account.objects.get(external_id="3").pk}


def test_undoing_leaves_a_parent_that_got_another_child_since(acme):
    batch = bring_in("external id,name,parent id\n1,One,2\n2,Two,\n")
    facts.record_account(external_id="x", name="X", parent=Account.objects.get(external_id="2"), by=None, as_of=LATER)
    assert services.undo_import(batch, by=None, as_of=LATER).undone["total"] == {"removed": 1, "used": 1}
    assert tree() == {"2": None, "x": "2"}


def test_undoing_never_closes_a_loop(acme):
    bring_in("external id,name,parent id\n1,One,2\n2,Two,\n")
    batch = bring_in("external id,name,parent id\n3,Three,\n1,One,3\n")
    facts.set_parent(
        Account.objects.get(external_id="2"), parent=Account.objects.get(external_id="1"), by=None, as_of=LATER
    )
    services.undo_import(batch, by=None, as_of=LATER)
    assert tree() == {"1": "3", "2": "1", "3": None}


def test_batches_of_the_api_take_parents_in_any_order(acme):
    rows = [
        {"external_id": "1", "name": "One", "parent": "2"},
        {"external_id": "2", "name": "Two"},
        {"external_id": "3", "name": "Three", "parent": "4"},
        {"external_id": "5", "name": "Five", "parent": "5"},
    ]
    assert [result.status for result in take_rows("accounts", rows, by=None, as_of=MORNING, is_dry=True)] == [
        "added", "added", "rejected", "rejected",
    ]  # fmt: skip
    results = take_rows("accounts", rows, by=None, as_of=MORNING)
    assert [(result.status, [error["code"] for error in result.errors]) for result in results] == [
        ("added", []), ("added", []), ("rejected", ["unknown_parent"]), ("rejected", ["below_itself"]),
    ]  # fmt: skip
    assert tree() == {"1": "2", "2": None}
    again = take_rows("accounts", rows[:2], by=None, as_of=LATER)
    assert [result.status for result in again] == ["unchanged", "unchanged"]
