"""Rows from programs: judged like files, answered one by one, in their order."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.ingest.bulk import MOST_ROWS, TooManyRows, take_rows
from accounts.models import (
    Account,
    AccountRevenue,
    ChangedAccount,
    Contact,
    Contract,
    Interaction,
    MetricDefinition,
    Order,
    Renewal,
    RevenueMovement,
    UsageDaily,
)
from cshub.audit.models import AuditEvent
from tests import cast
from tests.accounts import make
from tests.ingest.files import MORNING

NOTE = {"channel": "note", "direction": "internal", "mode": "proactive", "occurred_at": "2026-11-01T10:00:00Z"}
ROWS = {
    "accounts": [{"external_id": "n-1", "name": "Northwind", "annual_revenue": {"amount": "1200.00", "currency": "EUR"}}, {"external_id": "n-2", "attributes": {"seats": 4}}],
    "contacts": [{"external_id": "c-1", "account": "a", "name": "Nora", "role": "champion"}],
    "contracts": [{"external_id": "k-1", "account": "a", "starts_on": "2026-01-01", "term_months": 12, "arr": "1200.50", "currency": "EUR", "auto_renews": True}],
    "orders": [
        {"external_id": "o-1", "account": "a", "ordered_on": "2026-01-05", "product": "P", "quantity": 2, "unit_price": "2.50"},
        {"external_id": "o-1", "account": "a", "ordered_on": "2026-01-05", "product": "Q", "amount": "7"},
    ],
    "invoices": [{"external_id": "i-1", "account": "a", "issued_on": "2026-01-05", "amount": "9.90", "paid_on": "2026-01-09"}],
    "usage": [{"account": "a", "metric": "logins", "day": "2026-11-01", "value": 5}],
    "surveys": [{"external_id": "s-1", "account": "a", "kind": "nps", "score": 9, "occurred_at": "2026-11-01T10:00:00+02:00"}],
    "tickets": [{"external_id": "t-1", "account": "a", "opened_at": "2026-11-01T10:00:00Z", "priority": "high"}],
    "interactions": [{"external_id": "m-1", "account": "a", "subject": "Hello", **NOTE}],
}  # fmt: skip


@pytest.fixture
def account(acme):
    return make.account(external_id="a", name="Northwind")


def take(kind, rows, **options):
    return take_rows(kind, rows, **{"by": None, "as_of": MORNING, **options})


def statuses(results):
    return [result.status for result in results]


@pytest.mark.parametrize("kind", ROWS)
def test_the_same_rows_again_change_nothing(account, kind):
    rows = ROWS[kind]
    assert statuses(take(kind, rows, is_dry=True)) == ["added"] * len(rows)
    results = take(kind, rows)
    assert [(each.status, each.errors) for each in results] == [("added", ())] * len(rows)
    assert statuses(take(kind, rows, as_of=MORNING + timedelta(days=3))) == ["unchanged"] * len(rows)
    assert ChangedAccount.objects.exists()
    assert AuditEvent.objects.filter(verb="rows.taken").count() == 1


def test_a_dry_run_writes_nothing(account):
    for kind, rows in ROWS.items():
        take(kind, rows, is_dry=True)
    assert (Account.objects.count(), Contact.objects.count(), Order.objects.count()) == (1, 0, 0)
    assert not AuditEvent.objects.filter(verb="rows.taken").exists()


def test_results_stand_in_the_order_of_the_rows(account):
    take("accounts", [{"external_id": "old", "name": "Old"}, {"external_id": "same", "name": "Same"}])
    results = take(
        "accounts",
        [
            {"external_id": "new", "name": "New"},
            {"name": "Nobody"},
            {"external_id": "same", "name": "Same"},
            {"external_id": "old", "name": "Renamed"},
            {"external_id": "new", "name": "Twice"},
            "not a row",
            {
                "external_id": "odd",
                "colour": "red",
                "status": 5,
                "customer_since_on": "31.12.2026",
                "annual_revenue": 5.5,
            },
            {"external_id": "usd", "annual_revenue": {"amount": "5.00", "currency": "XQZ"}},
        ],
    )
    assert [(each.index, each.status, each.external_id) for each in results] == [
        (0, "added", "new"),
        (1, "rejected", None),
        (2, "unchanged", "same"),
        (3, "updated", "old"),
        (4, "rejected", "new"),
        (5, "rejected", None),
        (6, "rejected", "odd"),
        (7, "rejected", "usd"),
    ]
    assert [error["code"] for each in results for error in each.errors] == [
        *("missing_value", "duplicate_key", "not_an_object"),
        *("unknown_field", "not_a_text", "not_a_date", "not_money", "unknown_currency"),
    ]
    assert {error["field"] for error in results[6].errors} == {
        "colour",
        "status",
        "customer_since_on",
        "annual_revenue",
    }
    assert results[4].errors[0]["detail"] == "Same key as the row at index 0. Keep one of the two rows."
    assert set(Account.objects.values_list("external_id", "name")) == {
        ("a", "Northwind"), ("old", "Renamed"), ("same", "Same"), ("new", "New"),
    }  # fmt: skip


def test_revenue_of_rows_is_booked_and_falls_due(account):
    take("contracts", ROWS["contracts"])
    contract = Contract.objects.get()
    assert (
        AccountRevenue.objects.get(account=account).arr
        == RevenueMovement.objects.get().amount
        == contract.lines.get().arr
    )
    assert Renewal.objects.get().due_on == contract.ends_on


def test_an_interaction_sent_twice_is_written_once_and_never_changed(account):
    rows = [{"external_id": f"m-{n}", "account": "a", "subject": f"Hello {n}", **NOTE} for n in range(3)]
    take("interactions", rows[:2])
    rows[1]["subject"] = "Goodbye"
    results = take("interactions", rows)
    assert statuses(results) == ["unchanged", "rejected", "added"]
    assert results[1].errors[0]["code"] == "never_changed"
    assert Interaction.objects.get(external_id="m-1").subject == "Hello 1"


def test_null_leaves_what_is_there_and_in_further_fields_deletes(account):
    take(
        "accounts", [{"external_id": "x", "name": "X", "segment": "Large", "attributes": {"seats": 4, "plan": "Gold"}}]
    )
    take("accounts", [{"external_id": "x", "segment": None, "attributes": {"seats": None}}])
    made = Account.objects.get(external_id="x")
    assert (made.segment, made.attributes) == ("Large", {"plan": "Gold"})


def test_more_than_five_thousand_rows_are_refused(account):
    with pytest.raises(TooManyRows, match="These are 5001 rows, and 5000 fit"):
        take("accounts", [{"external_id": str(n)} for n in range(MOST_ROWS + 1)])


@pytest.mark.parametrize("kind", ["accounts", "usage", "tickets"])
def test_the_cost_in_statements_does_not_grow_with_rows(account, count_queries, kind):
    def rows(count, start):
        for n in range(start, start + count):
            if kind == "accounts":
                yield {"external_id": f"r-{n}", "annual_revenue": "12.00"}
            elif kind == "usage":
                yield {
                    "account": "a",
                    "metric": f"metric-{n % 50}",
                    "day": (MORNING.date() - timedelta(days=n // 50)).isoformat(),
                    "value": n,
                }
            else:
                yield {"external_id": f"t-{n}", "account": "a", "opened_at": "2026-11-01T10:00:00Z"}

    take("accounts", [{"external_id": "first"}])  # the audit trail begins
    few = count_queries(lambda: take(kind, list(rows(1000, 0))))
    many = count_queries(lambda: take(kind, list(rows(MOST_ROWS, 10_000))))
    assert many == few


def test_one_tenant_never_changes_rows_of_another(account, inside):
    take("tickets", ROWS["tickets"])
    with inside("globex"):
        (result,) = take("tickets", ROWS["tickets"])
        assert (result.status, result.errors[0]["code"]) == ("rejected", "unknown_account")
        make.account(external_id="a")
        assert statuses(take("tickets", ROWS["tickets"])) == ["added"]


def test_a_colleague_of_another_tenant_is_nobody(account, inside):
    with inside("globex"):
        cast.mallory()
    (result,) = take("accounts", [{"external_id": "a", "owner": "mallory@globex.example"}])
    assert result.errors[0]["detail"].startswith("No active user has the e-mail “mallory@globex.example”.")


days = st.dates(min_value=MORNING.date() - timedelta(days=900), max_value=MORNING.date()).map(str)
amounts = st.decimals(min_value=0, max_value=10_000, places=2).map(str)
accounts = st.fixed_dictionaries(
    {"external_id": st.sampled_from("abcdefgh")},
    optional={
        "name": st.sampled_from(["One", "Zwei", "Trzy ł", ""]),
        "status": st.sampled_from(["active", "churned", "prospect", "gone"]),
        "segment": st.sampled_from(["Large", "Small", 5]),
        "customer_since_on": days,
        "churned_on": days,
        "annual_revenue": st.fixed_dictionaries(
            {"amount": amounts, "currency": st.sampled_from(["EUR", "USD", "XQZ"])}
        ),
        "contract_term_months": st.integers(0, 36),
        "attributes": st.dictionaries(
            st.sampled_from(["seats", "plan"]), st.one_of(st.integers(0, 9), st.booleans(), st.none())
        ),
    },
)


def told():
    kept = (
        "external_id",
        "name",
        "status",
        "segment",
        "customer_since_on",
        "churned_on",
        "attributes",
        "revenue__arr",
        "revenue__currency",
    )
    lines = Contract.objects.order_by("external_id").values_list(
        "external_id", "starts_on", "ends_on", "currency", "status", "lines__arr"
    )
    moved = RevenueMovement.objects.order_by("account__external_id", "occurred_on", "amount").values_list(
        "account__external_id", "occurred_on", "kind", "amount"
    )
    return list(Account.objects.order_by("external_id").values_list(*kept)), list(lines), list(moved)


@settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    earlier=st.lists(accounts, max_size=4, unique_by=lambda row: row["external_id"]),
    rows=st.lists(accounts, max_size=8, unique_by=lambda row: row["external_id"]),
)
def test_many_rows_say_the_same_as_one_by_one(acme, earlier, rows):
    def after(turns):
        try:
            with transaction.atomic():
                make.contract(
                    make.account(external_id="kept", name="Kept"), external_id="kept"
                )  # rows without a currency are in this one
                take("accounts", earlier)
                results = [(each.status, each.errors) for turn in turns for each in take("accounts", turn)]
                raise Undone(results, told())
        except Undone as undone:
            return undone.args

    together = after([rows])
    alone = after([[row] for row in rows])
    assert together == alone


class Undone(Exception):
    pass


def point(value, at=None, **fields):
    return {
        "account": "a",
        "metric": "seats",
        "value": value,
        **({"measured_at": at} if at else {"day": "2026-11-01"}),
        **fields,
    }


@pytest.mark.parametrize(("aggregation", "first", "then"), [("sum", 9, 15), ("max", 5, 6), ("last", 1, 1)])
def test_measurements_of_a_day_are_put_together_as_declared_in_any_order(account, aggregation, first, then):
    make.metric("seats", aggregation=aggregation, unit="seat")
    rows = [point(3, "2026-11-01T08:00:00Z"), point(5, "2026-11-01T10:00:00Z"), point(1, "2026-11-02T00:30:00+01:00")]
    assert statuses(take("usage", rows)) == ["added"] * 3
    assert UsageDaily.objects.get().value == first
    assert statuses(take("usage", [*rows, point(6, "2026-11-01T09:00:00Z")])) == ["unchanged"] * 3 + ["added"]
    assert UsageDaily.objects.get().value == then
    assert statuses(take("usage", [point(2, "2026-11-01T08:00:00Z")])) == ["updated"]


@pytest.mark.parametrize(("aggregation", "value"), [("sum", 9), ("max", 5), ("last", 1)])
def test_values_of_one_day_in_one_request_are_put_together(account, aggregation, value):
    make.metric("seats", aggregation=aggregation)
    rows = [point(3), point(5), point(1)]
    assert statuses(take("usage", rows)) == ["added"] * 3
    assert statuses(take("usage", rows)) == ["unchanged"] * 3
    assert UsageDaily.objects.get().value == value


def test_a_measurement_is_in_the_unit_and_adds_up_as_declared(account):
    take("usage", [point(3, unit="seat", aggregation="max")])
    assert (MetricDefinition.objects.get().unit, MetricDefinition.objects.get().aggregation) == ("seat", "max")
    results = take("usage", [point(3, unit="hour"), point(4, aggregation="sum"), point(3, unit="seat")])
    assert [error["detail"] for each in results for error in each.errors] == [
        "“seats” is declared in “seat”, and this row is in “hour”. Convert the value.",
        "“seats” is declared as max, and this row says sum. Use another metric for it.",
    ]
    assert statuses(results) == ["rejected", "rejected", "unchanged"]


def test_a_day_is_given_whole_or_by_measurements(account):
    take("usage", [point(3)])
    assert take("usage", [point(3, "2026-11-01T08:00:00Z")])[0].errors[0]["code"] == "is_whole"
    take("usage", [point(3, "2026-11-02T08:00:00Z")])
    assert take("usage", [point(3, day="2026-11-02")])[0].errors[0]["code"] == "has_points"
    assert UsageDaily.objects.count() == 2


def test_history_is_filled_in_afterwards(account):
    rows = [point(n, day=(MORNING.date() - timedelta(days=n)).isoformat()) for n in range(700)]
    assert set(statuses(take("usage", rows))) == {"added"}
    assert UsageDaily.objects.count() == 700
    assert take("usage", [point(1, day="2026-12-24")])[0].errors[0]["code"] == "in_the_future"


def test_a_value_that_is_too_large_once_it_is_rounded_is_refused(account):
    row = {"account": "a", "metric": "m", "day": "2026-11-01"}
    first, second = take("usage", [{**row, "value": "99999999999999.99999"}, {**row, "value": "99999999999999.9999"}])
    assert (first.status, first.errors[0]["field"], second.status) == ("rejected", "value", "added")
