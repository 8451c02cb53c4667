"""Turns a matched column into a function that reads its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading import dates, fields, moments, numbers
from accounts.ingest.reading.unreadable import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    Read = Callable[[str], Any]

REMEMBERED = 5_000


@dataclass(frozen=True)
class Column:
    """One matched column: the field it goes to, and how its values are read. Without `name` every row has `value`."""

    field: str
    name: str | None = None
    value: str = ""
    reading: str = ""
    values: tuple[tuple[str, str], ...] = ()
    decimal: str = ""
    order: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What reading depends on besides the value: people by e-mail, and the day the file describes."""

    people: Mapping[str, UUID]
    reference_on: date


def reader(field: fields.Field, column: Column, around: Surroundings) -> tuple[Read, dict[str, Any]]:
    """A function from the text of a cell (stripped, not empty) to its value, which raises Unreadable; and what it has answered so far.

    Whoever has many cells looks there first. Keys differ from row to row, so their answers are not remembered.
    """
    read = _READERS[column.reading or field.reads](field, column, around)
    table = {key.casefold(): value for key, value in column.values}
    memory: dict[str, Any] = {}
    if field.reads == fields.KEY and not table:
        return read, memory

    def remembering(text: str) -> Any:
        value = read(table.get(text.casefold(), text) if table else text)
        if len(memory) < REMEMBERED:
            memory[text] = value
        return value

    return remembering, memory


def _text(field: fields.Field, _column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> str:
        if len(text) > field.longest:
            problem = _("“%(value)s” has %(count)s characters; %(longest)s fit. Shorten it.")
            raise Unreadable(
                "too_long", problem % {"value": shown(text, 30), "count": len(text), "longest": field.longest}
            )
        return text

    return read


def _person(_field: fields.Field, _column: Column, around: Surroundings) -> Read:
    def read(text: str) -> UUID:
        if found := around.people.get(text.casefold()):
            return found
        raise Unreadable(
            "unknown_person",
            _("No active user has the e-mail “%(value)s”. Invite them, or leave the cell empty.")
            % {"value": shown(text)},
        )

    return read


def _choice(field: fields.Field, _column: Column, _around: Surroundings) -> Read:
    words = {fields.plain_name(choice): choice for choice in field.choices} | {
        fields.plain_name(word): choice for word, choice in field.words
    }

    def read(text: str) -> str:
        if found := words.get(fields.plain_name(text)):
            return found
        known = ", ".join(field.choices)
        raise Unreadable(
            "unknown_choice",
            _("“%(value)s” is none of: %(known)s. Choose what it means where the columns are matched, or correct it.")
            % {"value": shown(text), "known": known},
        )

    return read


def _date(_field: fields.Field, column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> date:
        _refuse_unclear_date(text, column)
        return dates.read_date(text, order=column.order)

    return read


def _moment(_field: fields.Field, column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> datetime:
        _refuse_unclear_date(text, column)
        return moments.read_moment(text, order=column.order)

    return read


def _refuse_unclear_date(text: str, column: Column) -> None:
    if not column.order and dates.decide([text]).example:
        raise Unreadable(
            "unclear_date",
            _("“%(value)s” could be two dates. Choose whether the day or the month comes first.")
            % {"value": shown(text)},
        )


def _months_before(_field: fields.Field, _column: Column, around: Surroundings) -> Read:
    return lambda text: dates.months_before(around.reference_on, numbers.read_whole(text, highest=1200))


def _amount(field: fields.Field, column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> Any:
        if not column.decimal and numbers.decide([text]).decimal != ".":
            _refuse_unclear(text)
        read_one = numbers.read_money if field.reads == fields.MONEY else numbers.read_number
        return read_one(text, decimal=column.decimal or ".")

    return read


def _refuse_unclear(text: str) -> None:
    found = numbers.decide([text])
    if found.example or found.decimal == ",":
        raise Unreadable(
            "unclear_number",
            _("“%(value)s” could be two numbers. Choose the decimal sign of this column.") % {"value": shown(text)},
        )


def _whole(field: fields.Field, _column: Column, _around: Surroundings) -> Read:
    words = {word: int(value) for word, value in field.words}

    def read(text: str) -> int:
        return words[text.casefold()] if text.casefold() in words else numbers.read_whole(text, highest=field.longest)

    return read


def _currency(_field: fields.Field, _column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> str:
        code = numbers.SIGNS.get(text.lower(), text.upper())
        if len(code) == 3 and code.isascii() and code.isalpha():
            return code
        raise Unreadable(
            "unknown_currency",
            _("“%(value)s” is not a currency. Use a code of three letters such as EUR.") % {"value": shown(text)},
        )

    return read


def _yes_no(_field: fields.Field, _column: Column, _around: Surroundings) -> Read:
    def read(text: str) -> bool:
        word = text.casefold()
        if word in fields.YES or word in fields.NO:
            return word in fields.YES
        raise Unreadable(
            "not_yes_or_no", _("“%(value)s” is neither yes nor no. Write one of them.") % {"value": shown(text)}
        )

    return read


_READERS: dict[str, Callable[[fields.Field, Column, Surroundings], Read]] = {
    fields.TEXT: _text,
    fields.KEY: _text,
    fields.PERSON: _person,
    fields.CHOICE: _choice,
    fields.DATE: _date,
    fields.MOMENT: _moment,
    fields.MONTHS_BEFORE: _months_before,
    fields.MONEY: _amount,
    fields.NUMBER: _amount,
    fields.WHOLE: _whole,
    fields.CURRENCY: _currency,
    fields.YES_NO: _yes_no,
}
