"""Rows are checked before anything is learned from them, and what is wrong is named."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from health.engine.prediction.reasons import CannotPredict
from health.engine.prediction.snapshots import Column, Snapshots, Value, fingerprint, tabulate
from tests.health.engine.prediction import make

DAY = date(2026, 3, 31)


def rows(values: list[Value], churned: list[bool | None] | None = None, **more: object) -> Snapshots:
    names = [f"A{number}" for number in range(len(values))]
    column = Column("usage", values, more.pop("recorded_at", None))
    return Snapshots(more.pop("names", names), [column], churned or [False] * len(values), **more)


def test_a_value_that_is_no_number_is_refused_with_feature_account_and_remedy():
    for wrong in (float("nan"), float("inf"), float("-inf")):
        with pytest.raises(
            CannotPredict, match=r"eature usage of account A1 is (nan|inf|-inf), which is no number.*or nothing"
        ):
            tabulate(rows([1.0, wrong, 3.0]))


def test_a_feature_of_numbers_and_texts_is_refused():
    with pytest.raises(CannotPredict, match="eature usage holds both numbers and texts; account A1 has 'much'"):
        tabulate(rows([1.0, "much"]))


def test_the_same_account_twice_in_a_snapshot_is_refused():
    with pytest.raises(CannotPredict, match="Account A stands more than once in the snapshot of 2026-03-31"):
        tabulate(rows([1.0, 2.0], names=["A", "A"], at=[DAY, DAY]))
    with pytest.raises(CannotPredict, match="more than once"):
        tabulate(rows([1.0, 2.0], names=["A", "A"]))


def test_no_rows_are_refused():
    with pytest.raises(CannotPredict, match="here are no accounts to learn from"):
        tabulate(rows([]))


def test_a_feature_recorded_after_the_snapshot_is_refused_with_both_days():
    later = [datetime(2026, 3, 31, 23, tzinfo=UTC), datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC)]
    with pytest.raises(
        CannotPredict, match="usage of account A1 was recorded on 2026-04-01, after the snapshot of 2026-03-31"
    ):
        tabulate(rows([1.0, 2.0], at=[DAY, DAY], recorded_at=later))


def test_a_feature_recorded_on_the_day_of_the_snapshot_is_taken():
    recorded = [datetime(2026, 3, 31, 23, tzinfo=UTC), DAY, None]
    assert len(tabulate(rows([1.0, 2.0, None], at=[DAY] * 3, recorded_at=recorded))) == 3


def test_an_outcome_counts_only_when_its_window_is_over():
    snapshots = rows([1.0, 2.0, 3.0], [True, False, None], at=[date(2026, 1, 1), date(2026, 3, 1), date(2026, 1, 1)])
    table = tabulate(snapshots, horizon_days=30, as_of=date(2026, 3, 15))
    assert table.account_ids.tolist() == ["A0"]
    assert table.unknown == 2


def test_the_order_of_rows_and_features_does_not_matter():
    snapshots = make.company(40)
    one, other = tabulate(snapshots), tabulate(make.shuffled(snapshots))
    assert fingerprint(one, {"horizon_days": 90}) == fingerprint(other, {"horizon_days": 90})
    np.testing.assert_array_equal(one.columns["usage"], other.columns["usage"])


def test_another_value_parameter_or_outcome_has_another_fingerprint():
    prints = {
        fingerprint(tabulate(rows([1.0, 2.0])), {"h": 1}),
        fingerprint(tabulate(rows([1.0, 2.5])), {"h": 1}),
        fingerprint(tabulate(rows([1.0, None])), {"h": 1}),
        fingerprint(tabulate(rows([1.0, 2.0])), {"h": 2}),
        fingerprint(tabulate(rows([1.0, 2.0], [True, False])), {"h": 1}),
    }
    assert len(prints) == 5


def test_who_left_is_counted_once_in_however_many_snapshots():
    days = [date(2026, 1, 1), date(2026, 2, 1)]
    table = tabulate(rows([1.0, 2.0, 3.0, 4.0], [True, True, False, False], names=["A", "A", "B", "B"], at=days * 2))
    assert (table.churned_accounts, table.stayed_accounts) == (1, 1)


def test_features_that_do_not_say_when_they_were_recorded_are_named():
    days = [DAY, DAY]
    assert tabulate(rows([1.0, 2.0], at=days)).undated == ("usage",)
    assert tabulate(rows([1.0, 2.0], at=days, recorded_at=[DAY, None])).undated == ("usage",)
    assert tabulate(rows([1.0, None], at=days, recorded_at=[DAY, None])).undated == ()
