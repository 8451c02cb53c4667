"""The import in a real browser: every step has its page, and axe has nothing against any of them."""

import os
from datetime import date
from pathlib import Path

from accounts.ingest import tasks
from accounts.ingest.models import ImportBatch
from accounts.models import Account
from tests import cast
from tests.ingest.books import book

FILE = (
    "NIP;Nazwa;Wartość roczna;Odnowienie;Opiekun;Uwagi\n"
    "1;Fabryka Łożysk Wisła;186 000,00 zł;14.01.2027;ada@acme.example;VIP, dzwonić po 10\n"
    "2;Huta;12 500,00 zł;31.02.2027;;\n"
    "3;Młyn;9 000,50 zł;01.03.2027;jonas;\n"
    "4;Tartak;4 800,00 zł;01.06.2027;;\n"
)


def picture(page, name):
    """A screenshot for whoever asks for some by SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def work():
    tasks.follow_order(batch_id=str(ImportBatch.objects.get().pk))


def test_a_file_goes_from_the_upload_to_the_accounts(page, axe):
    cast.ada()
    page.goto("/import/")
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/import/")
    axe(page)
    picture(page, "1-upload")
    page.set_input_files(
        "input[type=file]", {"name": "klienci_2026.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp1250")}
    )
    page.get_by_role("button", name="Upload and match columns").click()

    page.wait_for_url("**/columns/")
    assert page.get_by_text("PLN").count() == 1
    page.get_by_label("Uwagi goes to").select_option(label="Further field (text)")
    axe(page)
    picture(page, "2-match")
    page.get_by_role("button", name="Check the rows").click()

    page.wait_for_selector("#import-progress")
    axe(page)
    picture(page, "3-progress")
    work()
    page.wait_for_selector("text=2 of 4 rows need a fix")
    assert page.get_by_text("There is no 31 February 2027. Use a real date.").is_visible()
    axe(page)
    picture(page, "4-check")
    page.get_by_role("button", name="Import 2 rows").click()
    page.wait_for_selector("#import-progress")
    work()
    page.wait_for_selector("text=2 rows are in")
    axe(page)
    picture(page, "5-result")
    assert Account.objects.count() == 2
    _undo(page, axe)


def _undo(page, axe):
    page.get_by_text("Undo this import").click()
    page.get_by_label("To undo it, type").fill("undo this whole import")
    axe(page)
    picture(page, "6-undo")
    page.keyboard.press("Enter")
    page.wait_for_selector("#import-progress")
    work()
    page.wait_for_selector("text=This import was undone")
    axe(page)
    picture(page, "7-undone")
    assert set(Account.objects.values_list("status", flat=True)) == {"prospect"}


def test_a_workbook_is_matched_by_keyboard_and_read_as_chosen(page, axe):
    cast.ada()
    page.goto("/import/")
    page.get_by_label("Email").fill("ada@acme.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/import/")

    def more(workbook, sheet):
        sheet.merge_range("A1:D1", "Customers of 2026")
        sheet.write_string("C3", "1,234")
        sheet.write_formula("C4", "=C3*2", None, "")
        workbook.add_worksheet("Notes").write("A1", "nothing")

    content = book(
        (),
        ("External ID", "Name", "Annual revenue", "Renewal date"),
        ("1", "One", "", date(2027, 1, 14)),
        ("2", "Two"),
        then=more,
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files("input[type=file]", {"name": "customers.xlsx", "mimeType": kind, "buffer": content})
    page.get_by_role("button", name="Upload and match columns").press("Enter")
    page.wait_for_url("**/columns/")
    assert page.get_by_text("sheet Customers · names of the columns in row 2").is_visible()
    assert page.get_by_text("Formulas whose result is not stored: 1").is_visible()
    assert page.get_by_text("“1,234” could be two numbers").is_visible()
    axe(page)
    picture(page, "8-workbook")
    page.get_by_label("How Annual revenue is read").select_option(label="Point (1,234.50)")
    page.get_by_role("button", name="Show how it reads now").press("Enter")
    page.wait_for_selector("text=1,234.00")
    page.get_by_text("How the file is read").click()
    assert page.get_by_label("Sheet").locator("option").all_inner_texts() == ["Customers", "Notes"]
    axe(page)
    page.set_viewport_size({"width": 390, "height": 844})
    picture(page, "9-workbook-phone")
    page.emulate_media(color_scheme="dark")
    picture(page, "10-workbook-phone-dark")
    axe(page)
