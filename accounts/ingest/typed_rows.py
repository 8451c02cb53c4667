"""Judges rows that come typed: rows of the same fields together, a column at a time, and what is wrong with each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField
from accounts.ingest.lines import Lines, are_different
from accounts.ingest.reading import fields
from accounts.ingest.reading.columns import values_of
from accounts.ingest.reading.judge import number_within
from accounts.ingest.reading.typed_columns import column_reader
from accounts.ingest.reading.unreadable import Unreadable, shown
from cshub.users.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from accounts.ingest.kinds.kind import KindOfFile
    from accounts.ingest.lines import Line

    Values = dict[str, Any]
    Wrong = dict[int, list["RowError"]]

MOST_FURTHER_FIELDS = 200
LONGEST_FURTHER = 2_000
FURTHER = "attributes"
LONGEST_NAME = 200


class RowError(TypedDict):
    """What is wrong with a row: the field (empty: the whole row), a code for machines, a sentence with the remedy."""

    field: str
    code: str
    detail: str


def error_at(field: str, code: str, detail: object) -> RowError:
    return RowError(field=field, code=code, detail=str(detail))


def names_of(rows: Sequence[Any]) -> list[str | None]:
    """The external ID that each row gives, short enough to be shown."""
    given = [row.get("external_id") if hasattr(row, "get") else None for row in rows]
    if given.count(None) == len(given):
        return [None] * len(given)
    return [_shortened(name) if isinstance(name, str) else None for name in given]


def judge_rows(kind: KindOfFile, rows: Sequence[Any]) -> tuple[Sequence[Line], Wrong]:
    """The lines of good rows for staging, numbered by the places of the rows, and all that is wrong with the others by their places."""
    return _Judge(kind).judged(rows)


class _Judge:
    """Knows the fields of one kind, and every key it has seen."""

    def __init__(self, kind: KindOfFile) -> None:
        people = {email.casefold(): pk for email, pk in User.objects.filter(is_active=True).values_list("email", "pk")}
        self.kind = kind
        self.read = {each.name: column_reader(each, people) for each in kind.fields}
        self.needed = [each.name for each in kind.fields if each.needed]
        self.seen: dict[Any, int] = {}
        self.counts: dict[Any, int] = {}

    def judged(self, rows: Sequence[Any]) -> tuple[Sequence[Line], Wrong]:
        values: list[Any] = [None] * len(rows)
        errors: Wrong = {}
        for shape, places in _shapes(rows).items():
            if shape is None:
                errors |= {place: [_not_an_object()] for place in places}
                continue
            taken, wrong = self._columns(shape, rows if len(places) == len(rows) else [rows[place] for place in places])
            if len(places) == len(rows) and not wrong and (lines := self._straight(taken)) is not None:
                return lines, {}
            errors |= {places[number]: found for number, found in wrong.items()}
            for place, row in zip(places, _across(taken, len(places)), strict=True):
                values[place] = row
        judged = [errors.get(place) or self._line(place, each) for place, each in enumerate(values)]
        wrong = {place: line for place, line in enumerate(judged) if isinstance(line, list)}
        return [line for line in judged if isinstance(line, tuple)], wrong

    def _columns(self, shape: tuple[str, ...], rows: Sequence[Any]) -> tuple[dict[str, list[Any]], Wrong]:
        """The values of rows that have these fields, by field; and what is wrong with them by their numbers."""
        wrong: Wrong = {}
        taken: dict[str, list[Any]] = {}
        for name, column in zip(shape, zip(*(row.values() for row in rows), strict=True), strict=True):
            if name == FURTHER and self.kind.takes_further_fields:
                taken[fields.FURTHER] = [_take_further(value, wrong, number) for number, value in enumerate(column)]
            elif (read := self.read.get(name)) is None:
                for number in range(len(rows)):
                    wrong.setdefault(number, []).append(error_at(shown(str(name)), "unknown_field", self._unknown()))
            else:
                taken[name], problems = read(column)
                for number, problem in problems.items():
                    wrong.setdefault(number, []).append(error_at(name, problem.code, problem))
        self._find_missing(len(rows), taken, wrong)
        return taken, wrong

    def _straight(self, taken: Mapping[str, list[Any]]) -> Sequence[Line] | None:
        """The lines of rows with which nothing is wrong and that say different things, where their kind takes columns as they are."""
        if self.kind.straight is None or self.kind.numbered:
            return None
        keys = [taken[part] for part in self.kind.key if part in taken]
        if not self.kind.puts_together and not are_different(keys):
            return None
        lined = self.kind.straight(taken)
        return None if lined is None else Lines([range(len(keys[0])), *lined])

    def _find_missing(self, row_count: int, taken: Mapping[str, list[Any]], wrong: Wrong) -> None:
        for name in self.needed:
            column = taken.get(name)
            if column is not None and type(None) not in map(type, column):
                continue
            for number in range(row_count):
                given = wrong.get(number, ())
                if (column is None or column[number] is None) and not any(error["field"] == name for error in given):
                    missing = error_at(name, "missing_value", _("Every row needs this field. Fill it in."))
                    wrong.setdefault(number, []).append(missing)

    def _line(self, place: int, values: Values) -> Line | list[RowError]:
        if repeated := self._repeated(place, values):
            return [repeated]
        try:
            return (place, *self.kind.finish(values))
        except AtField as fault:
            return [error_at(fault.field, fault.code, fault.problem)]
        except Unreadable as problem:
            return [error_at("", problem.code, problem.text)]

    def _unknown(self) -> str:
        known = ", ".join([*self.read, *([FURTHER] if self.kind.takes_further_fields else [])])
        return str(_("There is no such field. Fields are: %(known)s.") % {"known": known})

    def _repeated(self, place: int, values: Values) -> RowError | None:
        key, numbered = self.kind.key, self.kind.numbered
        if numbered and numbered not in values:
            number_within(key, numbered, values, self.counts)
        if self.kind.puts_together:
            return None
        earlier = self.seen.setdefault(tuple(map(values.get, key)), place)
        if earlier == place:
            return None
        problem = _("Same key as the row at index %(row)s. Keep one of the two rows.") % {"row": earlier}
        return error_at(key[0], "duplicate_key", problem)


def _shapes(rows: Sequence[Any]) -> Mapping[tuple[str, ...] | None, Sequence[int]]:
    """The places of the rows by the fields they give, in the order they give them; under None what is no object."""
    if set(map(type, rows)) == {dict} and len(alike := set(map(tuple, rows))) == 1:
        return {alike.pop(): range(len(rows))}
    shapes: dict[tuple[str, ...] | None, list[int]] = {}
    for place, row in enumerate(rows):
        shapes.setdefault(tuple(row) if hasattr(row, "items") else None, []).append(place)
    return shapes


def _across(columns: Mapping[str, list[Any]], row_count: int) -> Iterable[Values]:
    """The values of each row by field, without those that were not given."""
    return values_of(columns) if columns else ({} for _row in range(row_count))


def _not_an_object() -> RowError:
    return error_at("", "not_an_object", _("A row is an object of fields. Send one."))


def _take_further(value: Any, wrong: Wrong, number: int) -> Values | None:
    """The further fields that can be kept; what is wrong with the others goes to `wrong`. A key with null is deleted."""
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > MOST_FURTHER_FIELDS:
        problem = _("Further fields are an object of at most %(most)s names.") % {"most": MOST_FURTHER_FIELDS}
        wrong.setdefault(number, []).append(error_at(FURTHER, "not_an_object", problem))
        return None
    taken: Values = {}
    for key, each in value.items():
        if not isinstance(key, str) or not 0 < len(key) <= 80 or "\0" in key:
            too_long = _("A further field's name has 1 to 80 characters.")
            wrong.setdefault(number, []).append(error_at(FURTHER, "too_long", too_long))
        elif isinstance(each, dict | list) or (isinstance(each, str) and not _can_be_kept(each)):
            problem = _("%(key)s: write a text of at most 2,000 characters, a number, true or false.") % {"key": key}
            wrong.setdefault(number, []).append(error_at(f"{FURTHER}.{key}", "not_a_value", problem))
        else:
            taken[key] = each
    return taken or None


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME and name.isprintable() else shown(name, LONGEST_NAME)


def _can_be_kept(text: str) -> bool:
    return len(text) <= LONGEST_FURTHER and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)
