"""The import by pages, as a person without JavaScript does it, and what others may not do."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.ingest import tasks
from accounts.ingest.kinds import KINDS
from accounts.ingest.models import ImportBatch, ImportMapping
from accounts.models import Account
from tests import cast
from tests.ingest.files import upload

POLISH = "NIP;Nazwa;Wartość roczna;Odnowienie;Opiekun;Uwagi\n1;Fabryka Łożysk;186 000,00 zł;14.01.2027;ada@acme.example;VIP\n2;Wisła;12,50;31.02.2027;;=cmd()\n"


@pytest.fixture
def ada(acme, client):
    user = cast.ada()
    client.force_login(user)
    return user


def send(client, text, kind="accounts", name="klienci.csv", encoding="cp1250"):
    file = SimpleUploadedFile(name, text.encode(encoding) if isinstance(text, str) else text)
    return client.post(reverse("imports"), {"kind": kind, "file": file})


def work(batch):
    """What the worker does."""
    tasks.follow_order(batch_id=str(batch.pk))
    batch.refresh_from_db()


def test_from_the_upload_to_the_result(ada, client):
    answer = send(client, POLISH)
    batch = ImportBatch.objects.get()
    assert answer["Location"] == reverse("import_match", args=[batch.pk])
    page = client.get(answer["Location"]).content.decode()
    assert "Fabryka Łożysk" in page
    assert "PLN" in page
    assert "186,000.00" in page

    columns = {
        f"column_{index}": choice
        for index, choice in enumerate(
            ["external_id", "name", "annual_revenue", "renewal_on", "owner", "attributes.|text"]
        )
    }
    answer = client.post(answer["Location"], {**columns, "mapping_name": "Klienci"})
    assert answer["Location"] == reverse("import_batch", args=[batch.pk])
    assert "hx-get" in client.get(answer["Location"]).content.decode()
    assert ImportMapping.objects.get().name == "Klienci"

    work(batch)
    assert (batch.state, batch.added_count, batch.rejected_count) == ("checked", 1, 1)
    assert not Account.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "There is no 31 February 2027" in page
    assert "Import 1 row" in page

    client.post(reverse("import_start", args=[batch.pk]))
    assert client.get(reverse("import_progress", args=[batch.pk])).status_code == 200
    batch.refresh_from_db()
    work(batch)
    assert client.get(reverse("import_progress", args=[batch.pk]))["HX-Redirect"] == answer["Location"]
    assert "1 row is in" in client.get(answer["Location"]).content.decode()
    account = Account.objects.get()
    assert (account.name, account.owner, account.attributes) == ("Fabryka Łożysk", ada, {"uwagi": "VIP"})
    assert (account.revenue.arr, account.revenue.currency) == (186_000, "PLN")


def test_a_sample_of_each_kind_can_be_taken_along(ada, client):
    page = client.get(reverse("imports")).content.decode()
    for kind in KINDS:
        address = reverse("import_sample", args=[kind])
        assert f'href="{address}"' in page
        answer = client.get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="{kind}.csv"'
        send(client, answer.content, kind=kind, name=f"{kind}.csv")
        batch = ImportBatch.objects.latest("created_at")
        assert client.get(reverse("import_match", args=[batch.pk])).status_code == 200
    assert client.get(reverse("import_sample", args=["cases"])).status_code == 404


def test_problems_are_written_in_the_language_of_the_page_they_were_asked_for_on(ada, client):
    """Ada has chosen no language: her browser asks for Persian, and the worker has no browser."""
    send(client, "external id,name,customer since\n1,One,31.02.2026\n", encoding="utf-8")
    batch = ImportBatch.objects.get()
    columns = {f"column_{index}": name for index, name in enumerate(("external_id", "name", "customer_since_on"))}
    client.post(reverse("import_match", args=[batch.pk]), columns, headers={"accept-language": "fa"})
    batch.refresh_from_db()
    work(batch)
    problem = batch.rejected_rows.get().problem
    assert "There is no" not in problem
    assert "۳۱" in problem or "31" in problem


def test_a_file_that_changes_nothing_says_so(ada, client):
    for _twice in range(2):
        send(client, POLISH)
        batch = ImportBatch.objects.order_by("-created_at", "-id").first()
        columns = {"column_0": "external_id", "column_1": "name"}
        client.post(reverse("import_match", args=[batch.pk]), columns)
        work(batch)
        client.post(reverse("import_start", args=[batch.pk]))
        batch.refresh_from_db()
        work(batch)
    assert (batch.state, batch.added_count, batch.updated_count) == ("imported", 0, 0)
    page = client.get(reverse("import_batch", args=[batch.pk])).content.decode()
    assert "Nothing changed: these rows were in already" in page
    assert "rows are in" not in page


def test_rejected_rows_come_back_as_a_file_in_their_encoding_with_formulas_defused(ada, client):
    send(client, POLISH)
    batch = ImportBatch.objects.get()
    client.post(reverse("import_match", args=[batch.pk]), {"column_0": "external_id", "column_3": "renewal_on"})
    batch.refresh_from_db()
    work(batch)
    answer = client.get(reverse("import_rejected", args=[batch.pk]))
    assert "attachment" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    header, row = b"".join(answer).decode("cp1250").splitlines()
    assert header == "NIP;Nazwa;Wartość roczna;Odnowienie;Opiekun;Uwagi;Row;Column;Problem and how to fix it"
    assert row == "2;Wisła;12,50;31.02.2027;;'=cmd();3;Odnowienie;There is no 31 February 2027. Use a real date."


def test_a_file_that_is_no_table_is_refused_on_the_page(ada, client):
    answer = send(client, b"PK\x03\x04zip")
    assert answer.status_code == 422
    assert "no workbook that can be opened" in answer.content.decode()
    answer = send(client, b"")
    assert answer.status_code == 422
    assert "The file is empty" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_missing_columns_are_said_on_the_match_page(ada, client):
    send(client, POLISH)
    batch = ImportBatch.objects.get()
    answer = client.post(reverse("import_match", args=[batch.pk]), {"column_0": "name"})
    assert answer.status_code == 422
    assert "No column goes to “External ID”" in answer.content.decode()
    answer = client.post(reverse("import_match", args=[batch.pk]), {"column_0": "nonsense"})
    assert answer.status_code == 422


def test_the_reading_can_be_changed(ada, client):
    send(client, POLISH)
    batch = ImportBatch.objects.get()
    choices = {
        "encoding": "cp1250",
        "delimiter": ";",
        "decimal": ",",
        "date_order": "day_first",
        "currency": "PLN",
        "reference_on": "2026-11-01",
    }
    assert client.post(reverse("import_reading", args=[batch.pk]), choices).status_code == 302
    batch.refresh_from_db()
    assert (batch.reading["decimal"], batch.reading["currency"], batch.reading["reference_on"]) == (
        ",",
        "PLN",
        "2026-11-01",
    )
    wrong = client.post(reverse("import_reading", args=[batch.pk]), {**choices, "currency": "12"})
    assert wrong.status_code == 422
    other = client.post(reverse("import_reading", args=[batch.pk]), {**choices, "delimiter": ","})
    assert other.status_code in (302, 422)


@pytest.mark.parametrize(
    "header",
    [
        "ID klienta;Nazwa klienta;Przychód roczny;Waluta;Data odnowienia",
        "Номер клиента;Наименование;Выручка за год;Валюта;Дата продления",
        "شناسه مشتری;نام مشتری;درآمد سالانه;ارز;تاریخ تمدید",
    ],
)
def test_columns_are_found_by_what_people_call_them_elsewhere(ada, client, header):
    answer = send(client, f"{header}\n1;Fabryka;1.234,50;PLN;14.01.2027\n", encoding="utf-8")
    assert "5 of 5 matched" in client.get(answer["Location"]).content.decode()


def test_words_of_a_status_column_get_meanings(ada, client):
    send(client, "id,state\n1,kaputt\n2,gut\n", encoding="utf-8")
    batch = ImportBatch.objects.get()
    assert 'name="meaning_1_0"' in client.get(reverse("import_match", args=[batch.pk])).content.decode()
    client.post(
        reverse("import_match", args=[batch.pk]),
        {"column_0": "external_id", "column_1": "status", "meaning_1_0": "churned", "meaning_1_1": "active"},
    )
    batch.refresh_from_db()
    work(batch)
    assert (batch.added_count, batch.rejected_count) == (2, 0)


def test_words_of_any_column_get_the_meanings_of_their_own_field(ada, client):
    send(
        client,
        "id,customer,opened,status\n1,a,2026-11-01,solved\n2,a,2026-11-02,kaputt\n",
        kind="tickets",
        encoding="utf-8",
    )
    page = client.get(reverse("import_match", args=[ImportBatch.objects.get().pk])).content.decode()
    known, unknown = (page.split(f'name="meaning_3_{number}"')[1].split("</select>")[0] for number in (0, 1))
    assert '<option value="resolved" selected>Resolved</option>' in known, "the word is known"
    assert "selected" not in unknown
    assert "Waiting for the customer" in unknown
    assert "churned" not in unknown


def test_the_mapping_that_comes_with_the_product_can_be_chosen(ada, client, checkout):
    send(client, (checkout / "tests/data/telco_churn.csv").read_bytes(), name="telco_churn.csv")
    batch = ImportBatch.objects.get()
    assert client.post(reverse("import_mapping", args=[batch.pk]), {"mapping": "Telecom customers"}).status_code == 302
    batch.refresh_from_db()
    assert {column["field"] for column in batch.columns} >= {
        "customer_since_on",
        "attributes.tenure_months",
        "currency",
        "name",
    }
    page = client.get(reverse("import_match", args=[batch.pk])).content.decode()
    assert page.count('<option value="customer_since_on|months_before" selected>') == 1
    assert client.post(reverse("import_mapping", args=[batch.pk]), {"mapping": "none"}).status_code == 422


def test_what_is_being_worked_on_or_done_is_not_ordered_again(ada, client):
    send(client, "id,name\n1,One\n", encoding="utf-8")
    batch = ImportBatch.objects.get()
    columns = {"column_0": "external_id", "column_1": "name"}
    client.post(reverse("import_match", args=[batch.pk]), columns)
    assert client.post(reverse("import_match", args=[batch.pk]), columns).status_code == 422
    batch.refresh_from_db()
    work(batch)
    for _ in range(2):
        client.post(reverse("import_start", args=[batch.pk]))
        batch.refresh_from_db()
        work(batch)
    assert Account.objects.count() == 1
    assert batch.state == "imported"
    assert client.get(reverse("import_match", args=[batch.pk])).status_code == 302


@pytest.mark.parametrize("name", ["imports", "import_batch", "import_match", "import_rejected"])
def test_finance_and_strangers_have_no_business_here(acme, client, name):
    arguments = [] if name == "imports" else [upload("id\n1\n").pk]
    assert client.get(reverse(name, args=arguments)).status_code == 302
    client.force_login(cast.finn())
    assert client.get(reverse(name, args=arguments)).status_code == 403


def test_another_tenant_s_files_are_not_found(ada, client, inside):
    with inside("globex"):
        theirs = upload("id,name\n1,Secret of Globex\n")
        assert theirs.stored_as.startswith("globex/imports/")
    for name in ("import_batch", "import_match", "import_rejected", "import_progress"):
        assert client.get(reverse(name, args=[theirs.pk])).status_code == 404
    assert client.post(reverse("import_start", args=[theirs.pk])).status_code == 404


def test_the_match_page_costs_the_same_for_many_columns(ada, client, count_queries):
    def cost(width):
        text = ",".join(["id", *(f"c{n}" for n in range(width))]) + "\n" + ",".join(["1"] * (width + 1)) + "\n"
        batch = upload(text)
        return count_queries(lambda: client.get(reverse("import_match", args=[batch.pk])))

    cost(1)
    assert cost(60) == cost(2)


def imported(client, text="external id,name\n1,One\n2,Two\n"):
    """A batch that is in, and its address."""
    send(client, text, name="file.csv", encoding="utf-8")
    batch = ImportBatch.objects.get()
    client.post(reverse("import_start", args=[batch.pk]))
    work(batch)
    return batch, reverse("import_batch", args=[batch.pk])


def test_an_import_is_undone_once_its_four_words_are_typed(ada, client):
    batch, address = imported(client)
    assert "Undo this import" in client.get(address).content.decode()
    answer = client.post(reverse("import_undo", args=[batch.pk]), {"words": "undo it"}, follow=True)
    assert "Nothing was undone" in answer.content.decode()
    Account.objects.filter(external_id="2").update(segment="Mine")
    answer = client.post(reverse("import_undo", args=[batch.pk]), {"words": " Undo this whole import "})
    assert answer["Location"] == address
    work(batch)
    page = client.get(address).content.decode()
    assert "This import was undone" in page
    assert "left alone: changed since" in page
    assert "<bdi>Two</bdi>" in page, "a record is called what people call it"
    assert list(Account.objects.values_list("external_id", flat=True)) == ["2"]
    assert "Undo the import" not in page


def test_what_stays_for_its_history_is_told_by_its_count_alone(ada, client):
    batch, address = imported(client, "external id,name,annual revenue,currency\n1,One,100,EUR\n2,Two,200,EUR\n")
    client.post(reverse("import_undo", args=[batch.pk]), {"words": "undo this whole import"})
    work(batch)
    page = client.get(address).content.decode()
    assert "kept, but inactive: its history cannot be removed" in page
    assert "Rows that were left alone" not in page


def test_an_import_is_undone_over_the_api(ada, client):
    batch, _address = imported(client)
    answer = client.post(reverse("api:imports-undo", args=[batch.pk]), "{}", content_type="application/json")
    assert answer.status_code == 201
    work(batch)
    assert client.get(reverse("api:imports-detail", args=[batch.pk])).json()["state"] == "undone"
    answer = client.post(reverse("api:imports-undo", args=[batch.pk]), "{}", content_type="application/json")
    assert answer.status_code in (409, 422)
    assert "undone already" in answer.content.decode()


def test_a_column_that_can_be_read_two_ways_is_asked_about_and_the_answer_is_kept(ada, client):
    send(client, "external id;annual revenue;customer since\n1;1,234;03/04/2026\n", name="file.csv", encoding="utf-8")
    batch = ImportBatch.objects.get()
    address = reverse("import_match", args=[batch.pk])
    page = client.get(address).content.decode()
    assert "could be two numbers" in page
    assert "could be two dates" in page
    chosen = {
        "column_0": "external_id",
        "column_1": "annual_revenue",
        "column_2": "customer_since_on",
        "decimal_1": ",",
        "order_2": "month_first",
    }
    client.post(address, {**chosen, "again": "1"})
    page = client.get(address).content.decode()
    assert "1.23" in page
    assert "4 Mar 2026" in page
    client.post(address, chosen)
    work(batch)
    assert (batch.state, batch.added_count) == ("checked", 1)


def test_a_saved_mapping_is_taken_by_itself_when_all_its_columns_are_there(ada, client):
    send(client, "Kunde;Firma\n1;One\n", name="file.csv", encoding="utf-8")
    first = ImportBatch.objects.get()
    client.post(
        reverse("import_match", args=[first.pk]),
        {"column_0": "external_id", "column_1": "name", "mapping_name": "Kunden"},
    )
    answer = send(client, "firma;KUNDE;Ort\nTwo;2;X\n", name="again.csv", encoding="utf-8")
    second = ImportBatch.objects.exclude(pk=first.pk).get()
    assert "Matched by your saved mapping “Kunden”" in client.get(answer["Location"]).content.decode()
    assert {column["field"]: column["name"] for column in second.columns} == {"external_id": "KUNDE", "name": "firma"}
