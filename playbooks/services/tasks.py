"""Works tasks: made, started, done with minutes and result, put off, handed over, called off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Interaction
from accounts.models.timeline import Mode
from accounts.services import record_interaction
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.users.models import Role, User
from playbooks.models import Task
from playbooks.services.enrollment import finish_runs

if TYPE_CHECKING:
    from django.db.models import QuerySet

OPEN = (Task.State.OPEN, Task.State.IN_PROGRESS, Task.State.SNOOZED)
LEADERS = (Role.MANAGER, Role.ADMIN)
WORKERS = (Role.CSM, Role.AGENT, *LEADERS)
MAX_MINUTES = 960
MAX_SNOOZE = timedelta(days=366)
SEEN = ("state", "owner", "due_on", "snoozed_until", "result", "minutes")


class CannotWorkTask(Refused):
    """The task cannot be worked like this."""

    code = "cannot_work_task"


class TaskIsClosed(CannotWorkTask):
    """It was done or called off before."""

    code = "task_is_closed"


class NotYourTask(CannotWorkTask):
    """Another person owns it."""

    code = "not_your_task"


class BadTask(CannotWorkTask):
    """A value is missing or cannot be."""

    code = "bad_task"


@transaction.atomic
def create_task(*, account: Account, by: User, as_of: datetime, **content: Any) -> Task:
    """A task by hand; `content` as in `_new_task`. For the account's owner unless somebody is named; without either for `by`. Raises BadTask."""
    task = _new_task(account, by=by, as_of=as_of, **content)
    task.save(force_insert=True)
    audit.record(
        "task.created", target=task, by=by, at=as_of, after={**audit.snapshot(task, SEEN), "account": account.pk}
    )
    return task


@transaction.atomic
def create_tasks(accounts: QuerySet[Account], *, by: User, as_of: datetime, **content: Any) -> int:
    """The same task by hand on each of the accounts, in a few statements and one deed of the audit trail; how many. Raises BadTask."""
    tasks = [
        _new_task(account, by=by, as_of=as_of, **content) for account in accounts.select_related("owner").order_by("pk")
    ]
    Task.objects.bulk_create(tasks)
    if tasks:
        after = {
            "title": tasks[0].title,
            "due_on": tasks[0].due_on,
            "accounts": [str(task.account_id) for task in tasks],
        }
        audit.record("tasks.created", target=None, by=by, at=as_of, after=after)
    return len(tasks)


def _new_task(  # noqa: PLR0913  # what a task says, each by its name
    account: Account,
    *,
    title: str,
    due_on: date,
    by: User,
    as_of: datetime,
    owner: User | None = None,
    mode: str = Mode.PROACTIVE,
    instructions: str = "",
    expected_minutes: int | None = None,
) -> Task:
    title = title.strip()
    if not title or len(title) > 300:
        raise BadTask(_("Say in 1 to %(limit)s characters what is to do.") % {"limit": 300}, field="title")
    if mode not in Mode.values:
        raise BadTask(_("%(value)s is neither proactive nor reactive.") % {"value": mode}, field="mode")
    owner = owner or (account.owner if account.owner and _is_worker(account.owner) else by)
    _check_owner(owner)
    return Task(
        account=account,
        title=title,
        due_on=due_on,
        owner=owner,
        mode=mode,
        instructions=instructions.strip(),
        expected_minutes=expected_minutes,
        created_by=by,
        created_at=as_of,
    )


@transaction.atomic
def complete(
    task: Task,
    *,
    by: User,
    as_of: datetime,
    minutes: int | None,
    result: str,
    note: str = "",
    channel: str = Interaction.Channel.TASK,
) -> Task:
    """Done: how long it took and what came of it go to the account's timeline. Raises TaskIsClosed, NotYourTask, BadTask."""
    kept = _workable(task, by=by)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 <= minutes <= MAX_MINUTES:
        raise BadTask(_("Say how many minutes it took, 0 to %(most)s.") % {"most": MAX_MINUTES}, field="minutes")
    if result not in Task.Result.values:
        raise BadTask(
            _("Say what came of it: one of %(known)s.") % {"known": ", ".join(Task.Result.values)}, field="result"
        )
    if channel not in Interaction.Channel.values:
        raise BadTask(_("%(value)s is not a channel.") % {"value": channel}, field="channel")
    kept.interaction = record_interaction(
        account=kept.account,
        channel=channel,
        direction="internal" if result == Task.Result.NOT_NEEDED else "outbound",
        mode=kept.mode,
        minutes=minutes,
        subject=kept.title,
        body=note.strip(),
        user=by,
        occurred_at=as_of,
        by=by,
        as_of=as_of,
    )
    changes = {
        "minutes": minutes, "result": result, "note": note.strip(), "completed_at": as_of, "completed_by": by,
        "owner": kept.owner or by, "state": Task.State.DONE, "snoozed_until": None, "interaction": kept.interaction,
    }  # fmt: skip
    changed = _change(kept, task, changes, verb="completed", by=by, as_of=as_of)
    if kept.run_id is not None:
        finish_runs(as_of=as_of, run_id=kept.run_id)
    return changed


