"""Takes typed rows, many at a time: the same kinds, the same problems and the same statements as files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.kinds.kind import AtField, Outcome, Turn
from accounts.ingest.kinds.parents import parent_faults, set_parents
from accounts.ingest.reading import fields
from accounts.ingest.reading.judge import number_within
from accounts.ingest.reading.typed import typed_reader
from accounts.ingest.reading.unreadable import Unreadable, shown
from accounts.ingest.services.upload import usual_currency
from accounts.services import refresh_renewals
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.users.models import User
from cshub.work.wake import wake_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from accounts.ingest.kinds.kind import KindOfFile

    Values = dict[str, Any]

MOST_ROWS = 5_000
MOST_FURTHER_FIELDS = 200
LONGEST_FURTHER = 2_000
FURTHER = "attributes"
REJECTED = "rejected"
LONGEST_NAME = 200
NAMED_IN_AUDIT = 100
_WITH_RENEWALS = frozenset({"accounts", "contracts"})


class RowError(TypedDict):
    """What is wrong with a row: the field (empty: the whole row), a code for machines, a sentence with the remedy."""

    field: str
    code: str
    detail: str


@dataclass(frozen=True)
class RowResult:
    """What became of one row: `status` is added, updated, unchanged or rejected; only a rejected one has errors."""

    index: int
    status: str
    external_id: str | None = None
    errors: tuple[RowError, ...] = field(default=())


class TooManyRows(Refused):
    code = "too_many_rows"


@transaction.atomic
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
    judge = _Judge(this)
    judged = [judge.judged(index, row) for index, row in enumerate(rows)]
    lines = [line for line in judged if isinstance(line, tuple)]
    turn = Turn(by, as_of, as_of.date(), usual_currency(), is_dry, wants_each=True)
    outcome = _write(this, lines, turn)
    if not is_dry and (outcome.added or outcome.updated):
        _finish(this, outcome, judge, turn)
    return _results(judged, outcome, judge)


def _write(kind: KindOfFile, lines: list[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Write the lines; accounts whose parents do not fit are left out before, the others come below theirs afterwards."""
    with_parents = kind.sets_parents and any(line[-1] is not None for line in lines)
    faults = parent_faults((line[0], line[1], line[-1]) for line in lines) if with_parents else {}
    lines = [line for line in lines if line[0] not in faults]
    outcome = kind.write(lines, turn) if lines else Outcome()
    outcome.faults.extend(faults.values())
    if with_parents and not turn.is_dry:
        went_in = (line for line in lines if outcome.each[line[0]] != "fault")
        outcome.faults.extend(set_parents(((line[0], line[1], line[-1]) for line in went_in), turn))
    return outcome


def _finish(kind: KindOfFile, outcome: Outcome, judge: _Judge, turn: Turn) -> None:
    if kind.name in _WITH_RENEWALS:
        refresh_renewals(as_of=turn.as_of)
    wake_pipeline(due_at=turn.as_of)
    written = [judge.names[index] for index, status in sorted(outcome.each.items()) if status in ("added", "updated")]
    after = {
        "kind": kind.name,
        "added": outcome.added,
        "updated": outcome.updated,
        "rows": list(dict.fromkeys(name for name in written if name))[:NAMED_IN_AUDIT],
    }
    audit.record("rows.taken", target=None, by=turn.by, at=turn.as_of, after=after)


def _results(judged: Sequence[Any], outcome: Outcome, judge: _Judge) -> list[RowResult]:
    faults = {fault.row_number: fault for fault in outcome.faults}
    results = []
    for index, line in enumerate(judged):
        name = judge.names[index]
        if index in faults:
            fault = faults[index]
            results.append(RowResult(index, REJECTED, name, (_error(fault.field, fault.code, fault.problem),)))
        elif isinstance(line, tuple):
            results.append(RowResult(index, outcome.each[index], name))
        else:
            results.append(RowResult(index, REJECTED, name, tuple(line)))
    return results


