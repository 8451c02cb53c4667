"""A workbook goes in like a text file: typed dates and numbers are what they are, and what cannot be read is said, cell by cell."""

import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from accounts.ingest import services
from accounts.ingest.reading import workbook
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.models import Account, AccountRevenue, Contract
from tests.ingest.books import book
from tests.ingest.files import MORNING, bring_in, check, counts, problems, upload

HEADER = ("External ID", "Name", "Annual revenue", "Currency", "Renewal date", "Seats")


def test_typed_numbers_and_dates_are_read_without_a_question(acme):
    batch = bring_in(
        book(
            HEADER,
            ("1", "Łożyska", 186000.5, "PLN", date(2027, 1, 14), 1.234),
            (2, "Two", 1234, "PLN", datetime.combine(date(2027, 4, 3), time()), ""),
        )
    )
    assert counts(batch) == (2, 0, 0, 0)
    one, two = Account.objects.order_by("external_id")
    assert (one.name, one.revenue.arr, two.external_id, two.revenue.arr) == ("Łożyska", Decimal("186000.50"), "2", 1234)
    assert list(Contract.objects.order_by("external_id").values_list("ends_on", flat=True)) == [
        date(2027, 1, 14),
        date(2027, 4, 3),
    ]


def test_the_same_workbook_again_changes_nothing(acme):
    content = book(HEADER, ("1", "One", 0.1 + 0.2, "EUR", date(2027, 1, 14), 5))
    bring_in(content)
    assert counts(bring_in(content)) == (0, 0, 1, 0)


def test_the_first_sheet_with_rows_is_taken_and_another_can_be_chosen(acme):
    def second(workbook, _sheet):
        workbook.add_worksheet("Notes").write("A1", "nothing")
        workbook.add_worksheet("Others").write_column("A1", ["external id", "x", "y"])

    batch = upload(book(HEADER, ("1",), then=second))
    assert (batch.reading["sheet"], batch.reading["sheets"]) == ("Customers", ["Customers", "Notes", "Others"])
    services.choose_reading(batch, by=None, as_of=MORNING, sheet="Others")
    assert batch.reading["header"] == ["external id"]
    assert counts(services.import_batch(batch, by=None, as_of=MORNING)) == (2, 0, 0, 0)


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(acme):
    batch = upload(book(HEADER, ("1",)))
    with pytest.raises(UnusableFile, match="Choose one of: Customers"):
        services.choose_reading(batch, by=None, as_of=MORNING, sheet="Elsewhere")


def test_formulas_give_the_value_that_was_stored_and_one_without_is_said(acme):
    def formulas(_workbook, sheet):
        sheet.write_formula("C2", "=600*2", None, 1200)
        sheet.write_formula("C3", "=600*3", None, "")
        sheet.write_formula("C4", "=1/0", None, "#DIV/0!")

    batch = bring_in(book(HEADER, ("1", "One"), ("2", "Two"), ("3", "Three"), then=formulas))
    assert counts(batch) == (1, 0, 0, 2)
    assert AccountRevenue.objects.get().arr == 1200
    assert problems(batch) == [
        (
            3,
            "Annual revenue",
            "#FORMULA!",
            "This cell holds a formula whose result is not stored. Open the workbook, save it, and upload it again.",
        ),
        (
            4,
            "Annual revenue",
            "#DIV/0!",
            "The spreadsheet shows the error #DIV/0! here. Mend the formula, or write the value.",
        ),
    ]
    assert (batch.reading["notes"]["unstored"], batch.reading["notes"]["errors"]) == (1, 1)


def test_cells_merged_downward_are_filled_and_titles_above_the_header_are_passed_over(acme):
    def merged(workbook, sheet):
        sheet.merge_range("A1:F1", "Customers of 2026", workbook.add_format({"bold": True}))
        sheet.merge_range("B4:B6", "Group")

    batch = bring_in(book((), (), HEADER, ("1",), ("2",), ("3",), then=merged))
    assert (batch.reading["header_row"], batch.reading["notes"]["filled"], batch.reading["notes"]["across"]) == (
        3,
        2,
        1,
    )
    assert set(Account.objects.values_list("name", flat=True)) == {"Group"}


