"""Features become numbers: centered on the typical account, rare things together, gaps as what they are."""

import json

import numpy as np
import pytest

from health.engine.prediction.encoding import FEWEST_OF_A_LEVEL, NOT_KNOWN, OTHER, learn_encoding, read_encoding
from health.engine.prediction.reasons import CannotPredict

MANY = FEWEST_OF_A_LEVEL


def texts(*counts: tuple[str | None, int]) -> np.ndarray:
    return np.array([text for text, count in counts for _ in range(count)], dtype=object)


def test_every_column_of_the_design_is_zero_for_the_typical_account():
    columns = {"size": np.arange(90.0), "plan": texts(("basic", 50), ("pro", 40))}
    design = learn_encoding(columns, bent=True).design(columns)
    np.testing.assert_allclose(design.mean(axis=0), 0, atol=1e-12)


def test_rare_texts_share_one_weight_and_new_ones_join_them():
    encoding = learn_encoding({"plan": texts(("basic", 60), ("pro", 40), ("odd", 12), ("strange", 12))}, bent=False)
    assert encoding.features[0].levels == ("basic", "pro", OTHER)
    odd, new = encoding.design({"plan": texts(("odd", 1), ("never seen", 1))})
    np.testing.assert_array_equal(odd, new)


def test_a_text_never_seen_counts_as_typical_where_nothing_was_pooled():
    encoding = learn_encoding({"plan": texts(("basic", 60), ("pro", 40))}, bent=False)
    np.testing.assert_array_equal(encoding.design({"plan": texts(("never seen", 1), (None, 1))}), np.zeros((2, 2)))


def test_gaps_have_a_weight_of_their_own_where_there_are_enough():
    gappy = np.r_[np.arange(60.0), np.full(MANY, np.nan)]
    encoding = learn_encoding({"size": gappy, "plan": texts(("basic", 60), (None, MANY))}, bent=False)
    assert encoding.features[0].gap
    assert NOT_KNOWN in encoding.features[1].levels
    known, gap = encoding.design({"size": np.array([29.5, np.nan]), "plan": texts(("basic", 2))})
    assert known[0] == pytest.approx(0) == gap[0]
    assert gap[1] > known[1]


def test_few_gaps_count_as_typical():
    encoding = learn_encoding({"size": np.r_[np.arange(60.0), np.nan]}, bent=True)
    np.testing.assert_array_equal(encoding.design({"size": np.array([np.nan])}), np.zeros((1, 3)))


def test_numbers_beyond_what_was_seen_count_as_the_farthest_seen():
    encoding = learn_encoding({"size": np.arange(60.0)}, bent=True)
    far = encoding.design({"size": np.array([59.0, 1e9, -1e9, 0.0])})
    np.testing.assert_array_equal(far[0], far[1])
    np.testing.assert_array_equal(far[2], far[3])


def test_features_without_a_difference_are_left_out():
    columns = {
        "same": np.ones(50),
        "empty": np.full(50, np.nan),
        "one": texts(("a", 50)),
        "id": np.array([f"{n}" for n in range(50)], dtype=object),
    }
    with pytest.raises(CannotPredict, match="No feature is left"):
        learn_encoding(columns, bent=False)
    assert learn_encoding(columns | {"size": np.arange(50.0)}, bent=False).names == ("size",)


def test_a_feature_that_is_not_given_is_named():
    with pytest.raises(CannotPredict, match="Feature size, which the model was trained with, is not given"):
        learn_encoding({"size": np.arange(50.0)}, bent=False).design({})


def test_it_comes_back_from_json_as_it_was():
    columns = {"size": np.r_[np.arange(60.0), np.full(MANY, np.nan)], "plan": texts(("basic", 60), (None, MANY))}
    encoding = learn_encoding(columns, bent=True)
    again = read_encoding(json.loads(json.dumps(encoding.document())))
    assert again.features == encoding.features
    np.testing.assert_array_equal(again.design(columns), encoding.design(columns))