class _Judge:
    """Knows the fields of one kind, and every key it has seen; keeps the external ID of each row."""

    def __init__(self, kind: KindOfFile) -> None:
        people = {email.casefold(): pk for email, pk in User.objects.filter(is_active=True).values_list("email", "pk")}
        self.kind = kind
        self.read: dict[str, Callable[[Any], Any]] = {each.name: typed_reader(each, people) for each in kind.fields}
        self.needed = [each.name for each in kind.fields if each.needed]
        self.names: list[str | None] = []
        self.seen: dict[Any, int] = {}
        self.counts: dict[Any, int] = {}

    def judged(self, index: int, row: Any) -> tuple[Any, ...] | list[RowError]:
        """The line for staging, numbered by the row's place, or all that is wrong with the row."""
        given = row.get("external_id") if hasattr(row, "get") else None
        self.names.append(_shortened(given) if isinstance(given, str) else None)
        if not hasattr(row, "items"):
            return [_error("", "not_an_object", _("A row is an object of fields. Send one."))]
        values, errors = self._values(row)
        if errors:
            return errors
        if repeated := self._repeated(index, values):
            return [repeated]
        try:
            return (index, *self.kind.finish(values))
        except AtField as fault:
            return [_error(fault.field, fault.code, fault.problem)]
        except Unreadable as problem:
            return [_error("", problem.code, problem.text)]

    def _values(self, row: Mapping[str, Any]) -> tuple[Values, list[RowError]]:
        values: Values = {}
        errors: list[RowError] = []
        for name, value in row.items():
            if name == FURTHER and self.kind.takes_further_fields:
                errors += _take_further(value, values)
            elif (read := self.read.get(name)) is None:
                errors.append(_error(shown(str(name)), "unknown_field", self._unknown()))
            elif value is not None:
                try:
                    if (taken := read(value)) != "":
                        values[name] = taken
                except Unreadable as problem:
                    errors.append(_error(name, problem.code, problem))
        wrong = {error["field"] for error in errors}
        missing = _("Every row needs this field. Fill it in.")
        errors += [
            _error(name, "missing_value", missing) for name in self.needed if name not in values and name not in wrong
        ]
        return values, errors

    def _unknown(self) -> str:
        known = ", ".join([*self.read, *([FURTHER] if self.kind.takes_further_fields else [])])
        return str(_("There is no such field. Fields are: %(known)s.") % {"known": known})

    def _repeated(self, index: int, values: Values) -> RowError | None:
        key, numbered = self.kind.key, self.kind.numbered
        if numbered and numbered not in values:
            number_within(key, numbered, values, self.counts)
        if self.kind.puts_together:
            return None
        earlier = self.seen.setdefault(tuple(values.get(part) for part in key), index)
        if earlier == index:
            return None
        problem = _("Same key as the row at index %(row)s. Keep one of the two rows.") % {"row": earlier}
        return _error(key[0], "duplicate_key", problem)


def _take_further(value: Any, values: Values) -> list[RowError]:
    """Put further fields among the values; what is wrong with them. A key with null is deleted."""
    if value is None:
        return []
    if not isinstance(value, dict) or len(value) > MOST_FURTHER_FIELDS:
        problem = _("Further fields are an object of at most %(most)s names.") % {"most": MOST_FURTHER_FIELDS}
        return [_error(FURTHER, "not_an_object", problem)]
    errors = []
    for key, each in value.items():
        if not isinstance(key, str) or not 0 < len(key) <= 80 or "\0" in key:
            errors.append(_error(FURTHER, "too_long", _("A further field's name has 1 to 80 characters.")))
        elif isinstance(each, dict | list) or (isinstance(each, str) and not _can_be_kept(each)):
            problem = _("%(key)s: write a text of at most 2,000 characters, a number, true or false.") % {"key": key}
            errors.append(_error(f"{FURTHER}.{key}", "not_a_value", problem))
        else:
            values.setdefault(fields.FURTHER, {})[key] = each
    return errors


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME and name.isprintable() else shown(name, LONGEST_NAME)


def _can_be_kept(text: str) -> bool:
    return len(text) <= LONGEST_FURTHER and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _error(field: str, code: str, detail: object) -> RowError:
    return RowError(field=field, code=code, detail=str(detail))
