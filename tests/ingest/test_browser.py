"""The import in a real browser: every step has its page, and axe has nothing against any of them."""

import os
from pathlib import Path

from accounts.ingest import tasks
from accounts.ingest.models import ImportBatch
from accounts.models import Account
from tests import cast

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
