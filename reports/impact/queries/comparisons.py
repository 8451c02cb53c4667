"""Questions about impact: the rows of a comparison and what they say."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from cshub.db import sql
from reports.impact.engine import HoldoutRow, Result, measure_holdout
from reports.impact.engine.rows import Outcome
from reports.impact.models import Experiment
from reports.impact.sql import HOLDOUT_ROWS

BEGINNING = date(1900, 1, 1)
CENTS = 100


def measure(
    experiment: Experiment,
    *,
    outcome: Outcome,
    as_of: datetime,
    until: date,
    since: date = BEGINNING,
    currency: str | None = None,
) -> Result:
    """What the lot shows over the renewals due in [since, until), as known at `as_of`, compared as assigned.

    With a `currency`, revenue is only compared among renewals in it; the rate counts every renewal.
    """
    rows = holdout_rows(
        experiment, since=since, until=until, as_of=as_of, currency=currency if outcome == "arr" else None
    )
    return measure_holdout(
        rows, outcome=outcome, expected_share=float(1 - experiment.holdout_share), as_of=as_of, currency=currency or ""
    )


def holdout_rows(
    experiment: Experiment, *, since: date, until: date, as_of: datetime, currency: str | None = None
) -> list[HoldoutRow]:
    """One row for each renewal the version met; the renewal is the unit, so an account that renews twice is drawn twice."""
    params = {"version": experiment.version_id, "as_of": as_of, "start": since, "end": until}
    found = sql.named(HOLDOUT_ROWS, params)
    return [_holdout_row(row) for row in found if currency in (None, row.currency)]


def _holdout_row(row: Any) -> HoldoutRow:
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
    )


def cents(amount: Decimal) -> int:
    """Whole cents of an amount with at most two decimals."""
    return int(amount * CENTS)
