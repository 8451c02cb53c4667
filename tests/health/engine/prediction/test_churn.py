"""A model says how likely, how sure and why; and refuses where it cannot know."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

from health.engine.prediction import churn
from health.engine.prediction.card import BY_ACCOUNT, FORWARD, read_card
from health.engine.prediction.churn import FEWEST_TO_TRAIN, ChurnModel, fit_churn, read_model
from health.engine.prediction.reasons import CannotPredict
from health.engine.prediction.snapshots import Column, Snapshots
from tests.health.engine.prediction import make


@pytest.fixture(scope="module")
def model() -> ChurnModel:
    return fit_churn(make.book(800)[0])


def one(**values: float | str | None) -> list[Column]:
    """The features of one account."""
    return [
        Column(name, [value]) for name, value in ({"usage": 0.0, "noise": 0.0, "segment": "middle"} | values).items()
    ]


def outcomes(churned: int, stayed: int) -> Snapshots:
    left = [True] * churned + [False] * stayed
    usage = [float(number % 7) - 3 * was for number, was in enumerate(left)]
    return Snapshots([f"A{number}" for number in range(len(left))], [Column("usage", usage)], left)


@settings(max_examples=40, deadline=None)
@given(usage=st.floats(-50, 50), segment=st.sampled_from([*make.SEGMENTS, "new", None]))
def test_a_probability_lies_inside_its_interval_and_between_0_and_1(model, usage, segment):
    found = model.predict(["A"], one(usage=usage, segment=segment))
    assert 0 < found.lo[0] <= found.probability[0] <= found.hi[0] < 1


@settings(max_examples=40, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4))
def test_more_usage_never_raises_the_probability(model, less, more):
    less, more = sorted([less, more])
    assert model.predict(["A"], one(usage=more)).probability <= model.predict(["A"], one(usage=less)).probability


@settings(max_examples=40, deadline=None)
@given(usage=st.floats(-50, 50), segment=st.sampled_from([*make.SEGMENTS, "new", None]))
def test_the_drivers_and_the_typical_account_add_up_to_the_log_odds(model, usage, segment):
    found = model.predict(["A"], one(usage=usage, segment=segment))
    whole = model.typical + sum(driver.log_odds for driver in found.drivers(0))
    assert whole == pytest.approx(logit(found.probability[0]), abs=1e-9)


def test_the_strongest_driver_comes_first_with_its_direction(model):
    first, *_rest = model.predict(["A"], one(usage=-2.5)).drivers(0)
    assert (first.feature, first.value, first.direction) == ("usage", "-2.5", "raises")
    assert float(first.typical) == pytest.approx(0, abs=0.1)
    assert model.predict(["A"], one(usage=2.5)).drivers(0)[0].direction == "lowers"


def test_a_value_that_is_not_known_moves_nothing(model):
    drivers = {driver.feature: driver for driver in model.predict(["A"], one(usage=None)).drivers(0)}
    assert (drivers["usage"].log_odds, drivers["usage"].direction, drivers["usage"].value) == (
        0,
        "neutral",
        "not known",
    )


def test_the_interval_holds_the_true_probability_in_about_95_of_100_accounts():
    new, chance = make.book(200, seed=999)
    covered = []
    for seed in range(25):
        found = fit_churn(make.book(400, seed=seed)[0]).predict(new.account_ids, new.columns)
        covered.append(np.mean((found.lo <= chance) & (chance <= found.hi)))
    assert 0.91 <= np.mean(covered) <= 0.985


def test_the_same_data_in_another_order_gives_the_same_model():
    snapshots = make.book(400)[0]
    one_way, another = fit_churn(snapshots), fit_churn(make.shuffled(snapshots))
    assert json.dumps(one_way.document()) == json.dumps(another.document())
    assert json.dumps(one_way.card.document()) == json.dumps(another.card.document())


def test_a_model_comes_back_from_json_and_predicts_the_same_bytes(model):
    card = read_card(json.loads(json.dumps(model.card.document(), allow_nan=False)))
    again = read_model(json.loads(json.dumps(model.document(), allow_nan=False)), card)
    new = make.book(50, seed=5)[0]
    for name in ("probability", "lo", "hi", "parts"):
        ours, theirs = (getattr(each.predict(new.account_ids, new.columns), name) for each in (model, again))
        np.testing.assert_array_equal(ours, theirs)
    assert card == model.card


def test_the_card_says_what_was_learned_from_what(model):
    card = model.card
    assert (card.rows, card.accounts, card.split, card.first_snapshot) == (800, 800, BY_ACCOUNT, None)
    assert card.features == ("noise", "segment", "usage")
    assert card.churned == sum(map(bool, make.book(800)[0].churned))
    assert card.quality.auc.lo > 0.7
    assert card.quality.brier < card.quality.base_brier
    assert [limit.code for limit in card.limits] == ["undated_snapshots", "not_causal"]
    assert all(limit.words for limit in card.limits)


def test_with_dates_it_is_tried_forward_in_time_and_rows_of_an_account_count_as_one():
    model = fit_churn(make.company(300), horizon_days=make.HORIZON, as_of=make.as_of())
    assert (model.card.split, model.card.first_snapshot) == (FORWARD, make.FIRST.isoformat())
    assert model.card.rows > model.card.accounts == 300
    assert model.card.quality.n > model.card.quality.accounts
    assert model.robust is not None
    assert "outcomes_unknown" in [limit.code for limit in model.card.limits]


@pytest.mark.parametrize(("churned", "stayed", "short"), [(12, 500, 38), (500, 49, 1), (20, 10, 70)])
def test_it_refuses_below_the_minimum_and_says_how_many_exist(churned, stayed, short):
    with pytest.raises(CannotPredict) as refusal:
        fit_churn(outcomes(churned, stayed))
    assert refusal.value.codes == ("too_few_outcomes",)
    text = str(refusal.value)
    assert f"{churned} accounts left and {stayed} stayed; {FEWEST_TO_TRAIN} of each" in text
    assert f"{short} more outcomes" in text


def test_it_learns_at_the_minimum():
    assert fit_churn(outcomes(FEWEST_TO_TRAIN, FEWEST_TO_TRAIN)).card.churned == FEWEST_TO_TRAIN


@pytest.mark.parametrize(("churned", "stayed"), [(300, 0), (0, 300)])
def test_it_refuses_one_outcome_only(churned, stayed):
    with pytest.raises(CannotPredict, match=f"Of 300 accounts with a known outcome {churned} left"):
        fit_churn(outcomes(churned, stayed))


def test_it_refuses_features_that_say_nothing():
    rng = np.random.default_rng(4)
    names = [f"A{number}" for number in range(300)]
    with pytest.raises(CannotPredict, match="no better than drawing lots"):
        fit_churn(Snapshots(names, [Column("noise", rng.normal(size=300).tolist())], (rng.random(300) < 0.4).tolist()))


def test_predicting_refuses_a_missing_feature_and_one_from_the_future(model):
    with pytest.raises(CannotPredict, match="Feature usage, which the model was trained with"):
        model.predict(["A"], one()[1:])
    today = date(2026, 3, 31)
    late = [Column("usage", [1.0], [today + timedelta(days=1)]), *one()[1:]]
    with pytest.raises(CannotPredict, match="nobody could have known it"):
        model.predict(["A"], late, at=today)


def test_recalibration_mends_probabilities_that_are_too_extreme():
    rng = np.random.default_rng(8)
    line = rng.normal(size=2000) * 3
    left = (rng.random(2000) < 1 / (1 + np.exp(0.5 - line / 3))).astype(float)
    table = churn.tabulate(Snapshots([f"{n:04d}" for n in range(2000)], [], left.astype(bool).tolist()))
    fixed = churn.recalibration(churn.HeldOut(recipe=None, log_odds=line), table)
    assert fixed.slope == pytest.approx(1 / 3, abs=0.05)
    assert fixed.shift == pytest.approx(-0.5, abs=0.15)


def test_probabilities_that_are_right_are_left_alone():
    assert not fit_churn(make.book(800)[0]).recalibration.changed
