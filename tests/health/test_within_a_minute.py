"""A fact that arrives over HTTP changes the score of its account within a minute, without a whole scoring, and nobody else is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.test import Client

from accounts.models import Account
from cshub.operations import tasks
from cshub.schedule import BEAT_SCHEDULE
from cshub.tenancy import due
from cshub.tenancy.context import public_context, schema_context
from cshub.tenancy.models import Tenant
from cshub.work.wake import CHANGES
from health.models import AccountHealth, HealthScore, Scoring
from health.services import score_accounts
from tests import cast
from tests.events.sending import batch, group, source, track
from tests.events.test_endpoint import basic
from tests.health import make

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at_once() -> Iterator[None]:
    """Messages are worked off where they are sent, with their tenant, as a worker would."""
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
    yield
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = False


@pytest.fixture
def northwind(acme: Tenant) -> Account:
    """Last used twenty days ago, asked and visited long ago, beside three others like it; all scored an hour ago by a whole scoring."""
    make.active_version(
        make.document(
            make.group(
                make.measure("use", "usage_recency", low=30, high=0),
                make.measure("nps"),
                make.measure("contact", "engagement_recency", low=90, high=0),
                make.measure("months", "contract_term", low=0, high=24),
                make.measure("arr", "arr", low=0, high=10_000),
                make.measure("seats", "attribute:seats", low=0, high=100),
            )
        )
    )
    now = cast.clock()
    accounts = [make.account(external_id=name) for name in ("northwind", "contoso", "fabrikam", "tailspin")]
    for account in accounts:
        make.used(account, {(now - timedelta(days=20)).date(): 7})
        make.answered(account, 4, at=now - timedelta(days=90))
    score_accounts(as_of=now - timedelta(hours=1))
    return accounts[0]


def test_an_event_changes_the_score_of_its_account_alone(northwind: Account, client: Client, at_once: None) -> None:
    _source, key = source()
    send(client, key, group("u1", "northwind", at=cast.clock() - timedelta(days=3)))
    follow_what_is_due()
    before, wholes = scored(), Scoring.objects.count()

    send(client, key, track("u1", at=cast.clock()))
    follow_what_is_due()

    after = scored()
    assert {account for account in after if after[account] != before[account]} == {"northwind"}
    assert before["northwind"][0] < after["northwind"][0]
    assert AccountHealth.objects.get(account=northwind).raw[0] == 0
    assert Scoring.objects.count() == wholes  # no whole scoring took place
    assert HealthScore.objects.filter(scored_at=after["northwind"][1]).count() == 1


WRITES: dict[str, tuple[str, str, Callable[[str], dict[str, Any]]]] = {
    "an answer": ("post", "survey_responses/", lambda pk: {"account": pk, "kind": "nps", "score": 10, "occurred_at": told()}),
    "a call": (
        "post",
        "interactions/",
        lambda pk: {"account": pk, "channel": "call", "direction": "inbound", "mode": "reactive", "minutes": 5, "subject": "Hi", "occurred_at": told()},
    ),
    "a further field": ("patch", "accounts/{pk}/", lambda pk: {"attributes": {"seats": 50}}),
    "a contract": (
        "post",
        "contracts/",
        lambda pk: {
            "account": pk, "external_id": "c-1", "starts_on": "2026-11-01", "ends_on": "2027-11-01", "term_months": 12,
            "currency": "EUR", "lines": [{"external_id": "l-1", "product": "Platform", "arr": "5000.00"}],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITES)
def test_a_write_over_rest_scores_its_account_alone(
    northwind: Account, client: Client, at_once: None, what: str
) -> None:
    method, path, body = WRITES[what]
    headers = cast.ivy()
    before, wholes = scored(), Scoring.objects.count()

    answer = getattr(client, method)(
        "/api/v1/" + path.format(pk=northwind.pk),
        body(str(northwind.pk)),
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code in (200, 201), answer.content
    follow_what_is_due()

    after = scored()
    assert {account for account in after if after[account] != before[account]} == {"northwind"}
    assert Scoring.objects.count() == wholes


def test_ranks_among_peers_move_with_whole_scorings_alone(acme: Tenant) -> None:
    """A few accounts are scored without measuring the others; what they stand for among their peers is that of the night."""
    rank = {"kind": "percentile", "peers": "all", "better": "higher"}
    make.active_version(
        make.document(make.group(make.measure("seats", "attribute:seats", transform=rank), make.measure()))
    )
    accounts = [make.account(attributes={"seats": number}) for number in range(12)]
    score_accounts(as_of=make.AS_OF)
    before = AccountHealth.objects.get(account=accounts[0])
    Account.objects.filter(pk=accounts[0].pk).update(attributes={"seats": 99})
    make.answered(accounts[0], 9, at=make.AS_OF)
    late = make.account(attributes={"seats": 50})

    score_accounts(as_of=make.AS_OF + MINUTE, account_ids=[accounts[0].pk, late.pk])

    after = AccountHealth.objects.get(account=accounts[0])
    assert (before.raw, after.raw) == ([0, None], [0, 9])
    assert AccountHealth.objects.get(account=late).raw == [None, None]
    score_accounts(as_of=make.AS_OF + 2 * MINUTE)
    assert AccountHealth.objects.get(account=accounts[0]).raw == [1, 9]


def test_the_sweep_and_the_time_changes_are_gathered_stay_within_a_minute(
    northwind: Account, client: Client, at_once: None
) -> None:
    [sweep] = [job for job in BEAT_SCHEDULE.values() if job["task"] == "cshub.operations.tasks.answer_due_work"]
    answer = client.post(
        "/api/v1/survey_responses/",
        WRITES["an answer"][2](str(northwind.pk)),
        content_type="application/json",
        headers=cast.ivy(),
    )
    assert answer.status_code == 201
    with public_context():
        [waiting] = due.claim_due([CHANGES], as_of=cast.clock() + MINUTE - timedelta(seconds=sweep["schedule"]))
    assert waiting.kind == CHANGES


def send(client: Client, key: str, *events: dict[str, Any]) -> None:
    body = batch(*events, sent_at=cast.clock())
    answer = client.post("/v1/batch", body, content_type="application/json", headers={"Authorization": basic(key)})
    assert answer.status_code == 200


def follow_what_is_due() -> None:
    """What sweeps of the next minute find and workers do; work that rings for more is followed, too."""
    for _sweep in range(3):
        with public_context():
            claimed = due.claim_due(list(tasks.ANSWERS), as_of=cast.clock() + MINUTE)
        for each in claimed:
            with schema_context(each.schema):
                tasks.answer.delay(kind=each.kind, ticket=str(each.ticket))


def scored() -> dict[str, tuple[Any, datetime]]:
    """Score and moment of each verdict in force."""
    rows = AccountHealth.objects.values_list("account__external_id", "score", "scored_at")
    return {account: (score, at) for account, score, at in rows}


def told() -> str:
    return (cast.clock() - timedelta(minutes=5)).isoformat()
