"""All accounts span by span: the same bytes as one statement, and what is written stays whatever stops the rest."""

import random
import re
from datetime import timedelta

import pytest

from accounts.models import Account
from accounts.services import merge_accounts
from cshub.db import sql
from health.engine.definition import parse
from health.models import AccountHealth, HealthOverride, HealthScore, HealthTransition, Scoring
from health.scorecards.assignment import in_force, parts
from health.services import score_accounts
from health.sql import whole
from health.sql.facts import facts_of, scan_sql
from health.sql.run import read_verdicts
from health.sql.whom import END, START, Whom
from tests.health import make
from tests.health.sql.test_facts import talked
from tests.health.sql.test_more_facts import invoice

pytestmark = pytest.mark.usefixtures("acme")
COLUMNS = ("account_id", "score", "band", "coverage", "reason", "raw", "points", "input_hash", "override_id")
NEXT_DAY = make.AS_OF + timedelta(days=1)


@pytest.fixture(autouse=True)
def short_spans(monkeypatch):
    monkeypatch.setattr(whole, "AT_ONCE", 4)


def test_spans_hold_every_id_once():
    accounts = sorted(make.account().pk for _ in range(9))

    every = whole.spans(4)

    assert every == [(START, accounts[4]), (accounts[4], accounts[8]), (accounts[8], END)]


@pytest.mark.parametrize("kind", ["linear", "percentile", "exception"])
def test_spans_write_the_bytes_of_one_statement(kind):
    accounts = _book(random.Random(4))
    version = make.active_version(_formula(kind))
    HealthOverride.objects.create(
        account=accounts[2], band="risk", reason="Said so", until_on=make.ago(-30), made_at=make.AS_OF
    )
    expected = [{name: row[name] for name in COLUMNS} for row in read_verdicts(version, as_of=make.AS_OF)]

    done = score_accounts(as_of=make.AS_OF)

    assert list(AccountHealth.objects.order_by("account_id").values(*COLUMNS)) == expected
    assert list(HealthScore.objects.order_by("account_id").values(*COLUMNS)) == expected
    kept = Scoring.objects.get()
    assert (kept.scored_count, kept.changed_count) == (len(accounts), len(accounts))
    assert (done.scored_count, done.changed_count, done.typical) == (len(accounts), len(accounts), kept.typical)
    assert len({row["reason"] for row in expected}) > 1


def test_payments_and_talks_are_read_with_the_span_of_their_account(monkeypatch):
    monkeypatch.setattr(whole, "AT_ONCE", 1)
    accounts = [make.account() for _ in range(4)]
    for number, account in enumerate(accounts):
        invoice(account, 40, (30, 20 * number + 10))
    for account, days in zip(accounts, (9, 5, 2, 1), strict=True):
        talked(account, days)
    merge_accounts(survivor=accounts[0], absorbed=accounts[3], by=None, as_of=make.AS_OF - timedelta(hours=1))
    version = make.active_version(_paid_and_talked())
    expected = [{name: row[name] for name in COLUMNS} for row in read_verdicts(version, as_of=make.AS_OF)]

    score_accounts(as_of=make.AS_OF)

    assert list(AccountHealth.objects.order_by("account_id").values(*COLUMNS)) == expected
    raw = dict(AccountHealth.objects.values_list("account_id", "raw"))
    assert [raw[account.pk] for account in accounts[1:3]] == [[0.7, 5], [0.5, 2]]
    assert raw[accounts[0].pk][1] == 1, "the talk with the account that was merged into it"


@pytest.mark.parametrize("whom", [Whom.SPAN, Whom.SOME])
def test_payments_and_talks_of_others_are_not_read(whom):
    facts = facts_of(parse(_paid_and_talked()))
    given = {
        **facts.parameters.values, "as_of": make.AS_OF, "today": make.TODAY, "span_start": START, "span_end": END, "account_ids": [START],
    }  # fmt: skip
    sql.execute("set local enable_seqscan = off")

    plans = {
        name: str(sql.rows(f"explain with {scan_sql(name, scan, whom=whom)} select * from {name}", given))
        for name, scan in facts.scans.items()
    }

    looked_up = r"{} = ANY \((\$|\(InitPlan)"  # as PostgreSQL 15 and 17 write it
    assert re.search(looked_up.format("invoice_id"), plans["invoice"])
    assert re.search(looked_up.format("account_id"), plans["engagement"])


