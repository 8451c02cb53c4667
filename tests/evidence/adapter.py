"""The door between the evidence pack and the engine: tables in, a plain dictionary out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from reports.impact.engine import (
    HELD_OUT,
    TREATED,
    CalendarWeek,
    Claim,
    HoldoutRow,
    Look,
    MeasuredMoney,
    Money,
    Touch,
    Verdict,
    allocate,
    measure_holdout,
    reconcile,
    roi,
    sequential,
)
from tests.evidence import prediction

Tables = Mapping[str, pd.DataFrame]
Params = Mapping[str, Any]

ARMS = {"treat": TREATED, "holdout": HELD_OUT}


class NotBuilt(NotImplementedError):
    """The engine does not have this function yet."""


def run_case(function: str, tables: Tables, params: Params) -> dict[str, Any]:
    """Answer one case of the pack. Raises NotBuilt, naming the function, for what the engine lacks."""
    if function not in FUNCTIONS:
        raise NotBuilt(f"{function} is not built yet; built are {', '.join(sorted(FUNCTIONS))}.")
    return FUNCTIONS[function](tables, params)


def holdout_rows(table: pd.DataFrame) -> list[HoldoutRow]:
    """Rows of a pack table as the product gives them: whole cents, dates, None for a blank."""
    columns = [_column(table, name, read) for name, read in READERS.items()]
    return [
        HoldoutRow(
            account_id=account_id,
            arm=arm,
            arr_start_cents=start,
            arr_end_cents=end,
            renewed=renewed,
            assigned_at=assigned,
            due_at=due,
            contacted=contacted,
            due_week=week,
        )
        for account_id, arm, start, end, renewed, assigned, due, contacted, week in zip(*columns, strict=True)
    ]


def _measure(tables: Tables, params: Params) -> dict[str, Any]:
    result = measure_holdout(holdout_rows(tables["df"]), **params)
    return {
        "verdict": result.verdict.value,
        "grade": result.grade.value if result.grade else None,
        "estimate": result.estimate,
        "lo": result.lo,
        "hi": result.hi,
        "reasons": list(result.reasons),
        "n_treat": result.counts.treated,
        "n_hold": result.counts.held_out,
        "contamination": result.counts.contamination,
        "counts": asdict(result.counts),
        "money": _units(result.money),
        "method": result.method,
        "seed": result.seed,
        "data_hash": result.data_hash,
        "cfo_lines": list(result.cfo_lines),
    }


def _sequential(tables: Tables, params: Params) -> dict[str, Any]:
    calendar = [CalendarWeek(int(row.week), int(row.due)) for row in tables["calendar"].itertuples()]
    reading = sequential(holdout_rows(tables["df"]), calendar, **params)
    return {
        "verdict": reading.verdict.value,
        "decided_week": reading.decided_week,
        "looks": [_look(look) for look in reading.looks],
        "method": reading.method,
        "seed": reading.seed,
        "data_hash": reading.data_hash,
        "cfo_lines": list(reading.cfo_lines),
    }


def _look(look: Look) -> dict[str, Any]:
    return {
        "week": look.week,
        "verdict": look.verdict.value,
        "estimate": look.estimate,
        "lo": look.lo,
        "hi": look.hi,
        "reasons": list(look.reasons),
        "n_treat": look.counts.treated,
        "n_hold": look.counts.held_out,
    }


def _allocate(tables: Tables, params: Params) -> dict[str, Any]:
    touches = [Touch(str(touch["id"]), touch["days_before"]) for touch in params["touches"]]
    return {"shares": allocate(params["total_cents"], touches, rule=params["rule"])}


def _allocate_fuzz(tables: Tables, params: Params) -> dict[str, Any]:
    """Random renewals: count the ones whose shares lose or create a cent, change sign or depend on the order."""
    rng = np.random.default_rng(params["seed"])
    violations = 0
    for _ in range(params["n"]):
        total = int(rng.integers(-(10**9), 10**9))
        touches = [Touch(f"t{n}", int(rng.integers(0, 400))) for n in rng.integers(0, 30, size=rng.integers(0, 12))]
        rule = "equal" if rng.random() < 0.5 else "time_decay"
        shares = allocate(total, touches, rule=rule)
        conserved = sum(shares.values()) == (total if touches else 0)
        one_sign = all(share * total >= 0 for share in shares.values())
        steady = shares == allocate(total, touches[::-1], rule=rule)
        mirrored = {name: -share for name, share in shares.items()} == allocate(-total, touches, rule=rule)
        violations += not (conserved and one_sign and steady and mirrored)
    return {"violations": violations}


def _reconcile(tables: Tables, params: Params) -> dict[str, Any]:
    claims = [
        Claim(
            str(row.claim_id),
            str(row.renewal_id),
            int(row.cents),
            None if pd.isna(row.evidence_id) else str(row.evidence_id),
        )
        for row in tables["ledger"].itertuples()
    ]
    renewals = {str(row.renewal_id): int(row.arr_cents) for row in tables["renewals"].itertuples()}
    return asdict(reconcile(claims, renewals, measured=_measured(params.get("measured"))))


def _measured(given: Params | None) -> MeasuredMoney | None:
    if given is None:
        return None
    return MeasuredMoney(Verdict(given["verdict"]), Money(*(round(given[bound]) for bound in ("est", "lo", "hi"))))


def _roi(tables: Tables, params: Params) -> dict[str, Any]:
    money = Money(*(_cents(params["money"][bound]) for bound in ("est", "lo", "hi")))
    return asdict(roi(money, margin=params["margin"], cost_cents=_cents(params["cost"])))


def _units(money: Money | None) -> dict[str, float] | None:
    if money is None:
        return None
    return {"est": money.est_cents / 100, "lo": money.lo_cents / 100, "hi": money.hi_cents / 100}


def _column(table: pd.DataFrame, name: str, read: Callable[[Any], Any]) -> list[Any]:
    if name not in table:
        return [None] * len(table)
    return [
        None if blank else read(value) for value, blank in zip(table[name].tolist(), table[name].isna(), strict=True)
    ]


def _cents(value: float) -> int:
    return round(value * 100)


@lru_cache(maxsize=10_000)
def _date(value: str) -> date:
    return date.fromisoformat(str(value)[:10])


READERS: dict[str, Callable[[Any], Any]] = {
    "account_id": str,
    "arm": lambda value: ARMS.get(value, value),
    "arr_start": _cents,
    "arr_end": _cents,
    "renewed": bool,
    "assigned_at": _date,
    "due_at": _date,
    "contacted": bool,
    "due_week": int,
}

FUNCTIONS: dict[str, Callable[[Tables, Params], dict[str, Any]]] = {
    "measure_holdout": _measure,
    "sequential": _sequential,
    "allocate": _allocate,
    "allocate_fuzz": _allocate_fuzz,
    "reconcile": _reconcile,
    "roi": _roi,
    "churn_fit_score": prediction.churn_fit_score,
    "churn_snapshot": prediction.churn_snapshot,
    "clv_subscription_fit": prediction.clv_subscription_fit,
    "clv_repeat": prediction.clv_repeat,
}
