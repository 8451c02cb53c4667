"""Two people, or two workers, at the same moment: the result is that of one after the other."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import services as accounts
from cshub import pipeline
from cshub.operations.invariants import INVARIANTS
from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from playbooks.models import Enrollment, Task
from reports.impact import services as impact
from reports.impact.models import Claim, LedgerEntry, Outcome, Review
from tests import cast
from tests.accounts import make as facts
from tests.playbooks import make

AS_OF = make.MORNING


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each returns or raises, all of them started together in connections of their own."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            with schema_context("acme"):
                start.wait(20)
                answers[place] = act()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def broken() -> list[str]:
    return [sentence for each in INVARIANTS for sentence in each.violations()]


def test_two_turns_at_once_do_the_work_of_one(committed_acme: Tenant) -> None:
    for _ in range(30):
        make.due_account()
    facts.decision(facts.renewal(facts.contract(ends_on=AS_OF.date())), recorded_at=AS_OF)
    accounts.reconcile_owners(as_of=AS_OF)
    make.active(holdout_share="0.3")
    turns = at_once([lambda: pipeline.advance(as_of=AS_OF)] * 2)
    assert not [turn for turn in turns if isinstance(turn, Exception)]
    assert sum(turn.treated + turn.held_out for turn in turns) == Enrollment.objects.count() == 30
    assert sum(turn.tasks for turn in turns) == Task.objects.count()
    assert sum(turn.outcomes for turn in turns) == Outcome.objects.count() == 1
    assert sum(turn.experiments for turn in turns) == 1
    assert broken() == []


@pytest.mark.parametrize("claims", [1, 2], ids=["one claim", "two claims over the same money"])
def test_two_reviewers_at_once_book_the_money_once(committed_acme: Tenant, claims: int) -> None:
    outcome = renewed()
    author, reviewers = cast.ada(), [cast.grace(), cast.finn()]
    waiting = [claim_over(outcome, author) for _ in range(claims)]
    browsers = [browser(user) for user in reviewers]
    paths = [reverse("claim_review", args=[waiting[place % claims].pk]) for place in range(2)]
    answers = at_once(
        [lambda place=place: browsers[place].post(paths[place], {"decision": "accepted"}) for place in range(2)]
    )
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [entry.amount for entry in LedgerEntry.objects.all()] == [outcome.amount]
    assert Review.objects.count() == Claim.objects.filter(state="accepted").count() == 1
    assert broken() == []


def test_the_same_completion_sent_twice_at_once_is_one_conversation(committed_acme: Tenant) -> None:
    ada = cast.ada()
    task = make.task(owner=ada)
    headers = {**cast.ivy(of=ada), "host": "acme.testserver", "Idempotency-Key": "one"}
    body = {"minutes": 20, "result": "reached"}
    path = f"/api/v1/tasks/{task.pk}/completion/"

    def post() -> int:
        return Client(headers=headers).post(path, body, content_type="application/json").status_code

    statuses = at_once([post, post])
    assert 201 in statuses
    assert set(statuses) <= {201, 409}
    assert task.account.interactions.count() == 1


def renewed() -> Outcome:
    facts.decision(facts.renewal(facts.contract(ends_on=AS_OF.date())), recorded_at=AS_OF)
    impact.observe_outcomes(as_of=AS_OF)
    return Outcome.objects.select_related("balance").get()


def claim_over(outcome: Outcome, author: User) -> Claim:
    touch = facts.interaction(outcome.account, occurred_at=AS_OF - timedelta(days=1))
    claim = impact.claim(
        outcome=outcome, kind="influenced_renewal", amount=outcome.amount, narrative="Said.", by=author, as_of=AS_OF
    )
    impact.cite(claim, touch, by=author, as_of=AS_OF)
    return impact.submit_claim(claim, by=author, as_of=AS_OF)


def browser(user: User) -> Client:
    client = Client(headers={"host": "acme.testserver"})
    client.force_login(user)
    return client