def test_two_header_rows_are_known_and_rows_keep_the_numbers_of_the_sheet(acme):
    batch = bring_in(
        book(
            ("Customer", "", "Money", "", "Terms", ""),
            HEADER,
            ("1", "One", "many", "EUR"),
            (),
            ("", "Nobody", 5, "EUR"),
        )
    )
    assert batch.reading["header_row"] == 2
    assert [(row, column) for row, column, _value, _problem in problems(batch)] == [
        (3, "Annual revenue"),
        (5, "External ID"),
    ]


def test_the_header_row_can_be_chosen(acme):
    batch = upload(book(HEADER, ("external id", "name", "x", "y", "z", "q"), ("7", "Seven", "", "", "", "")))
    services.choose_reading(batch, by=None, as_of=MORNING, header_row=2)
    assert counts(services.import_batch(batch, by=None, as_of=MORNING)) == (1, 0, 0, 0)


def test_a_sheet_that_begins_elsewhere_than_in_its_corner_is_read(acme):
    def below(_workbook, sheet):
        sheet.write_row("C5", HEADER)
        sheet.write_row("C6", ("1", "One", 1200, "EUR"))

    batch = check(book(then=below))
    assert (counts(batch), batch.reading["header_row"], batch.row_count) == ((1, 0, 0, 0), 5, 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (book(), "empty"),
        (book(HEADER), "has a header and no rows"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "without a password"),
        (b"PK\x03\x04 not a zip at all", "no workbook that can be opened"),
        (book(HEADER, ("1",))[:-400], "no workbook that can be opened"),
    ],
)
def test_what_is_no_workbook_with_a_table_is_refused_with_a_sentence(acme, content, sentence):
    with pytest.raises(UnusableFile, match=sentence):
        upload(content, name="customers.xlsx")


def packed(parts):
    """A zip of these parts beside those of a workbook."""
    file = io.BytesIO(book(HEADER, ("1",)))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return file.getvalue()


def test_a_workbook_that_unpacks_to_much_more_is_refused_before_it_is_unpacked(acme):
    with pytest.raises(UnusableFile, match="too large"):
        upload(packed([("xl/bomb.bin", b"\0" * (64 << 20))]))


def test_a_workbook_with_a_cell_at_the_far_corner_does_not_take_the_memory(acme):
    far = book(HEADER, ("1",), then=lambda _book, sheet: sheet.write("XFD1048576", "far"))
    with pytest.raises(UnusableFile, match="too large"):
        upload(far)


def test_a_workbook_whose_parts_are_broken_is_refused(acme):
    content = bytearray(book(HEADER, *[(str(n), f"Account {n}") for n in range(200)]))
    place = content.find(b"xl/worksheets/sheet1.xml") + 200
    content[place : place + 40] = b"\xff" * 40
    with pytest.raises(UnusableFile, match="damaged"):
        upload(bytes(content))


def test_an_outside_entity_is_not_fetched(acme, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    source = io.BytesIO(book(HEADER, ("1", "One")))
    out = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/sharedStrings.xml":
                head, _sep, rest = content.partition(b"?>")
                content = (
                    head
                    + b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file://'
                    + str(secret).encode()
                    + b'">]>'
                    + rest.replace(b"One", b"&e;")
                )
            new.writestr(part, content)
    try:
        batch = check(out.getvalue())
    except UnusableFile:
        return
    assert "secret words" not in str(batch.reading)


def test_the_rows_to_fix_come_back_as_text_that_spreadsheets_open(acme):
    batch = check(book(HEADER, ("1", "", "many", "EUR"), then=lambda _book, sheet: sheet.write_string("B2", "=cmd()")))
    lines = b"".join(services.rejected_file(batch)).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("External ID,Name,")
    assert lines[1].startswith("1,'=cmd()")


def test_only_the_first_bytes_and_the_parts_make_a_workbook():
    assert workbook.is_workbook(io.BytesIO(book(HEADER)))
    assert not workbook.is_workbook(io.BytesIO(b"id,name\n1,2\n"))
