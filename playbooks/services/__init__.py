"""Everything that can be done with playbooks and tasks."""

from playbooks.services.approval import (
    approve,
    return_to_author,
)
from playbooks.services.contents import BadContent, checked, content_of, hash_of
from playbooks.services.enrollment import Enrolled, enroll_due, finish_runs, follow_runs
from playbooks.services.starters import ensure_templates, templates
from playbooks.services.tasks import (
    BadTask,
    CannotWorkTask,
    NotYourTask,
    TaskIsClosed,
    cancel,
    complete,
    create_task,
    create_tasks,
    may_work,
    reassign,
    snooze,
    start,
)
from playbooks.services.versions import (
    CannotChangeVersion,
    NameTaken,
    NotYourVersion,
    VersionIsFrozen,
    WrongState,
    create_playbook,
    draft_version,
    edit_version,
    pause,
    resume,
    retire,
    submit,
    withdraw,
)

__all__ = [
    "BadContent", "BadTask", "CannotChangeVersion", "CannotWorkTask", "Enrolled",
    "NameTaken", "NotYourTask", "NotYourVersion", "TaskIsClosed", "VersionIsFrozen", "WrongState",
    "approve", "cancel", "checked", "complete", "content_of", "create_playbook", "create_task", "create_tasks", "draft_version", "edit_version",
    "enroll_due", "ensure_templates", "finish_runs", "follow_runs", "hash_of", "may_work", "pause", "reassign", "resume", "retire",
    "return_to_author", "snooze", "start", "submit", "templates", "withdraw",
]  # fmt: skip
