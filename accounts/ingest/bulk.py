"""Takes typed rows, many at a time: the same kinds, the same problems and the same statements as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.kinds.kind import Outcome, Turn
from accounts.ingest.kinds.parents import parent_faults, set_parents
from accounts.ingest.reading.memory import kept_rows
from accounts.ingest.services.upload import usual_currency
from accounts.ingest.typed_rows import RowError, error_at, judge_rows, names_of
from accounts.models import Contract, Order
from accounts.services import follow_up, refresh_renewals, refresh_replenishments
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.ingest.kinds.kind import KindOfFile
    from accounts.ingest.lines import Line
    from accounts.ingest.typed_rows import Wrong
    from cshub.users.models import User

MOST_ROWS = 5_000
REJECTED, UNCHANGED = "rejected", "unchanged"
NAMED_IN_AUDIT = 100
WRITTEN = ("added", "updated")


@dataclass(slots=True)
class RowResult:
    """What became of one row: `status` is added, updated, unchanged or rejected; only a rejected one has errors."""

    index: int
    status: str
    external_id: str | None = None
    errors: tuple[RowError, ...] = ()


class TooManyRows(Refused):
    code = "too_many_rows"


@transaction.atomic
@kept_rows()
def take_rows(
    kind: str, rows: Sequence[Mapping[str, Any]], *, by: User | None, as_of: datetime, is_dry: bool = False
) -> list[RowResult]:
    """Add or change what the rows say, the good ones; a result for each in their order. At most 5,000 at a time, all in one transaction.

    `kind` is a key of KINDS. A row maps the names of that kind's fields to typed values (see `typed_reader`), and `attributes` to an object
    of further fields where the kind takes them. A field that is left out or null leaves what is there. Unknown fields reject their row.
    With `is_dry` the results are the same and nothing is written. A fixed number of statements, however many rows. Raises TooManyRows.
    """
    if len(rows) > MOST_ROWS:
        raise TooManyRows(
            _("These are %(count)s rows, and %(most)s fit into one request. Send the rest in another.")
            % {"count": len(rows), "most": MOST_ROWS}
        )
    this = KINDS[kind]
    names, (lines, wrong) = names_of(rows), judge_rows(this, rows)
    turn = Turn(by, as_of, as_of.date(), usual_currency(), is_dry, wants_each=True)
    outcome = _write(this, lines, turn)
    if not is_dry and (outcome.added or outcome.updated):
        _finish(this, outcome, names, lines, turn)
    return _results(wrong, outcome, names)


def _write(kind: KindOfFile, lines: Sequence[Line], turn: Turn) -> Outcome:
    """Write the lines; accounts whose parents do not fit are left out before, the others come below theirs afterwards."""
    with_parents = kind.sets_parents and any(line[-1] is not None for line in lines)
    faults = parent_faults((line[0], line[1], line[-1]) for line in lines) if with_parents else {}
    if faults:
        lines = [line for line in lines if line[0] not in faults]
    outcome = kind.write(lines, turn) if lines else Outcome()
    outcome.faults.extend(faults.values())
    if with_parents and not turn.is_dry:
        went_in = (line for line in lines if outcome.each.get(line[0]) != "fault")
        outcome.faults.extend(set_parents(((line[0], line[1], line[-1]) for line in went_in), turn))
    return outcome


def _finish(kind: KindOfFile, outcome: Outcome, names: Sequence[str | None], lines: Sequence[Line], turn: Turn) -> None:
    written = {index for index, status in outcome.each.items() if status in WRITTEN}
    _derive(kind, (line[1] for line in lines if line[0] in written), turn)
    follow_up(len(written), as_of=turn.as_of)
    named = (names[index] for index in sorted(written))
    after = {
        "kind": kind.name,
        "added": outcome.added,
        "updated": outcome.updated,
        "rows": list(dict.fromkeys(name for name in named if name))[:NAMED_IN_AUDIT],
    }
    audit.record("rows.taken", target=None, by=turn.by, at=turn.as_of, after=after)


def _derive(kind: KindOfFile, keys: Iterable[str], turn: Turn) -> None:
    """What follows from the rows with these external IDs, for their accounts alone."""
    if kind.name == "contracts":
        refresh_renewals(as_of=turn.as_of, accounts=_ids(Contract.objects.filter(external_id__in=keys), "account_id"))
    elif kind.name == "orders":
        behind = _ids(Order.objects.filter(external_id__in=keys), "account_id")
        refresh_replenishments(as_of=turn.as_of, accounts=behind)


def _ids(rows: QuerySet[Any], name: str) -> list[UUID]:
    return list(rows.order_by().values_list(name, flat=True).distinct())


def _results(judged: Wrong, outcome: Outcome, names: Sequence[str | None]) -> list[RowResult]:
    wrong = judged | {fault.row_number: [error_at(fault.field, fault.code, fault.problem)] for fault in outcome.faults}
    status_of = outcome.each.get
    if not wrong:
        return [RowResult(index, status_of(index, UNCHANGED), name) for index, name in enumerate(names)]
    return [
        RowResult(index, REJECTED, name, tuple(wrong[index]))
        if index in wrong
        else RowResult(index, status_of(index, UNCHANGED), name)
        for index, name in enumerate(names)
    ]
