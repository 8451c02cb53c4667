"""A task is worked by its owner or a leader, done once, and leaves minutes and a result on the timeline."""

from datetime import timedelta

import pytest

from accounts.models import Account, Interaction
from cshub.audit.models import AuditEvent
from cshub.users.models import User
from playbooks import services
from playbooks.models import Task
from tests.accounts import make as facts
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


def complete(task: Task, by: User | None = None, **changes: object) -> Task:
    values: dict[str, object] = {"minutes": 25, "result": "reached", "note": "They stay", **changes}
    return services.complete(task, by=by or make.ada(), as_of=MORNING, **values)  # type: ignore[arg-type]


def test_done_writes_minutes_mode_and_result_on_the_timeline() -> None:
    task = complete(make.task(mode="reactive"), channel="call")
    interaction = Interaction.objects.get()
    assert (task.state, task.completed_at, task.completed_by, task.minutes) == ("done", MORNING, make.ada(), 25)
    assert (interaction.account, interaction.user, interaction.minutes) == (task.account, make.ada(), 25)
    assert (interaction.mode, interaction.channel, interaction.direction) == ("reactive", "call", "outbound")
    assert (interaction.body, task.interaction) == ("They stay", interaction)
    assert AuditEvent.objects.filter(verb="task.completed", object_id=str(task.pk)).count() == 1


def test_it_is_not_done_twice() -> None:
    task = complete(make.task())
    with pytest.raises(services.TaskIsClosed, match="done already"):
        complete(task)
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("name", ["Grace", "Root"])
def test_leaders_may_work_it(name: str) -> None:
    by = make.person(name, {"Grace": "manager", "Root": "admin"}[name])
    assert complete(make.task(), by).completed_by == by


@pytest.mark.parametrize(("name", "role"), [("Ben", "csm"), ("Finn", "finance"), ("Sam", "agent")])
def test_others_may_not(name: str, role: str) -> None:
    with pytest.raises(services.NotYourTask, match="belongs to Ada"):
        complete(make.task(), make.person(name, role))


def test_a_task_of_nobody_is_worked_by_who_takes_it() -> None:
    task = make.task()
    Task.objects.filter(pk=task.pk).update(owner=None)
    ben = make.person("Ben")
    assert services.start(task, by=ben, as_of=MORNING).owner == ben
    with pytest.raises(services.NotYourTask):
        complete(task)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"minutes": None}, "minutes"),
        ({"minutes": -1}, "minutes"),
        ({"minutes": 961}, "minutes"),
        ({"minutes": True}, "minutes"),
        ({"result": ""}, "result"),
        ({"result": "great"}, "result"),
        ({"channel": "dove"}, "channel"),
    ],
)
def test_minutes_and_result_are_needed(changes: dict[str, object], field: str) -> None:
    with pytest.raises(services.BadTask) as refusal:
        complete(make.task(), **changes)
    assert refusal.value.field == field


def test_snoozed_it_leaves_until_it_is_time() -> None:
    task = services.snooze(make.task(), until=MORNING + timedelta(days=2), by=make.ada(), as_of=MORNING)
    assert task.state == "snoozed"
    assert list(Task.objects.awake(MORNING)) == []
    assert list(Task.objects.awake(MORNING + timedelta(days=2))) == [task]


@pytest.mark.parametrize("days", [0, -1, 367])
def test_snoozing_goes_forward_at_most_a_year(days: int) -> None:
    with pytest.raises(services.BadTask, match="a year ahead"):
        services.snooze(make.task(), until=MORNING + timedelta(days=days), by=make.ada(), as_of=MORNING)


def test_it_can_be_handed_to_somebody_who_works_with_customers() -> None:
    ben = make.person("Ben")
    assert services.reassign(make.task(), owner=ben, by=make.ada(), as_of=MORNING).owner == ben
    for unfit in (make.person("Finn", "finance"), make.person("Gone", is_active=False)):
        with pytest.raises(services.BadTask, match="does not work with customers"):
            services.reassign(make.task(), owner=unfit, by=make.ada(), as_of=MORNING)


def test_calling_it_off_needs_a_reason() -> None:
    with pytest.raises(services.BadTask, match="Write why"):
        services.cancel(make.task(), reason=" ", by=make.ada(), as_of=MORNING)
    task = services.cancel(make.task(), reason="Already renewed", by=make.ada(), as_of=MORNING)
    assert (task.state, task.note) == ("cancelled", "Already renewed")


def test_a_task_by_hand_goes_to_the_accounts_owner() -> None:
    task = services.create_task(
        account=facts.account(owner=make.ada()), title="Ask", due_on=MORNING.date(), by=make.grace(), as_of=MORNING
    )
    assert (task.owner, task.created_by, task.run) == (make.ada(), make.grace(), None)


def test_a_task_for_an_account_whose_owner_is_gone_stays_with_who_made_it() -> None:
    account = facts.account(owner=make.person("Gone", is_active=False))
    task = services.create_task(account=account, title="Ask", due_on=MORNING.date(), by=make.grace(), as_of=MORNING)
    assert task.owner == make.grace()


@pytest.mark.parametrize(("changes", "field"), [({"title": " "}, "title"), ({"mode": "idle"}, "mode")])
def test_a_task_says_what_is_to_do(changes: dict[str, str], field: str) -> None:
    with pytest.raises(services.BadTask) as refusal:
        make.task(**changes)
    assert refusal.value.field == field


def test_the_same_task_on_many_accounts_costs_the_same_statements_and_is_one_deed(count_queries) -> None:
    def add(title: str) -> int:
        return count_queries(
            lambda: services.create_tasks(
                Account.objects.all(), title=title, due_on=MORNING.date(), by=make.ada(), as_of=MORNING
            )
        )

    make.ada()
    facts.account()
    add("Wake the audit trail")
    few = add("Call")
    for _more in range(20):
        facts.account()

    assert add("Call again") == few
    assert Task.objects.filter(title="Call again").count() == Account.objects.count()
    assert AuditEvent.objects.filter(verb="tasks.created").count() == 3
