"""The overrides in force at a moment, and what they make of the scores."""

from health.engine.definition import Definition
from health.engine.overrides import limits

# the latest word on an account; it ends with its last day, or when somebody took it back
IN_FORCE = """overridden as materialized (
  select distinct on (account_id) account_id, id as override_id, band as said_band, score as said_score from health_healthoverride
  where made_at <= %(as_of)s and until_on >= %(today)s::date and (ended_at is null or ended_at > %(as_of)s)
  order by account_id, made_at desc, id desc)"""


def settled(definition: Definition) -> str:
    """The score after overrides, from `limited`."""
    bands = " ".join(
        f"when said_band = '{band}' then least(greatest(coalesce(limited, {middle}), {low}), {high})"
        for band, (low, middle, high) in limits(definition).items()
    )
    return f"(case when said_score is not null then said_score {bands} else limited end)::numeric(5, 2)"
