"""Facts over REST: lists, filters, changes, and what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Account, AccountRevenue, Contract, Interaction, RevenueMovement
from cshub.audit.models import AuditEvent
from tests import cast
from tests.accounts import make


@pytest.fixture
def ada(acme):
    return cast.ada()


def test_a_number_is_no_text(acme, ada, ask):
    account = make.account(segment="Small")
    refused = ask(ada, "PATCH", f"accounts/{account.pk}/", {"segment": 5})
    assert refused.status_code == 400
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [("/segment", "invalid")]
    account.refresh_from_db()
    assert account.segment == "Small"


def test_an_account_is_recorded_changed_and_read(acme, ada, ask):
    made = ask(
        ada,
        "POST",
        "accounts/",
        {"external_id": "n-1", "name": "Northwind", "owner": str(ada.pk), "attributes": {"seats": 4}},
    )
    assert made.status_code == 201, made.content
    assert made.json()["arr"] is None
    changed = ask(ada, "PATCH", f"accounts/{made.json()['id']}/", {"segment": "Enterprise"})
    assert changed.status_code == 200, changed.content
    account = Account.objects.get()
    assert (account.name, account.segment, account.owner, account.attributes) == (
        "Northwind",
        "Enterprise",
        ada,
        {"seats": 4},
    )
    assert list(
        AuditEvent.objects.filter(object_type="accounts.account").order_by("seq").values_list("verb", flat=True)
    ) == [
        "account.recorded",
        "account.revised",
    ]


def test_the_list_says_the_same_as_the_row(acme, ada, ask):
    contract = make.contract(make.account(name="Northwind", owner=ada), arr="1200.50")
    AccountRevenue.objects.update(next_renewal_on=contract.ends_on)
    (row,) = ask(ada, "GET", "accounts/").json()["data"]
    assert row == ask(ada, "GET", f"accounts/{contract.account.pk}/").json()
    assert row["arr"] == {"amount": "1200.50", "currency": "EUR"}
    assert ask(ada, "GET", "accounts/?fields=name,arr").json()["data"] == [{"name": "Northwind", "arr": row["arr"]}]


def test_lists_are_filtered_sorted_and_paged(acme, ada, ask):
    for arr in (100, 300, 200, 0):
        make.contract(arr=arr)
    make.account(status="churned")
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(ada, "GET", f"accounts/?sort=-arr&limit=2&cursor={cursor}").json()
        seen += [row["arr"] and row["arr"]["amount"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert seen == ["300.00", "200.00", "100.00", "0.00", None]
    assert len(ask(ada, "GET", "accounts/?arr__gte=200&status=active").json()["data"]) == 2
    assert len(ask(ada, "GET", "accounts/?status__in=churned").json()["data"]) == 1


def test_the_cost_of_lists_does_not_grow_with_rows(acme, ada, ask, count_queries):
    def everything():
        return {
            path: count_queries(lambda path=path: ask(ada, "GET", f"{path}/"))
            for path in (
                "accounts",
                "contacts",
                "contracts",
                "revenue_movements",
                "renewals",
                "interactions",
                "survey_responses",
                "usage_daily",
                "imports",
            )
        }

    def fill():
        renewal = make.renewal()
        make.decision(renewal)
        make.contact(renewal.account)
        make.interaction(renewal.account)
        make.survey_response(renewal.account)
        make.usage(renewal.account)

    fill()
    everything()
    few = everything()
    for _ in range(10):
        fill()
    assert everything() == few


def test_upsert_by_external_id_makes_then_changes_then_leaves_alone(acme, ada, ask):
    first = ask(ada, "PUT", "accounts/by_external_id/crm/42/", {"name": "Northwind", "status": "onboarding"})
    assert first.status_code == 201, first.content
    second = ask(ada, "PUT", "accounts/by_external_id/crm/42/", {"status": "active"})
    assert (second.status_code, second.json()["name"], second.json()["status"]) == (200, "Northwind", "active")
    deeds = AuditEvent.objects.count()
    assert ask(ada, "PUT", "accounts/by_external_id/crm/42/", {"status": "active"}).status_code == 200
    assert AuditEvent.objects.count() == deeds
    assert Account.objects.get().external_id == "crm/42"


def test_a_contract_brings_its_lines_movements_and_arr(acme, ada, ask):
    account = make.account()
    body = {
        "external_id": "c-1", "account": str(account.pk), "starts_on": "2026-01-01", "ends_on": "2027-01-01", "currency": "EUR",
        "lines": [{"external_id": "c-1:a", "product": "Platform", "arr": "1000.00"}, {"external_id": "c-1:b", "arr": "200.50"}],
    }  # fmt: skip
    made = ask(ada, "POST", "contracts/", body)
    assert made.status_code == 201, made.content
    assert [line["arr"] for line in made.json()["lines"]] == ["1000.00", "200.50"]
    assert AccountRevenue.objects.get(account=account).arr == Decimal("1200.50")
    assert list(RevenueMovement.objects.values_list("occurred_on", "kind")) == [(date(2026, 1, 1), "new")] * 2
    dollars = ask(ada, "POST", "contracts/", {**body, "external_id": "c-2", "currency": "USD", "lines": []})
    assert dollars.status_code == 409
    assert dollars.json()["errors"][0]["code"] == "second_currency"
    assert Contract.objects.count() == 1


def test_interactions_and_answers_are_recorded_once_and_never_changed(acme, ada, ask):
    account = make.account()
    body = {
        "account": str(account.pk), "channel": "call", "direction": "outbound", "mode": "proactive", "minutes": 15, "subject": "Renewal",
        "occurred_at": "2026-11-20T10:00:00Z", "external_id": "call-1",
    }  # fmt: skip
    assert ask(ada, "POST", "interactions/", body).status_code == 201
    assert ask(ada, "POST", "interactions/", body).status_code == 400
    interaction = Interaction.objects.get()
    assert ask(ada, "PATCH", f"interactions/{interaction.pk}/", {"minutes": 99}).status_code == 405
    answer = ask(
        ada,
        "POST",
        "survey_responses/",
        {"account": str(account.pk), "kind": "nps", "score": 9, "occurred_at": "2026-11-20T10:00:00Z"},
    )
    assert answer.status_code == 201, answer.content


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("accounts/", {"name": "No ID"}, "/external_id"),
        ("accounts/", {"external_id": "x", "name": "X", "status": "rich"}, "/status"),
        ("accounts/", {"external_id": "x", "name": "X", "arr": {"amount": "1", "currency": "EUR"}}, "/arr"),
        ("accounts/", {"external_id": "x", "name": "X", "attributes": {"deep": {"er": 1}}}, "/attributes"),
        ("accounts/", {"external_id": "x", "name": "X", "customer_since_on": "2026-02-31"}, "/customer_since_on"),
        ("accounts/", {"external_id": "x", "name": "X", "owner": "not-an-id"}, "/owner"),
        ("accounts/", {"external_id": "x", "name": "x" * 301}, "/name"),
        ("contacts/", {"name": "Eve"}, "/account"),
        ("interactions/", {"subject": "?"}, "/account"),
        ("survey_responses/", {"account": "ACCOUNT", "kind": "nps", "score": 11, "occurred_at": "2026-11-20T10:00:00Z"}, "/score"),
        ("survey_responses/", {"account": "ACCOUNT", "kind": "csat", "score": 0, "occurred_at": "2026-11-20T10:00:00Z"}, "/score"),
        ("survey_responses/", {"account": "ACCOUNT", "kind": "nps", "score": 5, "occurred_at": "2999-01-01T10:00:00Z"}, "/occurred_at"),
        ("contracts/", {"external_id": "c", "account": "ACCOUNT", "starts_on": "2026-01-01", "currency": "euro"}, "/currency"),
        ("contracts/", {"external_id": "c", "account": "ACCOUNT", "starts_on": "2026-01-01", "currency": "EUR", "term_months": 99999}, "/term_months"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_a_problem_with_a_pointer(acme, ada, ask, path, body, pointer):
    account = make.account()
    answer = ask(
        ada, "POST", path, {name: str(account.pk) if value == "ACCOUNT" else value for name, value in body.items()}
    )
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert any(error["pointer"].startswith(pointer) for error in answer.json()["errors"]), answer.json()


def test_a_contract_that_ends_before_it_starts_is_refused(acme, ada, ask):
    body = {
        "external_id": "c",
        "account": str(make.account().pk),
        "starts_on": "2026-01-01",
        "ends_on": "2025-01-01",
        "currency": "EUR",
    }
    answer = ask(ada, "POST", "contracts/", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/ends_on")


def test_money_and_movements_cannot_be_written_past_the_verbs(acme, ada, ask):
    movement = make.contract().account.movements.get()
    for method, path in (
        ("POST", "revenue_movements/"),
        ("PATCH", f"revenue_movements/{movement.pk}/"),
        ("DELETE", f"revenue_movements/{movement.pk}/"),
    ):
        assert ask(ada, method, path, {}).status_code in (403, 405)
    finn = cast.finn()
    assert ask(finn, "GET", "accounts/").status_code == 200
    assert ask(finn, "POST", "accounts/", {"external_id": "x", "name": "X"}).status_code == 403


def test_usage_is_listed_by_page_and_filter(acme, ada, ask):
    account = make.account()
    for day in range(1, 6):
        make.usage(account, day=date(2026, 11, day), value=day)
    page = ask(ada, "GET", f"usage_daily/?account={account.pk}&limit=3").json()
    rest = ask(ada, "GET", f"usage_daily/?account={account.pk}&limit=3&cursor={page['next_cursor']}").json()
    assert [row["day"] for row in page["data"] + rest["data"]] == [f"2026-11-0{day}" for day in (5, 4, 3, 2, 1)]
    assert ask(ada, "GET", "usage_daily/?metric=nothing").status_code in (200, 400)


def test_another_tenant_s_rows_are_not_found(acme, ada, ask, inside):
    with inside("globex"):
        theirs = make.account(name="Secret of Globex")
    ours = make.account()
    answers = [ask(ada, "GET", f"accounts/{pk}/") for pk in (theirs.pk, "01a20032-272b-7ae9-8c44-8215c2d82209")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert [row["id"] for row in ask(ada, "GET", "accounts/").json()["data"]] == [str(ours.pk)]
    assert ask(ada, "POST", "contacts/", {"account": str(theirs.pk), "name": "Eve"}).status_code == 400
