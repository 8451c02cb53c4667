"""A rank among peers, by hand and in general."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.peers import FEWEST_PEERS, ranks

TEN = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 10.0]


def test_by_hand():
    assert ranks(TEN, [""] * 10, better="higher") == pytest.approx([n / 9 for n in (0, 1, 2, 3, 4, 5, 6, 7.5, 7.5, 9)])
    assert ranks(TEN, [""] * 10, better="lower")[0] == 1


def test_under_ten_peers_and_without_a_value_nothing_is_said():
    assert ranks(TEN[:-1], [""] * 9, better="higher") == (None,) * 9
    assert ranks([*TEN, 4.0, None], [""] * 10 + ["other", ""], better="higher")[-2:] == (None, None)


@given(st.lists(st.integers(0, 20), min_size=FEWEST_PEERS, max_size=40), st.sampled_from(["higher", "lower"]))
def test_ranks_lie_between_0_and_1_average_one_half_and_follow_the_values(values, better):
    found = [rank for rank in ranks([float(v) for v in values], [""] * len(values), better=better) if rank is not None]
    assert len(found) == len(values)
    assert all(0 <= rank <= 1 for rank in found)
    assert sum(found) / len(found) == pytest.approx(0.5)
    pairs = sorted(zip(values, found, strict=True), reverse=better == "lower")
    assert [rank for _, rank in pairs] == sorted(found)
