"""Why a score changed since a day: the differences add up, the old formula is named, what a person set is told apart."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Ticket
from health import queries
from health.overriding import override_health
from health.services import activate, draft_version, score_accounts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
BEFORE = make.AS_OF - timedelta(days=40)


def scored(account, nps, csat, *, at):
    make.answered(account, nps, at=at - timedelta(hours=1))
    make.answered(account, csat, kind="csat", at=at - timedelta(hours=1))
    score_accounts(as_of=at)


def two_signals(**terms):
    return make.document(make.group(make.measure(), make.measure("csat", "survey_csat", low=1, high=5)), **terms)


def test_the_differences_of_the_signals_add_up_to_that_of_the_score(count_queries):
    make.active_version(two_signals())
    northwind = make.account()
    scored(northwind, 9, 3, at=BEFORE)  # 45 + 25
    scored(northwind, 2, 5, at=make.AS_OF)  # 10 + 50

    found = queries.changed_since(northwind, since=BEFORE, as_of=make.AS_OF)

    assert found is not None
    assert [(each.key, each.difference) for each in found.moved] == [("nps", Decimal(-35)), ("csat", Decimal(25))]
    assert (found.then.score, found.now.score, found.difference) == (Decimal(70), Decimal(60), Decimal(-10))
    assert (found.by_exceptions, found.by_hand, found.rounding, found.old_formula) == (0, 0, 0, "")
    asked = lambda: queries.changed_since(northwind, since=BEFORE, as_of=make.AS_OF)  # noqa: E731
    assert count_queries(asked) <= 10


def test_another_formula_is_named_and_what_it_dropped_or_added_is_told():
    version = make.active_version(two_signals())
    northwind = make.account()
    scored(northwind, 9, 3, at=BEFORE)
    changed = draft_version(version.scorecard, definition=make.document(), by=None, as_of=BEFORE)
    activate(changed, by=None, as_of=BEFORE + timedelta(days=1))
    scored(northwind, 4, 3, at=make.AS_OF)

    found = queries.changed_since(northwind, since=BEFORE, as_of=make.AS_OF)

    assert found is not None
    assert found.old_formula == f"{version.scorecard.name} v1"
    assert [(each.key, each.then is None, each.now is None, each.difference) for each in found.moved] == [
        ("csat", False, True, Decimal(-25)),
        ("nps", False, False, Decimal(-5)),
    ]
    assert found.difference == Decimal(-30)


def test_an_exception_and_a_persons_word_stand_apart_from_the_signals():
    version = make.active_version(two_signals(exceptions=[{"measure": "nps", "op": "lte", "value": 3, "cap": 40}]))
    northwind = make.account()
    scored(northwind, 9, 3, at=BEFORE)
    scored(northwind, 2, 5, at=make.AS_OF)
    override_health(
        northwind, score=Decimal(90), reason="They signed", until_on=make.ago(-9), by=None,
        as_of=make.AS_OF + timedelta(hours=1),
    )  # fmt: skip

    found = queries.changed_since(northwind, since=BEFORE, as_of=make.AS_OF + timedelta(hours=2))

    assert found is not None
    assert sum(each.difference for each in found.moved) == Decimal(-10)
    assert (found.by_exceptions, found.by_hand, found.difference) == (Decimal(-20), Decimal(50), Decimal(20))
    assert found.now.override is not None
    assert found.now.definition is not None
    assert version.number == found.now.version_number


def test_where_too_little_was_known_there_is_no_difference():
    make.active_version(two_signals(coverage_floor=0.9))
    northwind = make.account()
    make.answered(northwind, 4, at=BEFORE - timedelta(days=1))
    score_accounts(as_of=BEFORE)
    scored(northwind, 4, 5, at=make.AS_OF)

    found = queries.changed_since(northwind, since=BEFORE, as_of=make.AS_OF)

    assert found is not None
    assert (found.then.score, found.now.score, found.difference, found.rounding) == (None, Decimal(70), None, None)
    assert {each.difference for each in found.moved} == {None}
    assert queries.changed_since(northwind, since=BEFORE - timedelta(days=9), as_of=make.AS_OF) is None


def test_what_would_make_it_healthy_is_said_in_words_and_numbers():
    tickets = make.measure("tickets", "tickets_open", low=8, high=0)
    make.active_version(make.document(make.group(make.measure(), tickets)))
    northwind = make.account()
    for number in range(4):
        Ticket.objects.create(account=northwind, external_id=f"t{number}", opened_at=BEFORE, recorded_at=BEFORE)
    make.answered(northwind, 8)
    score_accounts(as_of=make.AS_OF)

    why = queries.explanation(northwind, as_of=make.AS_OF)
    assert why is not None
    (way,) = queries.ways_up(why)

    assert (why.score, way.band, way.band_label) == (Decimal(65), "good", "Healthy")
    assert [each.text for each in way.levers] == [
        "If “NPS” went from “8” to “9”: +5.0 points, then Healthy",
        "If “Open tickets” went from “4” to “3”: +6.3 points, then Healthy",
    ]


def test_no_way_is_made_up_where_one_signal_is_not_enough():
    make.active_version(two_signals(bands={"good": 80, "watch": 40}))
    northwind = make.account()
    scored(northwind, 1, 1, at=make.AS_OF)  # 5 + 0
    why = queries.explanation(northwind, as_of=make.AS_OF)
    assert why is not None
    assert [(way.band, [each.key for each in way.levers]) for way in queries.ways_up(why)] == [
        ("watch", ["nps", "csat"]),
        ("good", []),
    ]
