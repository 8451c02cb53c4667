"""The smallest trials that the engine's tests start from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from reports.impact.engine import HELD_OUT, TREATED, HoldoutRow

ASSIGNED = date(2025, 1, 1)
DUE = date(2025, 6, 30)


def row(account_id: str = "northwind", arm: str = TREATED, **changes: Any) -> HoldoutRow:
    base = HoldoutRow(
        account_id=account_id,
        arm=arm,
        arr_start_cents=1_000_000,
        arr_end_cents=1_000_000,
        renewed=True,
        assigned_at=ASSIGNED,
        due_at=DUE,
        contacted=arm == TREATED,
        due_week=1,
    )
    return replace(base, **changes)


def lost(account_id: str, arm: str, **changes: Any) -> HoldoutRow:
    return row(account_id, arm, renewed=False, arr_end_cents=0, **changes)


def arm_rows(arm: str, total: int, renewed: int, **changes: Any) -> list[HoldoutRow]:
    """`total` equal accounts of one arm, of which the first `renewed` renewed."""
    return [
        (row if number < renewed else lost)(f"{arm}-{number:04}", arm, due_week=number % 52 + 1, **changes)
        for number in range(total)
    ]


def trial(treated: int, treated_renewed: int, held_out: int, held_out_renewed: int) -> list[HoldoutRow]:
    return arm_rows(TREATED, treated, treated_renewed) + arm_rows(HELD_OUT, held_out, held_out_renewed)


def random_trial(
    rng: np.random.Generator, *, treated: int, held_out: int, churn: float = 0.2, fall: float = 0.0, sigma: float = 1.0
) -> list[HoldoutRow]:
    """A book with lognormal ARR whose treated accounts churn less by `fall` points."""
    arms = rng.permutation([TREATED] * treated + [HELD_OUT] * held_out)
    rows = []
    for number, arm in enumerate(arms):
        start = int(np.exp(13 + sigma * rng.normal()))
        gone = rng.random() < churn - (fall if arm == TREATED else 0.0)
        end = 0 if gone else int(start * rng.choice([0.7, 1.0, 1.0, 1.2]))
        rows.append(
            row(
                f"a{number}",
                str(arm),
                arr_start_cents=start,
                arr_end_cents=end,
                renewed=not gone,
                due_week=number % 52 + 1,
            )
        )
    return rows