@transaction.atomic
def start(task: Task, *, by: User, as_of: datetime) -> Task:
    """Begin; a task of nobody becomes yours. Raises TaskIsClosed, NotYourTask."""
    kept = _workable(task, by=by)
    changes = {"state": Task.State.IN_PROGRESS, "owner": kept.owner or by, "snoozed_until": None}
    return _change(kept, task, changes, verb="started", by=by, as_of=as_of)


@transaction.atomic
def snooze(task: Task, *, until: datetime, by: User, as_of: datetime) -> Task:
    """Put it out of the inbox until a moment in the future, at most a year. Raises TaskIsClosed, NotYourTask, BadTask."""
    kept = _workable(task, by=by)
    if not as_of < until <= as_of + MAX_SNOOZE:
        raise BadTask(_("Choose a moment from now to a year ahead."), field="until")
    return _change(
        kept, task, {"state": Task.State.SNOOZED, "snoozed_until": until}, verb="snoozed", by=by, as_of=as_of
    )


@transaction.atomic
def reassign(task: Task, *, owner: User, by: User, as_of: datetime) -> Task:
    """Give it to somebody else. Raises TaskIsClosed, NotYourTask, BadTask."""
    kept = _workable(task, by=by)
    _check_owner(owner)
    return _change(kept, task, {"owner": owner}, verb="reassigned", by=by, as_of=as_of)


@transaction.atomic
def cancel(task: Task, *, reason: str, by: User, as_of: datetime) -> Task:
    """Call it off, with the reason. Raises TaskIsClosed, NotYourTask, BadTask."""
    kept = _workable(task, by=by)
    if not reason.strip():
        raise BadTask(_("Write why this need not be done."), field="reason")
    changes = {"state": Task.State.CANCELLED, "note": reason.strip(), "snoozed_until": None}
    changed = _change(kept, task, changes, verb="cancelled", by=by, as_of=as_of)
    if kept.run_id is not None:
        finish_runs(as_of=as_of, run_id=kept.run_id)
    return changed


def may_work(user: User, task: Task) -> bool:
    """Its owner, a manager, an admin; anybody who works with customers where it has no owner."""
    if not _is_worker(user):
        return False
    return user.role in LEADERS or task.owner_id in (None, user.pk)


def _workable(task: Task, *, by: User) -> Task:
    kept = Task.objects.select_for_update(of=("self",)).select_related("account", "owner").get(pk=task.pk)
    if not may_work(by, kept):
        raise NotYourTask(
            _("This task belongs to %(owner)s. They, a manager or an admin can work it.") % {"owner": kept.owner or "—"}
        )
    if kept.state not in OPEN:
        raise TaskIsClosed(_("This task is %(state)s already.") % {"state": kept.get_state_display().lower()})
    return kept


def _check_owner(owner: User) -> None:
    if not _is_worker(owner):
        raise BadTask(
            _("%(name)s does not work with customers. Choose somebody else.") % {"name": owner}, field="owner"
        )


def _is_worker(user: User) -> bool:
    return user.is_active and user.role in WORKERS


def _change(kept: Task, task: Task, changes: dict[str, Any], *, verb: str, by: User, as_of: datetime) -> Task:
    before = audit.snapshot(kept, SEEN)
    for name, value in changes.items():
        setattr(kept, name, value)
    kept.save(update_fields=list(changes))
    audit.record(f"task.{verb}", target=kept, by=by, at=as_of, before=before, after=audit.snapshot(kept, SEEN))
    task.refresh_from_db()
    return task
