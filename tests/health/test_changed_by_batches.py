"""A batch has the accounts scored whose facts it changed, and not the whole book."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ingest.bulk import take_rows
from accounts.ingest.connectors import services as connectors
from accounts.ingest.services import undo_import
from accounts.models import ChangedAccount, Contract, Order, Renewal, Replenishment
from cshub import pipeline
from cshub.operations import tasks
from cshub.tenancy import due
from cshub.tenancy.context import public_context
from cshub.tenancy.models import Tenant
from cshub.work.wake import CHANGES, TURN
from health.models import AccountHealth
from health.services import score_accounts
from tests import cast
from tests.connectors import make as connectors_of
from tests.connectors.servers import WebService, serving
from tests.health import make
from tests.ingest.files import bring_in

BOOK = 60
HOUR = timedelta(hours=1)


@pytest.fixture
def book(acme: Tenant) -> list[str]:
    """External IDs of sixty accounts, all scored an hour ago by a whole scoring; nobody has rung since."""
    make.active_version(
        make.document(make.group(make.measure("seats", "attribute:seats", low=0, high=100), make.measure()))
    )
    accounts = [make.account(external_id=f"a-{number}", attributes={"seats": 1}) for number in range(BOOK)]
    score_accounts(as_of=cast.clock() - HOUR)
    rung()
    return [account.external_id for account in accounts]


def rung() -> set[str]:
    """Kinds of work that are due within the minute; it is answered herewith."""
    with public_context():
        claimed = due.claim_due(list(tasks.ANSWERS), as_of=cast.clock() + timedelta(minutes=1))
        for each in claimed:
            due.finish(each)
        return {each.kind for each in claimed}


def scored_since(moment: datetime) -> set[str]:
    return set(AccountHealth.objects.filter(scored_at__gte=moment).values_list("account__external_id", flat=True))


def noted() -> set[str]:
    return set(ChangedAccount.objects.values_list("account__external_id", flat=True))


def test_a_batch_of_ten_scores_ten(book: list[str], client: Client) -> None:
    rows = [{"external_id": name, "attributes": {"seats": 9}} for name in book[:10]]
    rows += [{"external_id": name, "attributes": {"seats": 1}} for name in book[10:15]]  # say what is there

    answer = client.post("/api/v1/accounts/batch/", rows, content_type="application/json", headers=cast.ivy())

    assert (answer.json()["updated"], answer.json()["unchanged"]) == (10, 5)
    assert noted() == set(book[:10])
    assert rung() == {CHANGES}
    now = cast.clock()
    assert pipeline.follow_changes(as_of=now) == 10
    assert scored_since(now) == set(book[:10])
    assert noted() == set()


def test_a_row_that_is_put_scores_its_account(book: list[str], client: Client) -> None:
    body: dict[str, Any] = {"account": book[3], "kind": "nps", "score": 9, "occurred_at": "2026-11-01T10:00:00Z"}

    answer = client.put(
        "/api/v1/survey_responses/by_external_id/s-1/", body, content_type="application/json", headers=cast.ivy()
    )

    assert answer.status_code == 201
    assert (noted(), rung()) == ({book[3]}, {CHANGES})


def test_nothing_new_wakes_nobody(book: list[str]) -> None:
    take_rows("accounts", [{"external_id": book[0], "attributes": {"seats": 1}}], by=None, as_of=cast.clock())
    assert (noted(), rung()) == (set(), set())


def test_much_of_the_book_is_worth_a_whole_turn(book: list[str]) -> None:
    rows = [{"external_id": name, "attributes": {"seats": 9}} for name in book[: BOOK // 2]]
    take_rows("accounts", rows, by=None, as_of=cast.clock())
    assert rung() == {TURN}


def test_undoing_a_small_file_scores_the_accounts_that_it_changed(book: list[str]) -> None:
    lines = "".join(f"{name},Large\n" for name in book[:5])
    batch = bring_in("external id,segment\n" + lines, as_of=cast.clock())
    pipeline.follow_changes(as_of=cast.clock())
    rung()
    undo_import(batch, by=None, as_of=cast.clock())
    assert (noted(), rung()) == (set(book[:5]), {CHANGES})


def test_undoing_much_of_the_book_is_worth_a_whole_turn(book: list[str]) -> None:
    lines = "".join(f"{name},Large\n" for name in book[: BOOK // 2])
    batch = bring_in("external id,segment\n" + lines, as_of=cast.clock())
    rung()
    undo_import(batch, by=None, as_of=cast.clock())
    assert rung() == {TURN}


def test_a_source_that_brings_a_few_rows_scores_their_accounts_alone(book: list[str], settings: Any) -> None:
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    rows = [
        {"id": name, "company": {"name": f"Renamed {name}"}, "changed": "2026-11-01T10:00:00Z"} for name in book[:3]
    ]
    with serving(WebService(rows)) as service:
        connectors_of.rest(service)
        connectors.sync_due(clock=cast.clock)
    assert noted() == set(book[:3])
    assert rung() - {connectors.DOORBELL} == {CHANGES}


def test_what_follows_from_terms_and_orders_is_there_at_once_for_their_accounts(book: list[str]) -> None:
    now = cast.clock()
    terms = {"starts_on": "2026-01-01", "term_months": 12, "arr": "1200.00", "currency": "EUR"}
    take_rows("contracts", [{"external_id": "k-1", "account": book[0], **terms}], by=None, as_of=now)
    days = ["2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01"]
    orders = [
        {"external_id": f"o-{day}", "account": book[1], "ordered_on": day, "product": "P", "quantity": 2, "amount": "5"}
        for day in days
    ]
    take_rows("orders", orders, by=None, as_of=now)
    assert (Contract.objects.count(), Renewal.objects.get().account.external_id) == (1, book[0])
    assert (Order.objects.count(), Replenishment.objects.get().account.external_id) == (4, book[1])
