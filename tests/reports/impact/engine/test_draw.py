"""The lots: fair, repeatable, balanced within tiers, and untouched by who else arrives later."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.impact.engine import ALWAYS_WORKED, HELD_OUT, TREATED, Candidate, Draw, draw_arms, draw_late

SEED = "5f3a9c"


def book(total: int, stratum: str = "") -> list[Candidate]:
    return [Candidate(f"{stratum}a{number:04}", 1000 * (number * 7919 % 1009 + 1), stratum) for number in range(total)]


def arms(draws: tuple[Draw, ...]) -> dict[str, str]:
    return {draw.account_id: draw.arm for draw in draws}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_everyone_is_drawn_once(total: int, shuffle: object) -> None:
    shuffled = book(total)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    draws = draw_arms(shuffled, holdout_share=0.2, seed=SEED)
    assert draws == draw_arms(book(total), holdout_share=0.2, seed=SEED)
    assert [draw.account_id for draw in draws] == sorted(c.account_id for c in book(total))


@pytest.mark.parametrize(("share", "held_out"), [(0.5, 100), (0.2, 40), (0.1, 20), (0.3, 60)])
def test_full_blocks_hold_the_share_exactly(share: float, held_out: int) -> None:
    drawn = draw_arms(book(200), holdout_share=share, seed=SEED)
    assert Counter(draw.arm for draw in drawn)[HELD_OUT] == held_out
    assert set(Counter(draw.stratum for draw in drawn if draw.arm == HELD_OUT).values()) == {held_out // 4}


@pytest.mark.parametrize("share", [0.2, 0.25, 0.37])
def test_everyone_has_the_same_chance(share: float) -> None:
    held_out = Counter[str]()
    seeds = 2000
    for seed in range(seeds):
        drawn = draw_arms(book(23), holdout_share=share, seed=f"seed {seed}")
        held_out.update(draw.account_id for draw in drawn if draw.arm == HELD_OUT)
    shares = [held_out[candidate.account_id] / seeds for candidate in book(23)]
    assert sum(shares) / len(shares) == pytest.approx(share, abs=0.01)
    assert min(shares) > share - 0.045
    assert max(shares) < share + 0.045


def test_another_seed_draws_others() -> None:
    assert arms(draw_arms(book(100), holdout_share=0.5, seed="a")) != arms(
        draw_arms(book(100), holdout_share=0.5, seed="b")
    )


def test_giants_are_set_apart_before_the_draw() -> None:
    drawn = draw_arms(
        [*book(100), Candidate("whale", 10**9)], holdout_share=0.5, seed=SEED, always_worked_from_cents=10**8
    )
    assert arms(drawn)["whale"] == ALWAYS_WORKED
    assert {k: v for k, v in arms(drawn).items() if k != "whale"} == arms(
        draw_arms(book(100), holdout_share=0.5, seed=SEED)
    )


def test_strata_are_drawn_apart() -> None:
    both = draw_arms(book(50, "emea") + book(50, "apac"), holdout_share=0.2, seed=SEED)
    alone = draw_arms(book(50, "emea"), holdout_share=0.2, seed=SEED)
    assert {k: v for k, v in arms(both).items() if k.startswith("emea")} == arms(alone)
    assert all(draw.stratum.startswith(("emea/tier", "apac/tier")) for draw in both)


def test_late_arrivals_are_drawn_alone_at_the_same_share() -> None:
    late = [draw_late(f"n{number}", holdout_share=0.2, seed=SEED) for number in range(5000)]
    assert sum(draw.arm == HELD_OUT for draw in late) / 5000 == pytest.approx(0.2, abs=0.02)
    assert late[0] == draw_late("n0", holdout_share=0.2, seed=SEED)
    assert {draw.arm for draw in late} == {TREATED, HELD_OUT}


def test_equal_revenue_and_any_script_are_drawn_by_lot() -> None:
    same = [Candidate(name, 0) for name in ("Łódź", "東京", "شیراز", "\ud800", *map(str, range(36)))]
    assert Counter(arms(draw_arms(same, holdout_share=0.5, seed=SEED)).values()) == {TREATED: 20, HELD_OUT: 20}


@pytest.mark.parametrize(
    ("share", "seed", "accounts", "named"),
    [
        (0.0, SEED, 1, "holdout_share"),
        (1.0, SEED, 1, "holdout_share"),
        (0.5, "", 1, "seed"),
        (0.5, SEED, 2, "listed twice"),
    ],
)
def test_what_cannot_be_drawn_is_refused(share: float, seed: str, accounts: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        draw_arms([Candidate("a", 1)] * accounts, holdout_share=share, seed=seed)
