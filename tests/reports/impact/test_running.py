"""A running experiment is read once a week, by bounds; what was claimed stands; nothing is kept without its interval."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from reports.impact import services
from reports.impact.engine.reasons import REMEDIES, WORDS
from reports.impact.models import Estimate
from reports.impact.presentation import reading_in_words
from reports.impact.queries import experiments
from reports.impact.queries.running import calendar
from reports.impact.wording import COLLECTED
from tests.reports import make
from tests.reports.make import BEGUN, KNOWN

pytestmark = pytest.mark.usefixtures("acme")
WEEK = timedelta(days=7)


def verdicts(outcome: str = "renewal") -> list[tuple[int, str]]:
    rows = Estimate.objects.filter(outcome=outcome).order_by("as_of")
    return [(row.diagnostics["week"], row.verdict) for row in rows]


def test_it_is_read_once_a_whole_week_whatever_calls() -> None:
    make.compared()
    assert services.estimate_experiments(as_of=BEGUN + timedelta(days=6)) == 0
    assert services.estimate_experiments(as_of=BEGUN + WEEK) == 2
    assert services.estimate_experiments(as_of=BEGUN + WEEK) == 0
    assert services.estimate_experiments(as_of=BEGUN + timedelta(days=13)) == 0
    assert services.estimate_experiments(as_of=BEGUN + 2 * WEEK) == 2
    assert verdicts() == [(1, "TOO_EARLY"), (2, "TOO_EARLY")]
    assert Estimate.objects.exclude(point=None).count() == 0


def test_a_claim_that_was_made_stands_with_its_interval() -> None:
    make.compared()
    for week in range(8, 60, 4):
        services.estimate_experiments(as_of=BEGUN + week * WEEK)
    found = [verdict for _week, verdict in verdicts()]
    first = found.index("MEASURED_GAIN")
    assert set(found[:first]) <= {"TOO_EARLY", "NOT_YET"}
    assert set(found[first:]) == {"MEASURED_GAIN"}
    kept = set(Estimate.objects.filter(verdict="MEASURED_GAIN", outcome="renewal").values_list("point", "low", "high"))
    assert len(kept) == 1
    [(point, low, high)] = kept
    assert 0 < low < point < high


def test_the_page_says_what_is_known_and_no_estimate_before_its_time() -> None:
    make.compared(treated=(9, 9), held_out=(9, 3))
    services.estimate_experiments(as_of=BEGUN + 16 * WEEK)
    words = reading_in_words(experiments()[0])
    assert words.verdict == "Too early to tell"
    assert words.rate.startswith("What we know: 8 treated and 2 held-out accounts")
    assert words.money == "In money nothing can be said yet."


def test_what_cannot_be_shown_says_why_and_what_would_show_it() -> None:
    make.compared(treated=(100, 90), held_out=(20, 5))
    services.estimate_experiments(as_of=KNOWN)
    words = reading_in_words(experiments()[0])
    assert words.verdict == "It cannot be shown"
    assert "Cannot be shown: the split is 100 worked to 20 held out" in words.rate
    assert "What would show it: the outcomes of every account that was drawn." in words.rate


def test_money_is_read_in_the_commonest_currency() -> None:
    make.compared(currency="USD")
    services.estimate_experiments(as_of=KNOWN)
    reading = Estimate.objects.get(outcome="arr")
    assert (reading.diagnostics["currency"], reading.diagnostics["other_currency_count"]) == ("USD", 0)


def test_the_database_keeps_no_point_without_its_interval() -> None:
    make.compared()
    services.estimate_experiments(as_of=KNOWN)
    row = Estimate.objects.filter(outcome="renewal").get()
    row.pk, row.as_of, row.low, row._state.adding = None, KNOWN + WEEK, None, True
    with pytest.raises(IntegrityError, match="a_point_stands_in_its_interval"), transaction.atomic():
        row.save()


def test_the_plan_expects_the_weeks_nobody_is_enrolled_for_yet() -> None:
    known = Counter({1: 4, 2: 2, 3: 6, 4: 1})
    plan = calendar(known, week=2, is_enrolling=True)
    assert (len(plan), [each.due for each in plan[:5]]) == (52, [4, 6, 12, 15, 18])
    assert plan[-1].due == 12 + 3 * 49
    assert [each.due for each in calendar(known, week=2, is_enrolling=False)] == [4, 6, 12, 13]
    assert len(calendar(known, week=53, is_enrolling=True)) == 104


def test_every_reason_of_the_engine_can_be_translated() -> None:
    assert set(COLLECTED) == {*WORDS.values(), *REMEDIES.values()}
