"""Which account stands below which, as rows say it: judged before any row goes in, set once all are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import Fault
from accounts.ingest.sql import accounts as statements
from accounts.ingest.sql import parents
from accounts.ingest.sql.traces import Trace, traced
from accounts.sql.hierarchy import DEEPEST, hold_tree
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from accounts.ingest.kinds.kind import Turn

    Rows = Iterable[tuple[int, str, str | None]]

_UNKNOWN = _("There is no account with the external ID “%(parent)s”. Add a row for it, or leave the cell empty.")
_NOT_IN = _(
    "This row is in, but not below “%(parent)s”: that account's own row needs a fix. Mend that one, then import this row again."
)
_BELOW_ITSELF = _("“%(external_id)s” would stand below itself: %(way)s. Give one of them another parent.")
_TOO_DEEP = _("A tree has at most %(levels)s levels. Choose a parent further up.")
_TRACES = (Trace("accounts_account", statements.ACCOUNTS, statements.RESTORED, part=1),)


@transaction.atomic
def parent_faults(rows: Rows) -> dict[int, Fault]:
    """What is wrong with the parents of rows that come together (number, external ID, parent or None), by the row's number."""
    parents.stage(rows)
    faults = _loops() | {
        number: Fault(number, "parent", "unknown_parent", _UNKNOWN % {"parent": parent})
        for number, parent in parents.unknown(is_in=False)
    }
    parents.drop()
    return faults


@transaction.atomic
def set_parents(rows: Rows, turn: Turn) -> list[Fault]:
    """Put the accounts of rows that are in below their parents; those whose parent is not in, or where the tree changed meanwhile, stay."""
    hold_tree()
    parents.stage(rows)
    if turn.batch_id:
        parents.leave_out_rejected(turn.batch_id)
    faults = _loops()
    for number, parent in parents.unknown(is_in=True):
        faults[number] = Fault(number, "parent", "parent_not_in", _NOT_IN % {"parent": parent})
    if count := parents.plan(list(faults)):
        with traced(_TRACES, batch_id=turn.batch_id):
            parents.set_planned(as_of=turn.as_of)
        audit.record("account.moved_below", target=None, by=turn.by, at=turn.as_of, after={"count": count})
    parents.drop(planned=True)
    return list(faults.values())


def _loops() -> dict[int, Fault]:
    sentences = {"below_itself": _BELOW_ITSELF, "too_deep": _TOO_DEEP}
    return {
        row["row_number"]: Fault(
            row["row_number"], "parent", row["problem"], sentences[row["problem"]] % {**row, "levels": DEEPEST}
        )
        for row in parents.loops()
    }
