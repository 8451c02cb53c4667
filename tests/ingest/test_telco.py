"""A real customer file of 7,043 rows goes in whole, with the mapping that comes with the product."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts import invariants
from accounts.ingest import services
from accounts.ingest.services import matching
from accounts.models import Account, AccountRevenue, Contract, Renewal, RevenueMovement
from tests.ingest.files import MORNING, counts, upload


@pytest.fixture
def telco(checkout):
    return (checkout / "tests/data/telco_churn.csv").read_bytes()


def charged_a_year(content):
    rows = csv.DictReader(content.decode().splitlines())
    return sum(Decimal(row["monthly_charges"]) * 12 for row in rows if row["churn"] == "No")


def mapped(content):
    batch = upload(content, name="telco_churn.csv")
    columns = matching.fitting(services.mapping_named("accounts", "Telecom customers"), batch.reading["header"])
    return services.match_columns(batch, columns=columns, by=None, as_of=MORNING)


def test_it_goes_in_whole_and_a_second_time_changes_nothing(acme, telco):
    checked = services.check_batch(mapped(telco), by=None, as_of=MORNING)
    assert counts(checked) == (7043, 0, 0, 0)
    assert not Account.objects.exists()

    assert counts(services.import_batch(checked, by=None, as_of=MORNING)) == (7043, 0, 0, 0)
    moved = RevenueMovement.objects.count()
    assert Counter(Account.objects.values_list("status", flat=True)) == {"active": 5174, "churned": 1869}
    assert (
        RevenueMovement.objects.aggregate(total=Sum("amount"))["total"]
        == AccountRevenue.objects.aggregate(total=Sum("arr"))["total"]
    )
    assert AccountRevenue.objects.aggregate(total=Sum("arr"))["total"] == charged_a_year(telco)
    assert moved == 7043 + 1869
    assert [problem for invariant in invariants.INVARIANTS for problem in invariant.violations()] == []

    assert counts(services.import_batch(mapped(telco), by=None, as_of=MORNING)) == (0, 0, 7043, 0)
    assert RevenueMovement.objects.count() == moved


def test_one_customer_reads_as_the_file_says(acme, telco):
    header, *rows = telco.decode().splitlines()
    services.import_batch(mapped("\n".join([header, *rows[:3]]).encode()), by=None, as_of=MORNING)
    account = Account.objects.get(external_id="2")
    assert (account.name, account.status, account.customer_since_on) == ("Customer 2", "active", date(2024, 1, 21))
    assert account.attributes["senior_citizen"] is False
    assert account.attributes["internet_service"] == "DSL"
    assert account.attributes["total_charges"] == 1889.5
    contract = Contract.objects.get(account=account)
    assert (contract.term_months, contract.starts_on, contract.ends_on) == (12, date(2024, 1, 21), date(2027, 1, 21))
    assert account.revenue.arr == Decimal("683.40")
    assert account.revenue.next_renewal_on == date(2027, 1, 21)
    assert Renewal.objects.get(contract=contract).arr_due == Decimal("683.40")
    gone = Account.objects.get(external_id="3")
    assert (gone.status, gone.churned_on, gone.revenue.arr) == ("churned", date(2026, 11, 21), 0)
    assert list(gone.movements.order_by("occurred_on").values_list("kind", flat=True)) == ["new", "churn"]
