"""The rows of a comparison, and what they say when a closed period is read once."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from cshub.db import sql
from reports.impact.engine import HoldoutRow, Result, measure_holdout
from reports.impact.engine.rows import Outcome
from reports.impact.models import Experiment
from reports.impact.sql import HOLDOUT_ROWS

CENTS = 100


def measure(
    experiment: Experiment, *, outcome: Outcome, since: date, until: date, as_of: datetime, currency: str | None = None
) -> Result:
    """What the lot shows over the renewals due in [since, until), as known at `as_of`, compared as assigned and read once.

    Revenue is only compared among renewals in `currency`; the rate counts every renewal.
    """
    found = comparison_rows(experiment, since=since, until=until, as_of=as_of)
    return measure_holdout(
        [holdout_row(row) for row in found if currency in (None, row.currency)],
        outcome=outcome,
        expected_share=float(1 - experiment.holdout_share),
        as_of=as_of,
        currency=currency or "",
    )


def comparison_rows(experiment: Experiment, *, since: date, until: date, as_of: datetime) -> list[Any]:
    """One row for each renewal that the version met, as `sql.HOLDOUT_ROWS` names them.

    The renewal is the unit, so an account that renews twice is drawn twice.
    """
    params = {"version": experiment.version_id, "as_of": as_of, "start": since, "end": until}
    return sql.named(HOLDOUT_ROWS, params)


def holdout_row(row: Any, *, due_week: int | None = None) -> HoldoutRow:
    """A comparison row as the engine reads it."""
    decided = row.decision is not None
    return HoldoutRow(
        account_id=str(row.renewal_id),
        arm=row.arm,
        arr_start_cents=cents(row.arr_due),
        arr_end_cents=cents(row.arr_renewed) if decided else None,
        renewed=row.decision == "renewed" if decided else None,
        assigned_at=row.eligible_at,
        due_at=datetime.combine(row.due_on, time.min, UTC),
        contacted=row.contacted,
        stratum=row.stratum,
        due_week=due_week,
    )


def cents(amount: Decimal) -> int:
    """Whole cents of an amount with at most two decimals."""
    return int(amount * CENTS)
