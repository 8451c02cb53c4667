"""What every kind of file says about itself.

A kind whose rows can be undone names the tables it writes as `traces` (children before parents), and writes them inside `traced`, as
`write_plan` does. That keeps what was there before, in the transaction of the write; nothing where no file stands behind the rows
(`turn.batch_id` is None). Undoing needs no more of a kind: see `accounts.ingest.sql.traces.Trace` and `accounts.ingest.services.undoing`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.ingest.reading.fields import Field
from accounts.ingest.sql import staging
from accounts.ingest.sql.traces import Trace, traced

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from cshub.users.models import User

    Finish = Callable[[dict[str, Any]], tuple[Any, ...]]
    Straight = Callable[[Mapping[str, Sequence[Any]]], Sequence[Sequence[Any]] | None]
    Write = Callable[[Sequence[tuple[Any, ...]], "Turn"], "Outcome"]
    Problems = Mapping[str, tuple[str, Any]]


CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True)
class Turn:
    """One go at some rows: who, when, which day the rows describe, the currency where a row names none, and whether anything is written.

    `wants_each`: the outcome says of each row what became of it. `batch_id`: the file behind the rows, which can be undone.
    """

    by: User | None
    as_of: datetime
    reference_on: date
    currency: str
    is_dry: bool
    wants_each: bool = False
    batch_id: UUID | None = None

    def given(self) -> dict[str, Any]:
        """What the statements of a plan are told. What is later than `latest_on` or `latest_at` is still to come, wherever it was written."""
        return {
            "by": self.by.pk if self.by else None,
            "as_of": self.as_of,
            "reference_on": self.reference_on,
            "latest_on": self.as_of.date() + timedelta(days=1),
            "latest_at": self.as_of + CLOCKS_APART,
            "currency": self.currency,
        }


@dataclass(frozen=True)
class Fault:
    """What the database knows against a row: the field at fault, a code and a sentence with the remedy."""

    row_number: int
    field: str
    code: str
    problem: object

    def at_field(self) -> AtField:
        """The same as an error to be raised."""
        return AtField(self.field, self.code, self.problem)


@dataclass(frozen=True)
class Outcome:
    """What became of some rows. `faulty` ones are in none of the other counts; `faults` says of each what is wrong.

    `moves_terms`: renewals have to be refreshed, since contracts or amounts that stood there were changed.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    faulty: int = 0
    new_metrics: tuple[str, ...] = ()
    each: Mapping[int, str] = field(
        default_factory=dict
    )  # what became of a row by its number, where the turn wants it; rows that are not among them are unchanged
    moves_terms: bool = False


@dataclass(frozen=True)
class KindOfFile:
    """`finish` turns a row's values into a line for staging (it raises AtField); `write` compares staged lines with what is there.

    `numbered` names the part of the key that is counted where a row does not give it (the lines of an order). `puts_together`: rows of the
    same key that come in one request are put together, not refused (a file refuses them: its turns would not meet). `sets_parents`: a field
    `parent`, last in the lines, names the account above; see `accounts.ingest.kinds.parents`. `straight` may give the columns of the lines
    from those of the values at once, where `finish` would take every value as it is; else None.
    """

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    finish: Finish
    write: Write
    takes_further_fields: bool = False
    numbered: str = ""
    puts_together: bool = False
    traces: tuple[Trace, ...] = ()
    sets_parents: bool = False
    straight: Straight | None = None


def outcome(turn: Turn, faults: list[Fault], *, new_metrics: tuple[str, ...] = ()) -> Outcome:
    """What became of the planned rows."""
    each = staging.each_verdict() if turn.wants_each else {}
    counts = Counter(each.values()) if turn.wants_each else staging.verdicts()
    added, updated, unchanged, faulty = (counts.get(name, 0) for name in ("added", "updated", "unchanged", "fault"))
    return Outcome(added, updated, unchanged, faults, faulty, new_metrics, each)


def write_plan(
    plan: staging.Plan,
    problems: Problems,
    lines: Sequence[tuple[Any, ...]],
    turn: Turn,
    traces: Sequence[Trace] = (),
    *,
    earlier: Sequence[Fault] = (),
) -> Outcome:
    """Compare staged lines with what is there by `plan`; unless dry, run its statements and note whose facts changed.

    `earlier`: faults of rows that are not among the lines any more.
    """
    given = turn.given()
    with staging.staged(plan.columns, lines, plan.statement, given, tables=plan.tables):
        faults = [*earlier, *(fault(problems, row) for row in staging.faults())]
        if not turn.is_dry:
            with traced(traces, batch_id=turn.batch_id):
                staging.write(plan.writes, given)
        return outcome(turn, faults)


def fault(problems: Problems, row: dict[str, Any]) -> Fault:
    """The fault of a planned row, by its problem: field and sentence."""
    at, sentence = problems[row["problem"]]
    return Fault(row["row_number"], at, row["problem"], sentence % row)


class AtField(Exception):
    """Something is wrong between the values of a row; shown at the column of `field`."""

    def __init__(self, field: str, code: str, problem: object) -> None:
        super().__init__(field, code, problem)
        self.field, self.code, self.problem = field, code, problem
