"""Reads what the frame of every page shows."""

MOST_COUNTED = 100
MOST_VIEWS = 20

FACTS = """
    SELECT waiting.count, v.id, v.name, v.query, v.owner_id
    FROM (
        SELECT count(*) FROM (
            SELECT 1 FROM playbooks_task t
            WHERE t.owner_id = %(user)s AND t.state IN ('open', 'in_progress', 'snoozed') AND t.due_on <= now()::date
                AND (t.snoozed_until IS NULL OR t.snoozed_until <= now())
            LIMIT %(most_counted)s
        ) due
    ) waiting
    LEFT JOIN LATERAL (
        SELECT id, name, query, owner_id FROM web_savedview
        WHERE page = 'accounts' AND (owner_id = %(user)s OR is_shared)
        ORDER BY name, id LIMIT %(most_views)s
    ) v ON true
"""
