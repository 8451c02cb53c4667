"""Observe what happened to revenue: every renewal decision and every movement becomes one outcome."""

from datetime import datetime

from django.db import transaction

from cshub.db import sql
from reports.impact.sql import OBSERVE_MOVEMENTS, OBSERVE_RENEWALS, OPEN_BALANCES


@transaction.atomic
def observe_outcomes(*, as_of: datetime) -> int:
    """Write the outcomes of decisions and movements recorded until `as_of`; how many are new.

    A renewal that was lost is one outcome (the decision), not two: its churn movement is left out. Safe to repeat.
    """
    observed = sql.execute(OBSERVE_RENEWALS, {"as_of": as_of}) + sql.execute(OBSERVE_MOVEMENTS, {"as_of": as_of})
    sql.execute(OPEN_BALANCES)
    return observed
