"""What every kind of file says about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from accounts.ingest.reading.fields import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from cshub.users.models import User

    Finish = Callable[[dict[str, Any]], tuple[Any, ...]]
    Write = Callable[[Sequence[tuple[Any, ...]], "Turn"], "Outcome"]


@dataclass(frozen=True)
class Turn:
    """One go at some rows: who, when, which day the file describes, the currency where a row names none, and whether anything is written."""

    by: User | None
    as_of: datetime
    reference_on: date
    currency: str
    is_dry: bool


@dataclass(frozen=True)
class Fault:
    """What the database knows against a row: the field at fault, a code and a sentence with the remedy."""

    row_number: int
    field: str
    code: str
    problem: object


@dataclass(frozen=True)
class Outcome:
    """What became of some rows. The faulty ones are in none of the counts."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    new_metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindOfFile:
    """`finish` turns a row's values into a line for staging (it raises AtField); `write` compares staged lines with what is there."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    finish: Finish
    write: Write
    takes_further_fields: bool = False


class AtField(Exception):
    """Something is wrong between the values of a row; shown at the column of `field`."""

    def __init__(self, field: str, code: str, problem: object) -> None:
        super().__init__(field, code, problem)
        self.field, self.code, self.problem = field, code, problem
