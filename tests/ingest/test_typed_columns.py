"""A column read at once says the same as its values one by one."""

from datetime import date
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.reading.typed import typed_reader
from accounts.ingest.reading.typed_columns import column_reader
from accounts.ingest.reading.unreadable import Unreadable

PEOPLE = {"ada@acme.example": UUID(int=7)}
FIELDS = [
    Field("it", "It", reads, longest=9, choices=("yes", "no", "1"))
    for reads in (
        *(fields.TEXT, fields.KEY, fields.PERSON, fields.CHOICE, fields.DATE, fields.MOMENT, fields.MONEY),
        *(fields.NUMBER, fields.WHOLE, fields.CURRENCY, fields.YES_NO),
    )
]
TEXTS = ("", " ", " a ", "yes", "1", "EUR", "9.50", "-3", "ada@acme.example", "2026-01-31", "2026-02-31", "1700-01-01")
ODD = ("2026-01-31T09:30:00Z", "2026-01-31T09:30:00", "0123456789", "a\0b", "\ud800", "żółw", "ada@ACME.example")
OTHERS = (None, True, False, 0, 1, 1.0, 9, 10, -1, 10**15, -(10**15), 1.5, float("nan"), float("inf"), [], ["a"])
MONEY = ({"amount": "5.00", "currency": "EUR"}, {"amount": 5, "currency": "EUR"}, {}, date(2026, 1, 31))
VALUES = [*TEXTS, *ODD, *OTHERS, *MONEY]
ALIKE = st.sampled_from([TEXTS, ("yes", "no", "1"), (0, 1, 9, None), (True, False, None), (1.5, 2, None), VALUES])


def one_by_one(read, column):
    values, problems = [], {}
    for place, value in enumerate(column):
        values.append(None)
        if value is not None:
            try:
                values[place] = read(value)
            except Unreadable as problem:
                problems[place] = (problem.code, str(problem))
    return [(type(value), None if value == "" else value) for value in values if value != ""], problems


@settings(max_examples=400, deadline=None)
@given(field=st.sampled_from(FIELDS), column=ALIKE.flatmap(lambda known: st.lists(st.sampled_from(known), min_size=1)))
def test_a_column_is_read_like_its_values(field, column):
    values, problems = column_reader(field, PEOPLE)(column)
    expected, wrong = one_by_one(typed_reader(field, PEOPLE), column)
    assert {place: (each.code, str(each)) for place, each in problems.items()} == wrong
    assert len(values) == len(column)
    given_ones = [(type(value), value) for value in values if value is not None]
    assert given_ones == [pair for pair in expected if pair[1] is not None]


def test_every_way_of_reading_has_a_column():
    values = {field.reads: column_reader(field, PEOPLE)(["yes", None])[0] for field in FIELDS}
    assert values[fields.TEXT] == values[fields.CHOICE] == ["yes", None]


def test_what_is_wrong_names_the_value_as_it_was_sent():
    told = {
        reads: str(column_reader(Field("it", "It", reads), PEOPLE)([value])[1][0])
        for reads, value in ((fields.NUMBER, True), (fields.DATE, "1870-01-01"), (fields.MONEY, {"amount": 5}))
    }
    assert told[fields.NUMBER].startswith("“true” is not a number")
    assert told[fields.DATE] == "The year of “1870-01-01” is outside 1900 to 2100. Check the date."
    assert told[fields.MONEY].startswith('“{"amount": 5}” is not money.')
