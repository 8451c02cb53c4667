"""What always holds about events, and how to find what breaks it."""

# ruff: noqa: S608  # the piece put in is a constant of our own

from cshub.db import sql
from cshub.kernel.invariant import Invariant

SHOWN = 20

# By metric and day over all accounts: merging two accounts moves sums, not events. Months that are no longer kept have no events to compare with.
_KEPT_SINCE = "(SELECT coalesce(min((occurred_at AT TIME ZONE 'utc')::date), 'infinity') FROM events_usageevent)"
_SUMS = f"""
    WITH counted AS (
        SELECT coalesce(name.metric_id, 'events') AS metric_id, (occurred_at AT TIME ZONE 'utc')::date AS day, count(*) AS number
        FROM events_usageevent event JOIN events_eventname name ON name.id = event.name_id
        GROUP BY GROUPING SETS ((name.metric_id, 2), (2))
    ), summed AS (
        SELECT metric_id, day, sum(value) AS number FROM accounts_usagedaily
        WHERE day >= {_KEPT_SINCE} AND (metric_id = 'events' OR metric_id IN (SELECT metric_id FROM events_eventname)) GROUP BY 1, 2
    )
    SELECT coalesce(counted.metric_id, summed.metric_id), coalesce(counted.day, summed.day), coalesce(summed.number, 0), coalesce(counted.number, 0)
    FROM counted FULL JOIN summed USING (metric_id, day) WHERE counted.number IS DISTINCT FROM summed.number ORDER BY 2, 1 LIMIT %(shown)s
"""
_USERS = """
    SELECT DISTINCT account_id, day FROM events_dailyuser seen
    WHERE day >= (current_date - 31) AND NOT EXISTS (
        SELECT FROM events_usageevent event WHERE event.account_id = seen.account_id AND event.occurred_at >= seen.day::timestamp AT TIME ZONE 'utc'
          AND event.occurred_at < (seen.day + 1)::timestamp AT TIME ZONE 'utc') ORDER BY 2, 1 LIMIT %(shown)s
"""
_COUNTS = """
    SELECT id, event_count, stored_count + duplicate_count + held_count + rejected_count FROM events_rawbatch
    WHERE state = 'folded' AND stored_count + duplicate_count + held_count + rejected_count > event_count ORDER BY id LIMIT %(shown)s
"""


def _check(statement: str, told: str) -> list[str]:
    return [told.format(*row) for row in sql.rows(statement, {"shown": SHOWN})]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "A day's usage is the number of its events",
        lambda: _check(_SUMS, "{0} of {1} sums up to {2}, and its events are {3}."),
    ),
    Invariant(
        "Nobody counts as a user of a day without an event",
        lambda: _check(_USERS, "Account {0} has users on {1}, and no event of them."),
    ),
    Invariant(
        "An event has one fate",
        lambda: _check(_COUNTS, "Request {0} had {1} events, and {2} fates."),
    ),
)