def test_changes_of_band_are_counted_over_all_spans():
    accounts = _book(random.Random(7))
    make.active_version()
    score_accounts(as_of=make.AS_OF)
    before = dict(AccountHealth.objects.values_list("account_id", "band"))
    for account in accounts:
        make.answered(account, 1, at=make.AS_OF + timedelta(hours=1))

    done = score_accounts(as_of=NEXT_DAY)

    moved = sum(band != "risk" for band in before.values())
    assert 0 < moved == done.transition_count == HealthTransition.objects.count()
    assert Scoring.objects.get(as_of=NEXT_DAY).transition_count == moved


def test_what_was_written_before_a_stop_stays_and_the_rest_follows(monkeypatch):
    accounts = _book(random.Random(2))
    make.active_version()
    real, writing = whole._in_span, []

    def stopping(statement, values, *, span, given, lock=False):
        if lock and len(writing) == 1:
            raise KeyboardInterrupt
        writing.extend([span] if lock else [])
        return real(statement, values, span=span, given=given, lock=lock)

    monkeypatch.setattr(whole, "_in_span", stopping)
    with pytest.raises(KeyboardInterrupt):
        score_accounts(as_of=make.AS_OF)
    first = list(AccountHealth.objects.order_by("account_id").values_list("account_id", "scored_at"))
    monkeypatch.setattr(whole, "_in_span", real)
    typical = Scoring.objects.get().typical

    done = score_accounts(as_of=make.AS_OF + timedelta(minutes=5))

    assert len(first) == whole.AT_ONCE
    assert (done.scored_count, done.changed_count) == (len(accounts), len(accounts) - len(first))
    assert (
        list(AccountHealth.objects.order_by("account_id").values_list("account_id", "scored_at"))[: len(first)] == first
    )
    assert HealthScore.objects.count() == len(accounts)
    assert [each.typical for each in Scoring.objects.order_by("as_of")] == [typical, typical]


def test_a_verdict_that_became_newer_while_others_were_measured_stays():
    accounts = _book(random.Random(3))
    make.active_version()
    [part] = parts(in_force(), as_of=make.AS_OF)
    measured = whole.measure(part, as_of=make.AS_OF, at_once=4)
    late = accounts[5]
    make.answered(late, 10, at=make.AS_OF + timedelta(seconds=1))
    score_accounts(as_of=make.AS_OF + timedelta(seconds=2), account_ids=[late.pk])

    written = whole.write(part, measured, as_of=make.AS_OF, at_once=4)

    assert (measured.changed_count, written.changed_count) == (len(accounts), len(accounts) - 1)
    assert AccountHealth.objects.get(account=late).scored_at == make.AS_OF + timedelta(seconds=2)


def test_who_left_while_others_were_measured_gets_no_verdict():
    accounts = _book(random.Random(3))
    make.active_version()
    [part] = parts(in_force(), as_of=make.AS_OF)
    measured = whole.measure(part, as_of=make.AS_OF, at_once=4)
    Account.objects.filter(pk=accounts[0].pk).update(status="prospect")

    whole.write(part, measured, as_of=make.AS_OF, at_once=4)

    assert not AccountHealth.objects.filter(account=accounts[0]).exists()
    assert AccountHealth.objects.count() == len(accounts) - 1


def test_the_middle_between_two_points_is_rounded_as_numeric_rounds_it():
    assert [whole._typical(*each) for each in ((4, 9), (5, 1), (5, 3), (6, 9), (6, 8))] == [5_000, 0, 1, 2, 1]


def _book(chance):
    """Accounts with answers, usage and fields of all kinds, some without any."""
    accounts = [
        make.account(
            segment=chance.choice("ab"),
            customer_since_on=chance.choice([None, make.ago(40), make.ago(500)]),
            attributes={"x": chance.choice([1, 2, 2.5, 7, 40, None])},
        )
        for _ in range(30)
    ]
    for account in accounts[3:]:
        make.answered(account, chance.randrange(11))
        make.used(account, {make.ago(back): chance.randrange(1, 90) for back in (2, 9, 30, 41)})
    return accounts


def _paid_and_talked():
    owes = make.measure("owes", "billing_overdue_share", low=1, high=0)
    return make.document(make.group(owes, make.measure("talk", "engagement_recency", low=90, high=14)))


def _formula(kind):
    field = {"kind": "percentile", "peers": "segment", "better": "higher"} if kind == "percentile" else None
    extra = {"exceptions": [{"measure": "nps", "op": "lte", "value": 3, "cap": 20}]} if kind == "exception" else {}
    x = make.measure("x", "attribute:x", high=40, **({"transform": field} if field else {}))
    trend = make.measure("trend", "usage_trend", low=-0.5, high=0.5)
    return make.document(
        make.group(make.measure(), trend, key="one", weight=2), make.group(x, key="two"), coverage_floor=0.3, **extra
    )
