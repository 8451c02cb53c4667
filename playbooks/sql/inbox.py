"""Reads the inbox with all it shows in one statement."""

SELECT = """
    SELECT t.id AS task_id, t.title, t.instructions, t.mode, t.state, t.due_on, t.snoozed_until, t.expected_minutes, t.step,
        t.owner_id, u.name AS owner_name, a.id AS account_id, a.name AS account_name, a.segment,
        COALESCE(rev.arr, 0) AS arr, COALESCE(rev.currency, '') AS currency, rev.next_renewal_on AS renewal_on,
        h.score, COALESCE(h.band, 'unknown') AS band, h.version_id, h.reason, h.raw, h.override_id,
        p.name AS playbook_name, p.id AS playbook_id, v.number AS version_number, v.holdout_share,
        jsonb_array_length(v.steps) AS step_count
    FROM playbooks_task t
    JOIN accounts_account a ON a.id = t.account_id
    LEFT JOIN accounts_accountrevenue rev ON rev.account_id = a.id
    LEFT JOIN health_accounthealth h ON h.account_id = a.id
    LEFT JOIN users_user u ON u.id = t.owner_id
    LEFT JOIN playbooks_run r ON r.id = t.run_id
    LEFT JOIN playbooks_enrollment e ON e.id = r.enrollment_id
    LEFT JOIN playbooks_playbookversion v ON v.id = e.version_id
    LEFT JOIN playbooks_playbook p ON p.id = v.playbook_id
"""

_AWAKE = "t.state IN ('open', 'in_progress', 'snoozed') AND (t.snoozed_until IS NULL OR t.snoozed_until <= %(as_of)s)"

SCOPES = {
    "mine": f"t.owner_id = %(user)s AND {_AWAKE}",
    "covering": f"t.owner_id = ANY(%(users)s) AND {_AWAKE}",
    "team": f"(%(team)s::uuid IS NULL OR t.owner_id IS NULL OR u.team_id = %(team)s::uuid) AND {_AWAKE}",
    "snoozed": "t.owner_id = %(user)s AND t.state = 'snoozed' AND t.snoozed_until > %(as_of)s",
}


def listed(scope: str) -> str:
    """What of a scope comes after a place (`due_on`, `task`; none: the first page), the earliest due first, as many as `one_more`.

    What was begun stands on the first page alone, whenever it is due, at most `most`. Parameters besides: user, users, team, as_of.
    """
    here = f"FROM playbooks_task t LEFT JOIN users_user u ON u.id = t.owner_id WHERE {SCOPES[scope]}"
    return f"""
        WITH chosen AS (
            (SELECT t.id, false AS is_begun {here} AND t.state <> 'in_progress'
                AND (%(due_on)s::date IS NULL OR (t.due_on, t.id) > (%(due_on)s::date, %(task)s::uuid))
            ORDER BY t.due_on, t.id LIMIT %(one_more)s)
            UNION ALL
            (SELECT t.id, true {here} AND t.state = 'in_progress' AND %(due_on)s::date IS NULL
            ORDER BY t.due_on, t.id LIMIT %(most)s)
        )
        {SELECT.replace("FROM playbooks_task t", ", chosen.is_begun FROM chosen JOIN playbooks_task t USING (id)", 1)}
        ORDER BY chosen.is_begun, t.due_on, t.id
    """  # noqa: S608  # no value from outside


ONE = f"{SELECT} WHERE t.id = %(task)s"

# What became of the renewals of the past year, by the band in which the account stood a month before.
ALIKE = """
    SELECT verdict.band, count(*) FILTER (WHERE d.decision = 'renewed'), count(*)
    FROM accounts_renewaldecision d
    JOIN accounts_renewal r ON r.id = d.renewal_id
    JOIN LATERAL (
        SELECT s.band FROM health_healthscore s
        WHERE s.account_id = r.account_id AND s.scored_at < r.due_on - interval '30 days'
        ORDER BY s.scored_at DESC LIMIT 1
    ) verdict ON true
    WHERE d.recorded_at <= %(as_of)s AND r.due_on > %(as_of)s::date - 365 AND r.due_on <= %(as_of)s::date
    GROUP BY 1
"""
