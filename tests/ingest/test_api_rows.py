"""Rows over REST: many at a time with a result each, one by its external ID, and what is refused."""

import json
from urllib.parse import quote

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from accounts.ingest.bulk import MOST_ROWS
from accounts.ingest.kinds import KINDS
from accounts.models import (
    Account,
    Contact,
    Contract,
    Interaction,
    MetricDefinition,
    Order,
    SurveyResponse,
    Ticket,
    UsageDaily,
)
from tests import cast, database
from tests.accounts import make
from tests.accounts.conftest import ask  # noqa: F401  # a fixture
from tests.ingest.test_bulk import ROWS

RESOURCES = {
    "accounts": "accounts", "contacts": "contacts", "contracts": "contracts", "orders": "orders", "invoices": "invoices", "usage_daily": "usage",
    "survey_responses": "surveys", "tickets": "tickets", "interactions": "interactions",
}  # fmt: skip
ODD_IDS = ["a/b", "100%", "50%25", "Łódź ☕", "a b", "q?x=1#y", "..c", "x/", "id+1&2"]


@pytest.fixture
def ada(acme):
    make.account(external_id="a", name="Northwind")
    return cast.ada()


@pytest.mark.parametrize(("resource", "kind"), RESOURCES.items())
def test_a_batch_of_every_kind_goes_in_and_again_changes_nothing(ada, ask, resource, kind):  # noqa: F811
    rows = ROWS[kind]
    answer = ask(ada, "POST", f"{resource}/batch/", rows)
    assert answer.status_code == 200, answer.content
    assert answer.json()["added"] == len(rows)
    again = ask(ada, "POST", f"{resource}/batch/", rows).json()
    assert (again["unchanged"], [row["status"] for row in again["data"]]) == (len(rows), ["unchanged"] * len(rows))


def test_a_mixed_batch_is_answered_row_by_row(ada, ask):  # noqa: F811
    rows = [
        {"external_id": "t-1", "account": "a", "opened_at": "2026-11-01T10:00:00Z"},
        {"external_id": "t-2", "account": "b", "opened_at": "2026-11-01T10:00:00Z"},
        {"external_id": "t/3", "a/b": 1},
    ]
    answer = ask(ada, "POST", "tickets/batch/", rows)
    assert answer.status_code == 207
    document = answer.json()
    assert [(row["index"], row["status"], row["external_id"]) for row in document["data"]] == [
        (0, "added", "t-1"),
        (1, "rejected", "t-2"),
        (2, "rejected", "t/3"),
    ]
    assert document["data"][1]["errors"] == [
        {
            "pointer": "/1/account",
            "code": "unknown_account",
            "detail": "There is no account with the external ID “b”. Import the account first.",
        }
    ]
    assert [error["pointer"] for error in document["data"][2]["errors"]] == ["/2/a~1b", "/2/account", "/2/opened_at"]
    assert (document["added"], document["rejected"], Ticket.objects.count()) == (1, 2, 1)


