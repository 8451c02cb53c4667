"""Reads what stands beside each account of a page, and how many accounts the tabs hold."""

# What we did lately and what comes next, for the accounts of one page.
WORK = """
    SELECT i.id, touch.at, split.proactive, split.total, step.title, step.due_on, word.level
    FROM unnest(%(ids)s::uuid[]) i(id)
    LEFT JOIN LATERAL (
        SELECT occurred_at AS at FROM accounts_interaction
        WHERE account_id = i.id AND occurred_at <= %(as_of)s ORDER BY occurred_at DESC LIMIT 1
    ) touch ON true
    LEFT JOIN LATERAL (
        SELECT sum(minutes) FILTER (WHERE mode = 'proactive') AS proactive, sum(minutes) AS total
        FROM accounts_interaction
        WHERE account_id = i.id AND occurred_at > %(since)s AND occurred_at <= %(as_of)s
    ) split ON true
    LEFT JOIN LATERAL (
        SELECT t.title, t.due_on FROM playbooks_task t
        WHERE t.account_id = i.id AND t.state IN ('open', 'in_progress', 'snoozed')
        ORDER BY t.due_on, t.id LIMIT 1
    ) step ON true
    LEFT JOIN LATERAL (
        SELECT level, fades_on FROM health_accountsentiment WHERE account_id = i.id AND said_at <= %(as_of)s
        ORDER BY said_at DESC, id DESC LIMIT 1
    ) word ON word.fades_on > (%(as_of)s::timestamptz AT TIME ZONE 'utc')::date
"""

TAB_COUNTS = """
    SELECT
        (SELECT count(*) FROM (SELECT 1 FROM accounts_account WHERE status <> 'merged' LIMIT %(most)s) a),
        (SELECT count(*) FROM (SELECT 1 FROM accounts_account WHERE owner_id = %(user)s LIMIT %(most)s) b),
        (SELECT count(*) FROM (SELECT 1 FROM accounts_accountrevenue
            WHERE next_renewal_on >= %(today)s AND next_renewal_on < %(until)s LIMIT %(most)s) c),
        (SELECT count(*) FROM (SELECT 1 FROM health_accounthealth WHERE band = 'risk' LIMIT %(most)s) d)
"""
