"""What serving accounts took in a year: minutes of tickets and of interactions, at what an hour of their role cost on the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.queries.families import SURVIVORS
from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

FEWEST_MEASURED = 30

# Tasks that are done stand on the timeline with their minutes; a note of nothing took nothing. Elsewhere 0 minutes are not known.
_OF_INTERACTION = """
    (i.occurred_at AT TIME ZONE 'utc')::date AS day, i.channel::text AS kind, CASE WHEN u.role IN ('agent', 'manager') THEN u.role::text ELSE 'csm' END AS role,
    CASE WHEN i.minutes > 0 OR i.channel IN ('note', 'task') THEN i.minutes END AS minutes
"""
_SPAN = "i.occurred_at >= %(since)s AND i.occurred_at < %(until)s AND i.recorded_at <= %(as_of)s"
_TICKETS = """
    SELECT t.account_id, (t.opened_at AT TIME ZONE 'utc')::date AS day, 'ticket' AS kind, 'agent' AS role, t.minutes
    FROM accounts_ticket t WHERE t.opened_at >= %(since)s AND t.opened_at < %(until)s AND t.recorded_at <= %(as_of)s
"""

MEANS = f"""
WITH done AS ({_TICKETS} UNION ALL
    SELECT i.account_id, {_OF_INTERACTION} FROM accounts_interaction i LEFT JOIN users_user u ON u.id = i.user_id WHERE {_SPAN})
SELECT kind, count(*) AS done, count(minutes) AS measured, avg(minutes)::float8 AS mean FROM done GROUP BY kind ORDER BY kind
"""  # noqa: S608  # no value from outside

WORK = f"""
WITH done AS (
    {_TICKETS} AND t.account_id = ANY(%(accounts)s::uuid[])
    UNION ALL
    SELECT i.account_id, {_OF_INTERACTION} FROM accounts_interaction i LEFT JOIN users_user u ON u.id = i.user_id
    WHERE {_SPAN} AND i.account_id = ANY(%(accounts)s::uuid[])
    UNION ALL
    SELECT family.survivor_id, {_OF_INTERACTION} FROM {SURVIVORS} family JOIN accounts_interaction i ON i.account_id = family.account_id
    LEFT JOIN users_user u ON u.id = i.user_id WHERE {_SPAN} AND family.survivor_id = ANY(%(accounts)s::uuid[])
), spent AS (
    SELECT done.account_id, done.minutes, coalesce(done.minutes, mean.minutes) AS spent, done.role, rate.hourly, rate.currency
    FROM done LEFT JOIN unnest(%(kinds)s::text[], %(means)s::float8[]) AS mean(kind, minutes) ON mean.kind = done.kind
    LEFT JOIN unnest(%(roles)s::text[], %(starts)s::date[], %(ends)s::date[], %(hourlies)s::float8[], %(currencies)s::text[])
        AS rate(role, starts_on, ends_on, hourly, currency) ON rate.role = done.role AND done.day >= rate.starts_on AND done.day < rate.ends_on
)
SELECT account_id, coalesce(currency, '') AS currency, coalesce(sum(minutes), 0)::int AS recorded,
    coalesce(round(sum(spent) FILTER (WHERE minutes IS NULL)), 0)::int AS estimated, count(*) FILTER (WHERE spent IS NULL) AS unmeasured,
    coalesce(sum(spent * hourly / 60), 0)::float8 AS money, coalesce(bool_or(hourly IS NULL AND spent > 0), false) AS lacks_rate
FROM spent GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  # no value from outside


def kinds_of_work(*, since: datetime, until: datetime, as_of: datetime) -> list[Any]:
    """How much of each kind of work was done in [since, until), how often its minutes are known, and their mean. One query."""
    return sql.named(MEANS, {"since": since, "until": until, "as_of": as_of})


def work(
    accounts: Sequence[UUID],
    *,
    since: datetime,
    until: datetime,
    as_of: datetime,
    means: dict[str, float],
    rates: Sequence[Any],
) -> list[Any]:
    """Minutes and money of these accounts by the currency of the rates. What has no minutes counts as the mean of its kind, if there is one.

    `rates` have role, starts_on, ends_on (not included), hourly and currency. One query.
    """
    return sql.named(
        WORK,
        {
            "accounts": list(accounts), "since": since, "until": until, "as_of": as_of,
            "kinds": list(means), "means": list(means.values()),
            "roles": [each.role for each in rates], "starts": [each.starts_on for each in rates], "ends": [each.ends_on for each in rates],
            "hourlies": [float(each.hourly) for each in rates], "currencies": [each.currency for each in rates],
        },
    )  # fmt: skip
