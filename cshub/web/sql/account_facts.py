"""Reads what one account used, and what it asked of the help desk."""

METRICS = 6
DAYS = 28
TICKETS = 8

# The metrics with the newest days, most used first: 28 days each, and who used the product in the past week and the one before.
USAGE = f"""
    WITH recent AS (
        SELECT metric_id, day, value, active_users FROM accounts_usagedaily
        WHERE account_id = %(account)s AND day > %(today)s::date - {DAYS} AND day <= %(today)s::date
    ), chosen AS (
        SELECT metric_id, max(day) AS last_on, count(*) AS days FROM recent
        GROUP BY metric_id ORDER BY max(day) DESC, count(*) DESC, metric_id LIMIT {METRICS}
    )
    SELECT metric.key, metric.name, metric.unit, metric.aggregation, chosen.last_on,
        array_agg(recent.day - (%(today)s::date - {DAYS - 1}) ORDER BY recent.day) AS places,
        array_agg(recent.value ORDER BY recent.day) AS amounts,
        max(recent.active_users) FILTER (WHERE recent.day > %(today)s::date - 7) AS users,
        max(recent.active_users) FILTER (WHERE recent.day <= %(today)s::date - 7 AND recent.day > %(today)s::date - 14) AS users_before
    FROM chosen JOIN recent USING (metric_id) JOIN accounts_metricdefinition metric ON metric.key = chosen.metric_id
    GROUP BY metric.key, metric.name, metric.unit, metric.aggregation, chosen.last_on, chosen.days
    ORDER BY chosen.last_on DESC, chosen.days DESC, metric.key
"""  # noqa: S608

# When it was last used at all, however long ago: the newest day of each of its metrics stands at the end of the table's key.
LAST_USED = """
    SELECT max(latest.day) FROM accounts_metricdefinition metric
    CROSS JOIN LATERAL (
        SELECT day FROM accounts_usagedaily WHERE account_id = %(account)s AND metric_id = metric.key AND day <= %(today)s::date
        ORDER BY day DESC LIMIT 1
    ) latest
"""

TICKET_ROWS = f"""
    SELECT ticket.id, ticket.subject, ticket.external_id, ticket.status, ticket.priority, ticket.channel, ticket.opened_at,
        ticket.first_replied_at, ticket.resolved_at, ticket.reopened_count, ticket.minutes, ticket.satisfaction, person.name AS contact
    FROM accounts_ticket ticket LEFT JOIN accounts_contact person ON person.id = ticket.contact_id
    WHERE ticket.account_id = %(account)s AND ticket.opened_at <= %(as_of)s
    ORDER BY (ticket.resolved_at IS NOT NULL), CASE WHEN ticket.resolved_at IS NULL THEN ticket.opened_at END, ticket.opened_at DESC, ticket.id
    LIMIT {TICKETS}
"""  # noqa: S608

# Over the past year: how many, still open, opened again, minutes, satisfaction, and the middle wait for a first reply in minutes.
TICKET_FIGURES = """
    SELECT count(*) AS count, count(*) FILTER (WHERE resolved_at IS NULL) AS open, coalesce(sum(reopened_count), 0) AS reopened,
        coalesce(sum(minutes), 0) AS minutes, avg(satisfaction) AS satisfaction,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_replied_at - opened_at) / 60)
            FILTER (WHERE first_replied_at IS NOT NULL) AS wait
    FROM accounts_ticket
    WHERE account_id = %(account)s AND opened_at <= %(as_of)s AND (opened_at > %(since)s OR resolved_at IS NULL)
"""