def test_a_dry_run_answers_the_same_and_writes_nothing(ada, ask):  # noqa: F811
    assert ask(ada, "POST", "accounts/batch/?dry_run=true", ROWS["accounts"]).json()["added"] == 2
    assert Account.objects.count() == 1
    assert ask(ada, "POST", "accounts/batch/?dry_run=perhaps", ROWS["accounts"]).status_code == 400


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"rows": []}, "not_a_list"),
        ([], "not_a_list"),
        (b'"text"', "not_a_list"),
        ([{"external_id": str(n)} for n in range(MOST_ROWS + 1)], "too_many_rows"),
    ],
)
def test_a_body_that_is_no_batch_is_a_problem(ada, ask, body, code):  # noqa: F811
    answer = ask(ada, "POST", "accounts/batch/", body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["code"] == code
    assert Account.objects.count() == 1


def test_malformed_and_oversized_bodies_are_problems(ada, ask):  # noqa: F811
    assert ask(ada, "POST", "accounts/batch/", b"[{").status_code == 400
    assert ask(ada, "POST", "accounts/batch/", b'[{"external_id": "a\\u0000"}]').status_code == 400
    assert ask(ada, "POST", "accounts/batch/", b"[" + b" " * (5 * 1024 * 1024) + b"]").status_code == 413


def test_a_batch_with_an_idempotency_key_happens_once(ada, ask):  # noqa: F811
    once = {"Idempotency-Key": "import-7"}
    first = ask(ada, "POST", "accounts/batch/", ROWS["accounts"], **once)
    again = ask(ada, "POST", "accounts/batch/", ROWS["accounts"], **once)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert ask(ada, "POST", "accounts/batch/", ROWS["accounts"][:1], **once).status_code == 422


def test_who_may_not_write_may_send_no_batch(ada, ask, client):  # noqa: F811
    assert ask(cast.finn(), "POST", "accounts/batch/", ROWS["accounts"]).status_code == 403
    headers = cast.ivy("read", of=ada)
    answer = client.post("/api/v1/accounts/batch/", json.dumps(ROWS["accounts"]), "application/json", headers=headers)
    assert answer.status_code == 403
    assert ask(cast.finn(email="f2@acme.example"), "PUT", "tickets/by_external_id/x/", {}).status_code == 403
    assert Account.objects.count() == 1


@pytest.mark.parametrize("external_id", ODD_IDS)
def test_one_row_is_made_and_changed_by_whatever_id(ada, ask, external_id):  # noqa: F811
    path = f"contacts/by_external_id/{quote(external_id, safe='')}/"
    made = ask(ada, "PUT", path, {"account": "a", "name": "Nora"})
    assert made.status_code == 201, made.content
    assert Contact.objects.get().external_id == external_id
    changed = ask(ada, "PUT", path, {"account": "a", "role": "sponsor"})
    assert (changed.status_code, changed.json()["role"], changed.json()["name"]) == (200, "sponsor", "Nora")


def test_a_row_of_every_kind_is_put_by_its_id(ada, ask):  # noqa: F811
    bodies = {
        "contracts": {"account": "a", "starts_on": "2026-01-01", "term_months": 12, "arr": {"amount": "1200.00", "currency": "EUR"}},
        "invoices": {"account": "a", "issued_on": "2026-01-01", "amount": "5.00"},
        "survey_responses": {"account": "a", "kind": "nps", "score": 9, "occurred_at": "2026-11-01T10:00:00Z"},
        "tickets": {"account": "a", "opened_at": "2026-11-01T10:00:00Z"},
        "interactions": {"account": "a", "channel": "note", "direction": "internal", "mode": "proactive", "subject": "Hi", "occurred_at": "2026-11-01T10:00:00Z"},
        "orders": {"account": "a", "ordered_on": "2026-01-01", "currency": "EUR", "lines": [{"product": "P", "quantity": 2, "amount": "5.00"}, {"product": "Q", "amount": "1.50"}]},
    }  # fmt: skip
    for resource, body in bodies.items():
        first = ask(ada, "PUT", f"{resource}/by_external_id/x-1/", body)
        assert first.status_code == 201, (resource, first.content)
        again = ask(ada, "PUT", f"{resource}/by_external_id/x-1/", body)
        assert (again.status_code, again.json(), again["ETag"]) == (200, first.json(), first["ETag"]), resource
    assert (Contract.objects.get().lines.get().arr, Order.objects.get().amount) == (1200, 6.5)
    assert (SurveyResponse.objects.count(), Interaction.objects.count()) == (1, 1)


def test_what_is_wrong_with_a_row_that_is_put_is_a_problem(ada, ask):  # noqa: F811
    answer = ask(ada, "PUT", "tickets/by_external_id/t-1/", {"account": "b", "opened_at": "2026-11-01T10:00:00Z"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/account")
    wrong = ask(
        ada,
        "PUT",
        "orders/by_external_id/o-1/",
        {"account": "a", "ordered_on": "2026-01-01", "lines": [{"product": "P", "amount": "1"}, {"product": "Q"}]},
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/lines/1/amount")
    assert not Order.objects.exists()
    for body in ([1], "x", {"external_id": "other", "account": "a"}, None):
        assert ask(ada, "PUT", "tickets/by_external_id/t-1/", body).status_code == 400
    assert ask(ada, "PUT", "tickets/by_external_id/a%00b/", {"account": "a"}).status_code in (400, 404)


def test_a_put_that_has_not_seen_the_last_change_is_refused(ada, ask):  # noqa: F811
    body = {"account": "a", "opened_at": "2026-11-01T10:00:00Z"}
    seen = ask(ada, "PUT", "tickets/by_external_id/t-1/", body)["ETag"]
    ask(ada, "PUT", "tickets/by_external_id/t-1/", {**body, "subject": "Slow"}, **{"If-Match": seen})
    assert ask(ada, "PUT", "tickets/by_external_id/t-1/", body, **{"If-Match": seen}).status_code == 412


def test_tickets_are_listed_filtered_made_and_changed(ada, ask):  # noqa: F811
    account = str(Account.objects.get().pk)
    made = ask(
        ada,
        "POST",
        "tickets/",
        {"account": account, "external_id": "t-1", "opened_at": "2026-11-01T10:00:00Z", "priority": "high"},
    )
    assert made.status_code == 201, made.content
    path = f"tickets/{made.json()['id']}/"
    solved = ask(ada, "PATCH", path, {"resolved_at": "2026-11-02T10:00:00Z", "minutes": 30, "satisfaction": 4})
    assert (solved.json()["status"], solved.json()["minutes"]) == ("resolved", 30)
    opened = ask(ada, "PATCH", path, {"status": "open", "reopened_count": 1})
    assert (opened.json()["status"], opened.json()["resolved_at"]) == ("open", None)
    assert len(ask(ada, "GET", "tickets/?priority=high&resolved_at__isnull=true&sort=-updated_at").json()["data"]) == 1
    for body in (
        {"opened_at": "2099-01-01T00:00:00Z"},
        {"first_replied_at": "2026-10-01T00:00:00Z"},
        {"satisfaction": 6},
        {"status": "resolved"},
    ):
        assert ask(ada, "PATCH", path, body).status_code == 400, body
    other = make.contact(make.account())
    assert ask(ada, "PATCH", path, {"contact": str(other.pk)}).status_code == 409
    twice = {"account": account, "external_id": "t-1", "opened_at": "2026-11-01T10:00:00Z"}
    assert ask(ada, "POST", "tickets/", twice).status_code == 409


def test_a_metric_is_declared_before_it_is_measured(ada, ask):  # noqa: F811
    made = ask(ada, "POST", "metrics/", {"key": "seats", "name": "Seats", "unit": "seat", "aggregation": "max"})
    assert made.status_code == 201, made.content
    rows = [
        {"account": "a", "metric": "seats", "measured_at": f"2026-11-01T{hour}:00:00Z", "value": value, "unit": "seat"}
        for hour, value in (("08", 4), ("10", 9), ("09", 7))
    ]
    assert ask(ada, "POST", "usage_daily/batch/", rows).json()["added"] == 3
    assert UsageDaily.objects.get().value == 9
    assert ask(ada, "POST", "usage_daily/batch/", [{**rows[0], "unit": "hour"}]).status_code == 207
    assert ask(ada, "PATCH", "metrics/seats/", {"aggregation": "sum"}).status_code == 409
    assert ask(ada, "PATCH", "metrics/seats/", {"name": "Seats in use"}).json()["name"] == "Seats in use"
    assert [row["key"] for row in ask(ada, "GET", "metrics/").json()["data"]] == ["seats"]
    assert ask(ada, "POST", "metrics/", {"key": "seats", "name": "Again"}).status_code == 400
    assert ask(ada, "POST", "metrics/", {"key": "Not A Key", "name": "Odd"}).status_code in (400, 409)
    assert MetricDefinition.objects.count() == 1


def test_another_tenant_sees_and_changes_nothing(ada, ask, inside):  # noqa: F811
    ask(ada, "PUT", "tickets/by_external_id/t-1/", {"account": "a", "opened_at": "2026-11-01T10:00:00Z"})
    with inside("globex"):
        mallory = cast.ivy(of=cast.mallory())
        make.account(external_id="a", name="Hers")
        hers = Client(headers={"host": database.HOSTS["globex"][0]})
        body = json.dumps(
            [{"external_id": "t-1", "account": "a", "opened_at": "2026-11-01T10:00:00Z", "subject": "Hers"}]
        )
        answer = hers.post("/api/v1/tickets/batch/", body, "application/json", headers=mallory)
        assert answer.json()["added"] == 1
    assert Ticket.objects.get().subject == ""


def test_every_row_is_typed_in_the_document():
    document = SchemaGenerator().get_schema(request=None, public=True)
    for resource, kind in RESOURCES.items():
        operation = document["paths"][f"/api/v1/{resource}/batch/"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert schema["type"] == "array", schema
        row = document["components"]["schemas"][schema["items"]["$ref"].rpartition("/")[2]]
        assert {each.name for each in KINDS[kind].fields} <= set(row["properties"])
        assert set(row.get("required", ())) == {each.name for each in KINDS[kind].fields if each.needed}
        assert {"200", "207", "400", "409", "413"} <= set(operation["responses"])
        if resource != "usage_daily":
            assert "put" in document["paths"][f"/api/v1/{resource}/by_external_id/{{external_id}}/"]
