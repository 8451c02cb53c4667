"""The lot is fair, repeatable, and the same in Python and in SQL."""

from decimal import Decimal
from math import sqrt
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cshub.db import sql
from playbooks.engine.assignment import arm_of, draw, pads, stratum_of
from playbooks.sql.enrolling import DRAW, STRATUM

TIERS = [Decimal(10_000), Decimal(50_000)]
SALTS = st.text(max_size=100)


@given(SALTS, st.decimals(0, 10**9, places=2), st.uuids(), st.text(max_size=100))
def test_a_draw_lies_in_the_unit_interval_and_never_changes(
    salt: str, arr: Decimal, account: UUID, window: str
) -> None:
    stratum = stratum_of(arr, TIERS)
    first = draw(salt=salt, stratum=stratum, account_id=str(account), window_key=window)
    assert 0 <= first < 1
    assert first == draw(salt=salt, stratum=stratum, account_id=str(account), window_key=window)
    assert -first.as_tuple().exponent == 10


def test_the_share_of_held_out_accounts_stays_within_binomial_bounds() -> None:
    accounts = [str(UUID(int=number)) for number in range(20_000)]
    for share in (Decimal("0.05"), Decimal("0.2"), Decimal("0.5")):
        draws = [draw(salt="s", stratum="arr_1", account_id=account, window_key="w") for account in accounts]
        held_out = sum(arm_of(drawn, holdout_share=share) == "held_out" for drawn in draws)
        sd = sqrt(20_000 * float(share) * (1 - float(share)))
        assert abs(held_out - 20_000 * float(share)) < 4 * sd


def test_each_tier_holds_out_its_share() -> None:
    for tier in ("arr_1", "arr_2", "arr_3"):
        arms = [
            arm_of(
                draw(salt="s", stratum=tier, account_id=str(UUID(int=number)), window_key="w"),
                holdout_share=Decimal("0.2"),
            )
            for number in range(3_000)
        ]
        assert abs(arms.count("held_out") - 600) < 4 * sqrt(3_000 * 0.16)


def test_two_salts_draw_independently() -> None:
    accounts = [str(UUID(int=number)) for number in range(10_000)]
    both = sum(
        all(
            draw(salt=salt, stratum="arr_1", account_id=account, window_key="w") < Decimal("0.5") for salt in ("a", "b")
        )
        for account in accounts
    )
    assert abs(both - 2_500) < 4 * sqrt(10_000 * 0.25 * 0.75)


@given(st.permutations([str(UUID(int=number)) for number in range(30)]))
def test_the_order_of_accounts_does_not_matter(accounts: list[str]) -> None:
    def arms(order: list[str]) -> dict[str, str]:
        return {
            account: arm_of(
                draw(salt="s", stratum="arr_1", account_id=account, window_key="w"), holdout_share=Decimal("0.3")
            )
            for account in order
        }

    assert arms(accounts) == arms(sorted(accounts))


def test_nobody_is_held_out_without_a_holdout() -> None:
    assert arm_of(Decimal(0), holdout_share=Decimal(0)) == "treated"


@pytest.mark.parametrize(("arr", "tier"), [(0, "arr_1"), (9_999, "arr_1"), (10_000, "arr_2"), (50_000, "arr_3")])
def test_a_boundary_belongs_to_the_tier_above(arr: int, tier: str) -> None:
    assert stratum_of(Decimal(arr), TIERS) == tier


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("salt", ["short", "x" * 64, "y" * 200, "słowo ключ کلید"])
def test_sql_draws_what_python_draws(salt: str) -> None:
    cases = [(str(uuid4()), f"renewal:{uuid4()}:2027-01-0{number % 9 + 1}", "arr_2") for number in range(200)]
    inner_pad, outer_pad = pads(salt)
    found = sql.rows(
        f"SELECT {DRAW} FROM unnest(%(accounts)s::text[], %(windows)s::text[], %(strata_)s::text[]) "
        "WITH ORDINALITY AS c(account_id, window_key, stratum, place) ORDER BY place",
        {
            "accounts": [case[0] for case in cases],
            "windows": [case[1] for case in cases],
            "strata_": [case[2] for case in cases],
            "inner_pad": inner_pad,
            "outer_pad": outer_pad,
        },
    )
    expected = [draw(salt=salt, stratum=tier, account_id=account, window_key=window) for account, window, tier in cases]
    assert [row[0] for row in found] == expected


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("boundaries", [[], ["10000.00"], ["10000.00", "50000.00"]])
def test_sql_finds_the_tier_that_python_finds(boundaries: list[str]) -> None:
    revenues = [Decimal(0), Decimal("9999.99"), Decimal(10_000), Decimal(50_000), Decimal("1e9")]
    found = sql.rows(
        f"SELECT {STRATUM} FROM unnest(%(arr)s::numeric[]) WITH ORDINALITY AS c(arr, place) ORDER BY place",
        {"arr": revenues, "strata": boundaries},
    )
    assert [row[0] for row in found] == [stratum_of(arr, [Decimal(each) for each in boundaries]) for arr in revenues]
