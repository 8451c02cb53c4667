"""What pages, reports and endpoints ask about the work."""

from playbooks.queries.boards import (
    AccountPlaybook,
    PlaybookPage,
    PlaybookRow,
    account_playbooks,
    account_tasks,
    playbook_list,
    playbook_page,
)
from playbooks.queries.changes import Changes, changes
from playbooks.queries.inbox import InboxItem, InboxPage, InboxRow, Place, inbox, inbox_item
from playbooks.queries.preview import Preview, preview

__all__ = [
    "AccountPlaybook",
    "Changes",
    "InboxItem",
    "InboxPage",
    "InboxRow",
    "Place",
    "PlaybookPage",
    "PlaybookRow",
    "Preview",
    "account_playbooks",
    "account_tasks",
    "changes",
    "inbox",
    "inbox_item",
    "playbook_list",
    "playbook_page",
    "preview",
]
