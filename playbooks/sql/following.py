"""Moves runs on: writes the tasks of the steps that are due, ten thousand runs at a time, each step once."""


def business_day(start: str, days: str) -> str:
    """SQL for playbooks.engine.steps.business_day over two SQL expressions, a date and an integer; a test compares the two."""
    monday = f"({start} + CASE extract(isodow FROM {start})::int WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END)"
    return f"({monday} + {days} + 2 * ((extract(isodow FROM {monday})::int - 1 + {days}) / 5))"


_DUE_ON = business_day("%(as_of)s::date", "(v.steps -> due.next_step ->> 'after_days')::int")

# A task falls due `after_days` business days after it is written; the next step's task is written on that day.
FOLLOW = f"""
    WITH due AS MATERIALIZED (
        SELECT r.id AS run_id, r.next_step, e.account_id, e.version_id
        FROM playbooks_run r
        JOIN playbooks_enrollment e ON e.id = r.enrollment_id
        WHERE r.state = 'active' AND r.next_due_at <= %(as_of)s AND e.version_id = ANY(%(versions)s)
        ORDER BY r.next_due_at, r.id LIMIT %(slice)s FOR UPDATE OF r SKIP LOCKED
    ),
    step AS (
        SELECT due.run_id, due.next_step, a.id AS account_id, v.steps -> due.next_step AS says,
            jsonb_array_length(v.steps) AS step_count, p.mode, u.id AS owner_id, {_DUE_ON} AS due_on
        FROM due
        JOIN playbooks_playbookversion v ON v.id = due.version_id
        JOIN playbooks_playbook p ON p.id = v.playbook_id
        JOIN accounts_account met ON met.id = due.account_id
        JOIN accounts_account a ON a.id = coalesce(met.merged_into_id, met.id)
        LEFT JOIN users_user u ON u.id = a.owner_id AND u.is_active
    ),
    made AS (
        INSERT INTO playbooks_task (
            account_id, run_id, step, title, instructions, mode, owner_id, due_on, expected_minutes, created_at
        )
        SELECT account_id, run_id, next_step, says ->> 'title', COALESCE(says ->> 'instructions', ''), mode, owner_id,
            due_on, (says ->> 'minutes')::int, %(as_of)s
        FROM step
        ON CONFLICT (run_id, step) DO NOTHING
        RETURNING 1
    ),
    moved AS (
        UPDATE playbooks_run r SET next_step = step.next_step + 1, next_due_at =
            CASE WHEN step.next_step + 1 < step_count THEN due_on::timestamp AT TIME ZONE 'UTC' END
        FROM step WHERE r.id = step.run_id
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM moved)
"""  # noqa: S608

# Open is written as NOT IN below: with IN the planner scans the whole inbox index once per run (80 s instead of 1 for 19,000 runs).
# What the work was for is decided: no further steps, and nobody is sent to call a customer who has left.
STOP = """
    WITH ended AS (
        SELECT r.id FROM playbooks_run r
        JOIN playbooks_enrollment e ON e.id = r.enrollment_id
        JOIN playbooks_playbookversion v ON v.id = e.version_id
        JOIN accounts_account met ON met.id = e.account_id
        JOIN accounts_account a ON a.id = coalesce(met.merged_into_id, met.id)
        LEFT JOIN accounts_renewaldecision d ON d.renewal_id = e.renewal_id AND d.recorded_at <= %(as_of)s
        WHERE r.state = 'active' AND (a.status = 'churned' OR (v.trigger = 'renewal_runway' AND d.id IS NOT NULL))
        ORDER BY r.id LIMIT %(slice)s FOR UPDATE OF r SKIP LOCKED
    ),
    cancelled AS (
        UPDATE playbooks_task SET state = 'cancelled'
        WHERE run_id IN (SELECT id FROM ended) AND state NOT IN ('done', 'cancelled')
        RETURNING 1
    ),
    stopped AS (
        UPDATE playbooks_run SET state = 'stopped', next_due_at = NULL, finished_at = %(as_of)s
        WHERE id IN (SELECT id FROM ended)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM stopped), (SELECT count(*) FROM cancelled)
"""

# Open work of an account that was merged away is work about its survivor; after a split what a playbook had planned returns.
ADOPT = """
    UPDATE playbooks_task t SET account_id = a.merged_into_id
    FROM accounts_account a
    WHERE a.status = 'merged' AND t.account_id = a.id AND t.state NOT IN ('done', 'cancelled')
"""
RETURN = """
    UPDATE playbooks_task t SET account_id = e.account_id
    FROM playbooks_run r JOIN playbooks_enrollment e ON e.id = r.enrollment_id JOIN accounts_account a ON a.id = e.account_id
    WHERE t.account_id IN (SELECT survivor_id FROM accounts_accountmerge WHERE kind = 'split')
      AND t.run_id = r.id AND t.account_id <> e.account_id AND a.status <> 'merged' AND t.state NOT IN ('done', 'cancelled')
"""

FINISH = """
    UPDATE playbooks_run r SET state = 'finished', finished_at = %(as_of)s
    WHERE r.state = 'active' AND r.next_due_at IS NULL AND r.next_step > 0
        AND (%(run)s::uuid IS NULL OR r.id = %(run)s::uuid)
        AND NOT EXISTS (
            SELECT 1 FROM playbooks_task t WHERE t.run_id = r.id AND t.state NOT IN ('done', 'cancelled')
        )
"""
