"""Values that come typed, as JSON has them: nothing is guessed, and what is not of its type is refused."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.ingest.reading import fields
from accounts.ingest.reading.dates import EARLIEST, LATEST
from accounts.ingest.reading.unreadable import Unreadable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from accounts.ingest.reading.fields import Field

    Read = Callable[[Any], Any]

_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,20})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def typed_reader(field: Field, people: Mapping[str, UUID]) -> Read:
    """A function from a JSON value (not null) to the value the field's kind works with; it raises Unreadable.

    Text, keys, choices, e-mails of people and currency codes are JSON texts; days `2027-01-14`; moments RFC 3339 with a zone; money a
    decimal written as text, or {"amount": "186000.00", "currency": "EUR"}; numbers JSON numbers or decimals as text; yes and no true and false.
    """
    return _READERS[field.reads](field, people)


def _text(field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> str:
        text = _a_text(value)
        if len(text) > field.longest:
            problem = _("“%(value)s” has %(count)s characters; %(longest)s fit. Shorten it.")
            raise Unreadable(
                "too_long", problem % {"value": shown(text, 30), "count": len(text), "longest": field.longest}
            )
        return text

    return read


def _person(_field: Field, people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> UUID:
        if found := people.get(_a_text(value).casefold()):
            return found
        problem = _("No active user has the e-mail “%(value)s”. Invite them, or leave the cell empty.")
        raise Unreadable("unknown_person", problem % {"value": shown(value)})

    return read


def _choice(field: Field, _people: Mapping[str, UUID]) -> Read:
    choices = frozenset(field.choices)

    def read(value: Any) -> str:
        if (text := _a_text(value)) in choices:
            return text
        problem = _("“%(value)s” is none of: %(known)s. Use one of them.")
        raise Unreadable("unknown_choice", problem % {"value": shown(text), "known": ", ".join(field.choices)})

    return read


def _date(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> date:
        if type(value) is date:
            return _in_range(value)
        text = _a_text(value)
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            problem = _("“%(value)s” is not a day. Write it as 2027-01-31.")
            raise Unreadable("not_a_date", problem % {"value": shown(text)})
        return _in_range(day)

    return read


def _moment(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> datetime:
        moment = value if isinstance(value, datetime) else None
        if moment is None:
            text = _a_text(value)
            try:
                moment = datetime.fromisoformat(text) if "T" in text or " " in text else None
            except ValueError:
                moment = None
        if moment is None or moment.tzinfo is None:
            problem = _("“%(value)s” is not a moment. Write date, time and zone, such as 2027-01-31T09:30:00Z.")
            raise Unreadable("not_a_moment", problem % {"value": shown(_as_sent(value))})
        _in_range(moment.date())
        return moment

    return read


def _money(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> tuple[Decimal, str]:
        amount, currency = value, ""
        if isinstance(value, dict) and set(value) == {"amount", "currency"}:
            amount, currency = value["amount"], value["currency"]
        if isinstance(amount, str) and _AMOUNT.fullmatch(amount) and _is_code(currency):
            return Decimal(amount), currency
        if isinstance(amount, Decimal) and amount.is_finite() and _is_code(currency):
            return amount, currency
        problem = _("“%(value)s” is not money. Write “186000.00” with quotes, or an object of amount and currency.")
        raise Unreadable("not_money", problem % {"value": shown(_as_sent(value))})

    return read


def _number(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> Decimal:
        number: Decimal | None = None
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            number = Decimal(str(value))
        elif isinstance(value, str) and _AMOUNT.fullmatch(value):
            number = Decimal(value)
        if number is None or not number.is_finite() or abs(number) >= 10**15:
            problem = _(
                "“%(value)s” is not a number with at most 15 digits before the decimals. Write it like 1234.50."
            )
            raise Unreadable("not_a_number", problem % {"value": shown(_as_sent(value))})
        return number

    return read


def _whole(field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= field.longest:
            return value
        problem = _("“%(value)s” is not a whole number from 0 to %(highest)s.")
        raise Unreadable("not_a_whole_number", problem % {"value": shown(_as_sent(value)), "highest": field.longest})

    return read


def _currency(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> str:
        if (text := _a_text(value)) and _CURRENCY.fullmatch(text):
            return text
        problem = _("“%(value)s” is not a currency. Use a code of three letters such as EUR.")
        raise Unreadable("unknown_currency", problem % {"value": shown(text)})

    return read


def _yes_no(_field: Field, _people: Mapping[str, UUID]) -> Read:
    def read(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        problem = _("“%(value)s” is neither true nor false. Give one of the two, without quotation marks.")
        raise Unreadable("not_yes_or_no", problem % {"value": shown(_as_sent(value))})

    return read


def _a_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable(
            "not_a_text", _("“%(value)s” is not a text. Write it in quotes.") % {"value": shown(_as_sent(value))}
        )
    if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise Unreadable("unreadable_text", _("The text holds characters that cannot be kept. Take them out."))
    return value.strip()


def _as_sent(value: Any) -> str:
    """The value as whoever sent it wrote it: true, not True."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _is_code(currency: Any) -> bool:
    return currency == "" or (isinstance(currency, str) and _CURRENCY.fullmatch(currency) is not None)


def _in_range(day: date) -> date:
    if not EARLIEST <= day.year <= LATEST:
        problem = _("The year of “%(value)s” is outside 1900 to 2100. Check the date.")
        raise Unreadable("date_out_of_range", problem % {"value": day.isoformat()})
    return day


_READERS: dict[str, Callable[[Field, Mapping[str, UUID]], Read]] = {
    fields.TEXT: _text,
    fields.KEY: _text,
    fields.PERSON: _person,
    fields.CHOICE: _choice,
    fields.DATE: _date,
    fields.MOMENT: _moment,
    fields.MONEY: _money,
    fields.NUMBER: _number,
    fields.WHOLE: _whole,
    fields.CURRENCY: _currency,
    fields.YES_NO: _yes_no,
}
