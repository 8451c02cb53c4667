"""A back-test learns from the past alone, and gives no verdict where too little is known."""

from datetime import timedelta

import numpy as np
import pytest

from health.engine.prediction.backtest import Verdict, backtest_churn
from health.engine.prediction.card import BY_ACCOUNT, FORWARD
from health.engine.prediction.churn import FEWEST_TO_JUDGE
from health.engine.prediction.folds import account_folds, forward_folds, later_part
from health.engine.prediction.snapshots import Snapshots, tabulate
from tests.health.engine.prediction import make

WHEN = {"horizon_days": make.HORIZON, "as_of": make.as_of()}


def test_what_is_learned_from_was_known_before_what_is_tried():
    table = tabulate(make.company(), **WHEN)
    folds = forward_folds(table, make.HORIZON)
    assert len(folds) > 1
    for fold in [*folds, later_part(table, make.HORIZON, FEWEST_TO_JUDGE)]:
        assert table.at[fold.train].max() + make.HORIZON <= table.at[fold.test].min()


def test_folds_by_account_keep_an_account_together_and_deal_out_who_left():
    table = tabulate(make.company(), **WHEN)
    folds = account_folds(table)
    assert sum(fold.test.sum() for fold in folds) == len(table)
    for fold in folds:
        assert not set(table.account_ids[fold.train]) & set(table.account_ids[fold.test])
    left = [table.part(fold.test).churned_accounts for fold in folds]
    assert max(left) - min(left) <= 1


def test_with_dates_it_is_split_in_time_and_holds_enough_outcomes():
    found = backtest_churn(make.company(), **WHEN)
    assert (found.verdict, found.split) == (Verdict.SHOWN, FORWARD)
    assert found.quality.churned >= FEWEST_TO_JUDGE
    assert len(found.probability) == len(found.outcome) == len(found.account_ids) == found.quality.n
    assert np.all((found.probability > 0) & (found.probability < 1))


def test_without_dates_every_account_is_tried_once():
    found = backtest_churn(make.book(400)[0])
    assert (found.verdict, found.split, found.tested_from) == (Verdict.SHOWN, BY_ACCOUNT, None)
    assert sorted(found.account_ids) == [f"A{number:05d}" for number in range(400)]
    assert found.quality.slope.lo < 1 < found.quality.slope.hi


def test_too_few_outcomes_are_no_verdict_and_are_counted():
    found = backtest_churn(make.book(60)[0])
    assert found.verdict is Verdict.CANNOT_BE_SHOWN
    assert found.quality is None
    assert found.churned + found.stayed == 60
    assert f"{found.churned} accounts left and {found.stayed} stayed" in found.reasons[0].words


def test_one_outcome_only_is_no_verdict():
    snapshots = make.book(200)[0]
    found = backtest_churn(Snapshots(snapshots.account_ids, snapshots.columns, [False] * 200))
    assert [reason.code for reason in found.reasons] == ["one_outcome_only"]


def test_a_history_shorter_than_the_horizon_is_no_verdict():
    company = make.company(months=5)
    found = backtest_churn(company, horizon_days=make.HORIZON, as_of=make.as_of(5))
    assert [reason.code for reason in found.reasons] in (["no_time_split"], ["too_few_outcomes"])
    later = Snapshots(company.account_ids, company.columns, company.churned, [make.FIRST] * 0 + list(company.at))
    assert (
        backtest_churn(later, horizon_days=1000, as_of=make.as_of() + timedelta(days=2000)).reasons[0].code
        == "no_time_split"
    )


@pytest.mark.parametrize("snapshots", [make.company(), make.book(400)[0]], ids=["dated", "undated"])
def test_the_same_rows_in_another_order_give_the_same_answer(snapshots):
    when = WHEN if snapshots.at is not None else {}
    one, other = backtest_churn(snapshots, **when), backtest_churn(make.shuffled(snapshots), **when)
    assert one.data_hash == other.data_hash
    np.testing.assert_array_equal(one.probability, other.probability)
