"""Pages read what they show in a fixed number of queries, and say it in words."""

from datetime import date, timedelta

import pytest

from playbooks import queries, services
from playbooks.models import Task
from tests.accounts import make as facts
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def test_the_preview_names_last_quarters_accounts_the_largest_first() -> None:
    day = MORNING.date()
    make.due_account(due_on=day + timedelta(days=60), arr=5_000, name="Small")
    make.due_account(due_on=day + timedelta(days=80), arr=50_000, name="Large")
    make.due_account(due_on=day + timedelta(days=200), name="Later")
    seen = queries.preview(make.draft(holdout_share="0.5"), as_of=MORNING)
    assert [hit.name for hit in seen.accounts] == ["Large", "Small"]
    assert (seen.account_count, seen.treated_count, seen.held_out_count) == (2, 1, 1)
    assert seen.arr == (("EUR", 55_000),)
    assert seen.accounts[0].fired_on == day - timedelta(days=10)
    assert "A comparison needs 30 in each arm" in seen.sentence


def test_the_preview_of_a_health_drop_counts_each_account_once() -> None:
    account = make.due_account()
    make.transition(account, occurred_at=MORNING - timedelta(days=20))
    make.transition(account, from_band="watch", occurred_at=MORNING - timedelta(days=10))
    make.transition(facts.account(), occurred_at=MORNING - timedelta(days=100))
    seen = queries.preview(make.draft(**make.drop_content(holdout_share="0.2")), as_of=MORNING)
    assert [hit.account_id for hit in seen.accounts] == [account.pk]


def test_the_preview_says_when_nothing_can_be_shown() -> None:
    assert "Nobody is held out" in queries.preview(make.draft(), as_of=MORNING).sentence
    assert "no account last quarter" in queries.preview(make.draft(holdout_share="0.2"), as_of=MORNING).sentence


def test_the_preview_measures_the_loss_rate_where_it_can() -> None:
    for number in range(40):
        renewal = facts.renewal(facts.contract(), due_on=date(2026, 9, 1))
        facts.decision(renewal, decision="churned" if number < 10 else "renewed", recorded_at=MORNING)
        make.due_account(due_on=MORNING.date() + timedelta(days=60))
    seen = queries.preview(make.draft(holdout_share="0.5"), as_of=MORNING)
    assert (seen.loss_rate, seen.renewal_count) == (0.25, 40)
    assert seen.smallest_effect == pytest.approx(0.17, abs=0.02)
    assert "measured on 40 renewals" in seen.sentence
    assert "80% power" in seen.sentence


def test_the_inbox_ranks_value_at_risk_by_urgency() -> None:
    small, large, calm = (
        make.due_account(arr=arr, name=name) for arr, name in ((5_000, "S"), (90_000, "L"), (90_000, "C"))
    )
    make.health(small)
    make.health(large)
    make.health(calm, score=95, band="good")
    tasks = {account.name: make.task(account) for account in (small, large, calm)}
    make.task(small, due_on=MORNING.date() - timedelta(days=3), title="Overdue")
    make.task(small, due_on=MORNING.date() + timedelta(days=3), title="Soon")
    make.task(small, due_on=MORNING.date() + timedelta(days=30), title="Later")
    rows = queries.inbox(make.ada(), scope="mine", as_of=MORNING).rows
    assert [row.group for row in rows] == ["now", "today", "today", "today", "this_week", "later"]
    assert [row.account_name for row in rows[1:4]] == ["L", "C", "S"]
    assert rows[0].overdue_days == 3
    assert rows[1].task_id == tasks["L"].pk
    assert rows[1].arr == 90_000
    assert rows[2].reason == "Renewal in 53 days"


