"""How people feel about accounts: said with a reason, beside the score, fading by itself, and in the score only where a scorecard reads it."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from cshub.audit.models import AuditEvent
from cshub.db import sql
from cshub.web.filters import read_filters
from health import queries
from health.engine.sentiment import LONGEST_DAYS, VALUES, faded, share
from health.invariants import INVARIANTS
from health.models import AccountHealth, AccountSentiment
from health.segments.catalog import catalog
from health.segments.engine.grammar import parse
from health.segments.sql.compiling import accounts_that_meet
from health.sentiment import BadSentiment, record_sentiment
from health.services import score_accounts
from health.sql.run import read_verdicts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
DAY = timedelta(days=1)


def said(account, level="poor", *, days_ago=0, lasts=90, by=None, reason="They look elsewhere"):
    at = make.AS_OF - days_ago * DAY
    return record_sentiment(account, level=level, reason=reason, fades_on=at.date() + lasts * DAY, by=by, as_of=at)


@given(lasts=st.integers(1, LONGEST_DAYS), ages=st.lists(st.integers(0, 500), min_size=2, max_size=2))
def test_a_word_counts_less_each_day_and_then_not_at_all(lasts, ages):
    younger, older = (share(make.TODAY, make.TODAY + lasts * DAY, today=make.TODAY + age * DAY) for age in sorted(ages))
    assert 1 >= younger >= older >= 0
    assert (older == 0) == (max(ages) >= lasts)
    assert all(faded(level, 1) == worth for level, worth in VALUES.items())
    assert faded("poor", older) is None if older == 0 else 0 <= faded("poor", older) <= 50 <= faded("good", older)


def test_it_stands_beside_the_score_and_never_in_it():
    version = make.active_version()
    northwind = make.account()
    make.answered(northwind, 9)
    before = read_verdicts(version, as_of=make.AS_OF)
    said(northwind, days_ago=45, by=cast.ada())

    assert read_verdicts(version, as_of=make.AS_OF) == before
    found = queries.sentiments_of([northwind.pk], as_of=make.AS_OF)[northwind.pk]
    assert (found.level, found.author, found.counts) == ("poor", "Ada", 0.5)
    assert "Said 45 days ago" in found.age_text
    assert "counts half" in found.age_text
    assert AuditEvent.objects.latest("seq").verb == "health.sentiment_recorded"


@pytest.mark.parametrize(
    ("level", "days_ago", "raw"),
    [("good", 0, 100), ("good", 45, 75), ("fair", 45, 50), ("poor", 0, 0), ("poor", 45, 25), ("poor", 90, None)],
)  # fmt: skip
def test_a_scorecard_may_read_it_as_it_fades(level, days_ago, raw):
    version = make.active_version(make.document(make.group(make.measure("felt", "sentiment", 0, 100))))
    northwind, silent = make.account(), make.account()
    said(northwind, "good", days_ago=200)
    said(northwind, level, days_ago=days_ago)
    found = {row["account_id"]: row["raw"][0] for row in read_verdicts(version, as_of=make.AS_OF)}
    expected = faded(level, share(make.ago(days_ago), make.ago(days_ago - 90), today=make.TODAY))
    assert found[northwind.pk] == (None if expected is None else pytest.approx(expected))
    if raw is not None:
        assert expected == pytest.approx(raw)
    assert found[silent.pk] is None


def test_what_is_said_later_changes_no_verdict_of_the_past():
    version = make.active_version(make.document(make.group(make.measure("felt", "sentiment", 0, 100))))
    northwind = make.account()
    said(northwind, "good", days_ago=9)
    then = read_verdicts(version, as_of=make.AS_OF - DAY)
    score_accounts(as_of=make.AS_OF - DAY)
    said(northwind, "poor")
    assert read_verdicts(version, as_of=make.AS_OF - DAY) == then
    score_accounts(as_of=make.AS_OF, account_ids=[northwind.pk])
    assert AccountHealth.objects.get().band == "risk"
    why = queries.explanation(northwind, as_of=make.AS_OF)
    assert [line.raw_text for line in why.lines] == ["Poor"]
    assert [way.levers for way in queries.ways_up(why)] == [(), ()]  # saying better makes nothing better


def test_the_list_and_segments_find_it_while_it_counts():
    poor, good, forgotten, silent = (make.account(name=name) for name in ("poor", "good", "forgotten", "silent"))
    said(poor, "good", days_ago=80)
    said(poor, "poor", days_ago=3)
    said(good, "good", days_ago=3)
    said(forgotten, "poor", days_ago=91)

    ada = cast.ada()

    def listed(query):
        filters = read_filters(QueryDict(query), people=[])
        return {each.name for each in filters.of(Account.objects.all(), user=ada, as_of=make.AS_OF)}

    def meeting(**rule):
        found = accounts_that_meet(parse({"field": "sentiment", **rule}, catalog()), as_of=make.AS_OF)
        return {pk for (pk,) in sql.rows(found.sql, found.values)}

    assert listed("sentiment=poor") == {"poor"}
    assert listed("sentiment=good&sentiment=unknown") == {"good", "forgotten", "silent"}
    assert meeting(op="is", value="poor") == {poor.pk}
    assert meeting(op="unknown") == {forgotten.pk, silent.pk}
    assert meeting(op="in", value=["poor", "good"]) == {poor.pk, good.pk}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"level": "superb"}, "level"),
        ({"fades_on": make.TODAY}, "fades_on"),
        ({"fades_on": make.TODAY + (LONGEST_DAYS + 1) * DAY}, "fades_on"),
    ],
)
def test_nonsense_is_refused(change, field):
    words = {"level": "good", "reason": "They renewed early"} | change
    with pytest.raises(BadSentiment) as refusal:
        record_sentiment(make.account(), by=None, as_of=make.AS_OF, **words)
    assert refusal.value.field == field
    assert not AccountSentiment.objects.exists()


def test_nobody_speaks_of_an_account_that_was_merged_away():
    gone = make.account(status=Account.Status.MERGED, merged_into=make.account())
    with pytest.raises(BadSentiment, match="Say it there"):
        said(gone)


def test_it_is_said_on_a_page_and_over_rest_and_read_on_the_timeline(client):
    make.active_version()
    northwind = make.account()
    client.force_login(ada := cast.ada())
    page, day = f"/accounts/{northwind.pk}/sentiment/", timezone.localdate() + 30 * DAY

    assert client.get(page).status_code == 200
    assert client.post(page, {"level": "poor", "reason": "", "fades_on": day}).status_code == 422
    assert client.post(page, {"level": "poor", "reason": "Our sponsor left", "fades_on": day}).status_code == 302
    for address in ("", "health/why/", "?kind=sentiment"):
        assert "Our sponsor left" in client.get(f"/accounts/{northwind.pk}/{address}").content.decode()

    body = {"account": str(northwind.pk), "level": "good", "reason": "They renewed by word"}
    made = client.post("/api/v1/sentiments/", body, content_type="application/json")
    assert (made.status_code, made.json()["author"]) == (201, str(ada.pk))
    rows = client.get(f"/api/v1/sentiments/?account={northwind.pk}").json()["data"]
    assert [row["level"] for row in rows] == ["good", "poor"]
    assert client.patch(f"/api/v1/sentiments/{rows[0]['id']}/", {}, content_type="application/json").status_code == 405
    refused = client.post("/api/v1/sentiments/", body | {"reason": " "}, content_type="application/json")
    assert refused.status_code in (400, 409, 422)

    score_accounts(as_of=cast.clock())
    why = client.get(f"/api/v1/accounts/{northwind.pk}/health/").json()
    assert (why["sentiment"]["level"], why["sentiment"]["counts"]) == ("good", 1.0)
    assert [found for each in INVARIANTS for found in each.violations()] == []


def test_finance_reads_and_says_nothing(client):
    northwind = make.account()
    client.force_login(cast.finn())
    assert client.get("/api/v1/sentiments/").status_code == 200
    assert client.get(f"/accounts/{northwind.pk}/sentiment/").status_code == 403
    body = {"account": str(northwind.pk), "level": "good", "reason": "They pay"}
    assert client.post("/api/v1/sentiments/", body, content_type="application/json").status_code == 403


def test_the_row_of_the_list_shows_the_word_that_counts(client):
    northwind, harbor = make.account(name="Northwind"), make.account(name="Harbor")
    client.force_login(ada := cast.ada())
    now = cast.clock()
    record_sentiment(northwind, level="good", reason="They came back", by=ada, as_of=now - 9 * DAY)
    record_sentiment(northwind, level="poor", reason="Our sponsor left", by=ada, as_of=now - 8 * DAY)
    record_sentiment(harbor, level="good", reason="They pay early", by=ada, as_of=now - 99 * DAY)
    page = client.get("/accounts/").content.decode()
    assert page.count('title="Sentiment"') == 1
    assert page.index(">Northwind<") < page.index(">Poor<")
