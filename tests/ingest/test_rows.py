"""Rows of a file taken many at a time are those it gives one by one, with the numbers they have in a spreadsheet."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.ingest.reading.rows import Row, Rows
from accounts.ingest.reading.seen import Seen

TEXT = 'a,b\n\n1,2\n   \n3\n\n\n4,"5\n6",7\n,\n8,"9\n'


def opened(text, first=1):
    return Rows(csv.reader(StringIO(text, newline=""), strict=True), first)


@pytest.mark.parametrize("first", range(1, 14))
@pytest.mark.parametrize("count", [1, 2, 3, 5, 100])
def test_rows_taken_together_are_those_taken_one_by_one(first, count):
    one_by_one, rows, together = list(opened(TEXT, first)), opened(TEXT, first), []
    while block := rows.take(count):
        assert len(block) <= count
        assert [block[place] for place in range(len(block))] == list(block)
        together += block
    assert together == one_by_one
    assert all(row.number >= first for row in together)


def test_empty_rows_are_left_out_and_counted_and_one_that_never_closes_is_said():
    assert list(opened(TEXT)) == [
        Row(1, ["a", "b"]),
        Row(3, ["1", "2"]),
        Row(5, ["3"]),
        Row(8, ["4", "5\n6", "7"]),
        Row(9, ["", ""]),
        Row(10, [], "unclosed_quote"),
    ]


def test_a_file_of_empty_rows_ends():
    assert not opened("\n" * 5000).take(1000)


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=8))
def test_keys_remembered_together_are_those_remembered_one_by_one(portions):
    together, one_by_one, number = Seen(), Seen(), 0
    for keys in portions:
        numbers = range(number, number + len(keys))
        number += len(keys)
        expected = all(one_by_one.setdefault(key, at) == at for key, at in zip(keys, numbers, strict=True))
        assert together.are_new(keys, numbers) == expected
        if not expected:
            return