def test_each_scope_shows_its_own() -> None:
    ben = make.person("Ben")
    mine, bens, nobodys, asleep = make.task(), make.task(owner=ben), make.task(), make.task()
    Task.objects.filter(pk=nobodys.pk).update(owner=None)
    services.snooze(asleep, until=MORNING + timedelta(days=1), by=make.ada(), as_of=MORNING)

    def ids(scope: str) -> set[object]:
        return {row.task_id for row in queries.inbox(make.ada(), scope=scope, as_of=MORNING).rows}  # type: ignore[arg-type]

    assert ids("mine") == {mine.pk}
    assert ids("team") == {mine.pk, bens.pk, nobodys.pk}
    assert ids("snoozed") == {asleep.pk}
    assert {row.task_id for row in queries.inbox(make.ada(), scope="mine", as_of=MORNING + timedelta(days=1)).rows} == {
        mine.pk,
        asleep.pk,
    }


def test_an_item_shows_the_numbers_behind_its_rank() -> None:
    account = make.due_account(arr=90_000)
    make.health(account, score=30)
    make.active(holdout_share="0")
    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    item = queries.inbox_item(Task.objects.get().pk, as_of=MORNING)
    assert item is not None
    assert (item.step_number, item.step_count, item.instructions) == (1, 2, "Read health.")
    why = dict(item.why)
    assert why["Revenue at stake"] == "€90k"
    assert why["Value at risk"] == "€63k"
    assert why["Days to renewal"] == "53"
    assert item.alike == (0, 0)


def test_no_task_is_no_item() -> None:
    assert queries.inbox_item(make.ada().pk, as_of=MORNING) is None


def test_an_account_shows_the_playbooks_it_met_with_their_steps() -> None:
    account = make.due_account()
    version = make.active()
    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    [met] = queries.account_playbooks([account.pk], as_of=MORNING)
    assert (met.name, met.arm, met.run_state) == (version.playbook.name, "treated", "active")
    assert [(step.title, step.state) for step in met.steps] == [("Prepare", "open"), ("Call", "to_come")]
    assert met.reason == "The term ends on 15 Jan 2027"
    assert [task.title for task in queries.account_tasks([account.pk])] == ["Prepare"]


def test_changes_stand_against_the_last_approved_version() -> None:
    version = make.active()
    newer = services.draft_version(
        version.playbook,
        by=make.ada(),
        as_of=MORNING,
        holdout_share="0.3",
        steps=[version.steps[0], {"title": "Write", "after_days": 3, "minutes": 10}],
    )
    seen = queries.changes(newer)
    assert seen.against == version
    assert [(each.label, each.before, each.after) for each in seen.fields if each.differs] == [
        ("Holdout", "0.0%", "30.0%")
    ]
    assert [(line.mark, line.text) for line in seen.steps if line.mark != "same"] == [
        ("removed", "2. Call (5 business days, 45 min)"),
        ("removed", "Ask what has to be true."),
        ("added", "2. Write (3 business days, 10 min)"),
    ]
    assert queries.changes(version).against is None


def test_the_list_counts_audience_and_arms() -> None:
    make.due_account(segment="retail")
    make.due_account(segment="energy")
    make.active(name="Narrow", audience={"segment": ["retail"]})
    make.draft(name="Wide")
    services.enroll_due(as_of=MORNING)
    rows = queries.playbook_list()
    assert [(row.playbook.name, row.audience_count, row.treated_count) for row in rows] == [
        ("Narrow", 1, 1),
        ("Wide", 2, 0),
    ]
    assert rows[0].trigger == "90 days before a term ends"
    assert rows[0].audience == "retail"


@pytest.mark.parametrize("page", ["inbox", "list", "page", "preview", "account"])
def test_pages_ask_no_more_for_more_rows(page: str, count_queries) -> None:  # type: ignore[no-untyped-def]
    version = make.active(name="First")
    account, playbook = make.due_account(), version.playbook

    def ask() -> object:
        return {
            "inbox": lambda: queries.inbox(make.ada(), scope="mine", as_of=MORNING),
            "list": queries.playbook_list,
            "page": lambda: queries.playbook_page(playbook, as_of=MORNING),
            "preview": lambda: queries.preview(version, as_of=MORNING),
            "account": lambda: queries.account_playbooks([account.pk], as_of=MORNING),
        }[page]()

    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    few = count_queries(ask)
    for _ in range(8):
        make.due_account()
        make.active()
    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    assert count_queries(ask) == few <= 5
