"""Writes the items of the inbox, fifty of them: what it is about, when it is due, why, and what is at stake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape as shown
from uuid import UUID

from django.utils.translation import gettext as _

from cshub.l10n import formats
from cshub.web.templatetags.icon import icon
from playbooks.queries import InboxRow

SIGNS = {"risk": "u-risk", "watch": "u-watch"}


def drawn_items(
    rows: Iterable[InboxRow], *, chosen: UUID | None, address: str, own: UUID | None, as_of: datetime
) -> str:
    """List items that lead to `address` with their own id at its end. `chosen`: the one that is open. `own`: whose inbox it is; None: several people's."""
    words = {"at_stake": shown(_("at stake")), "no_contract": shown(_("No contract yet"))}
    return "".join(
        _item(row, chosen=row.task_id == chosen, address=shown(address), own=own, words=words, as_of=as_of)
        for row in rows
    )


def _item(
    row: InboxRow, *, chosen: bool, address: str, own: UUID | None, words: dict[str, str], as_of: datetime
) -> str:
    unread = ' class="is-unread"' if row.group == "now" else ""
    focused, current = (" is-focused", ' aria-current="true"') if chosen else ("", "")
    late = ' class="u-risk u-medium"' if row.overdue_days else ""
    sign = icon("route" if row.playbook_name else "headset" if row.mode == "reactive" else "square-check")
    return (
        f'<li{unread}><a class="c-inbox-item{focused}" data-row href="{address}{row.task_id}"{current}>'
        f'<span class="{SIGNS.get(row.band, "u-faint")}">{sign}</span>'
        f'<span class="c-inbox-title u-ellipsis"><bdi>{shown(row.account_name)}</bdi></span>'
        f'<time datetime="{row.due_on.isoformat()}"{late}>{shown(formats.days_until(row.due_on, as_of=as_of.date()))}</time>'
        f'<span class="c-inbox-text"><span>{shown(row.reason)}{formats.separator()}</span><bdi>{shown(row.title)}</bdi></span>'
        f'<span class="c-inbox-stake">{_stake(row, words)}{_whose(row, own)}</span></a></li>'
    )


def _stake(row: InboxRow, words: dict[str, str]) -> str:
    if not row.currency:
        return words["no_contract"]
    return f"<bdi>{shown(formats.money(row.arr, row.currency, compact=True))}</bdi> {words['at_stake']}"


def _whose(row: InboxRow, own: UUID | None) -> str:
    """The owner, where it may be somebody else."""
    if own is None and row.owner_name:
        return f"{formats.separator()}<bdi>{shown(row.owner_name)}</bdi>"
    if row.owner_id in (None, own):
        return ""
    return f"{formats.separator()}{shown(_('covering for %(name)s') % {'name': row.owner_name})}"
