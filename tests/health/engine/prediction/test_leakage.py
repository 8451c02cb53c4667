"""The trap: a pipeline that looks into the future would shine here, and the product refuses it."""

from datetime import date, timedelta

import numpy as np
import pytest

from health.engine.prediction.backtest import Verdict, backtest_churn
from health.engine.prediction.churn import fit_churn
from health.engine.prediction.measures import auc
from health.engine.prediction.reasons import CannotPredict
from health.engine.prediction.snapshots import Column, Snapshots
from tests.health.engine.prediction import make

WHEN = {"horizon_days": make.HORIZON, "as_of": make.as_of()}


def without_days(snapshots: Snapshots) -> Snapshots:
    """The same, by somebody who does not say when values were recorded."""
    columns = [Column(column.name, column.values) for column in snapshots.columns]
    return Snapshots(snapshots.account_ids, columns, snapshots.churned, snapshots.at)


def test_the_honest_pipeline_is_far_from_perfect_and_shown():
    found = backtest_churn(make.company(), **WHEN)
    assert found.verdict is Verdict.SHOWN
    assert 0.6 < found.quality.auc.estimate < 0.9


def test_the_leaking_pipeline_would_shine():
    leak = make.company(hindsight=True)
    day = make.FIRST + timedelta(days=30 * 10)  # its window ends with the history
    seen = [
        (usage, left)
        for usage, left, at in zip(leak.columns[0].values, leak.churned, leak.at, strict=True)
        if at == day
    ]
    usage, left = (np.array(each, dtype=float) for each in zip(*seen, strict=True))
    assert auc(-usage, left) > 0.99


@pytest.mark.parametrize("judge", [fit_churn, backtest_churn])
def test_features_from_after_the_snapshot_are_refused_by_their_dates(judge):
    with pytest.raises(
        CannotPredict, match="Feature usage .* was recorded on 2026-01-26, after the snapshot of 2025-01-01"
    ):
        judge(make.company(hindsight=True), **WHEN)


def test_without_dates_the_alarm_refuses_and_names_the_suspect():
    leak = without_days(make.company(hindsight=True))
    with pytest.raises(
        CannotPredict, match=r"AUC of 0\.9\d+; above 0\.95 .* Features that do so alone: usage \(0\.9\d\)"
    ):
        fit_churn(leak, **WHEN)
    found = backtest_churn(leak, **WHEN)
    assert found.verdict is Verdict.CANNOT_BE_SHOWN
    assert found.quality is None
    assert [reason.code for reason in found.reasons] == ["leakage_suspected"]


def test_a_field_that_is_only_filled_in_once_somebody_left_is_caught():
    honest = make.book(600)[0]
    reasons = ["price" if left else None for left in honest.churned]
    with pytest.raises(CannotPredict, match=r"Features that do so alone: reason_given \(1\.00\)"):
        fit_churn(make.book(600, reason_given=reasons)[0])


def test_windows_that_overlap_the_test_are_not_learned_from():
    company = make.company()
    found = backtest_churn(company, **WHEN)
    tested_from = date.fromisoformat(found.tested_from)
    overlapping = [0 < (tested_from - day).days < make.HORIZON for day in company.at]
    turned = [
        left ^ (overlaps and number % 5 == 0)
        for number, (left, overlaps) in enumerate(zip(company.churned, overlapping, strict=True))
    ]
    assert turned != company.churned
    again = backtest_churn(Snapshots(company.account_ids, company.columns, turned, company.at), **WHEN)
    assert again.tested_from == found.tested_from
    np.testing.assert_array_equal(again.probability, found.probability)
