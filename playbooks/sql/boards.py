"""Counts for the playbook pages, one statement each."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from playbooks.sql.audience import FROM_ACCOUNTS, compiled

ARMS = """
    SELECT playbook_id, count(*) FILTER (WHERE arm = 'treated') AS treated, count(*) FILTER (WHERE arm = 'held_out') AS held_out
    FROM playbooks_enrollment GROUP BY playbook_id
"""

# What an account met, with the tasks of each run by their step.
MET = """
    SELECT e.id AS enrollment_id, e.playbook_id, p.name, v.number AS version_number, e.arm, v.holdout_share, e.facts, e.eligible_at,
        coalesce(r.state, '') AS run_state, r.id IS NOT NULL AS is_run, v.steps,
        (SELECT jsonb_object_agg(coalesce(t.step, 0), jsonb_build_array(t.state, t.due_on, t.id)) FROM playbooks_task t WHERE t.run_id = r.id) AS tasks
    FROM playbooks_enrollment e
    JOIN playbooks_playbook p ON p.id = e.playbook_id
    JOIN playbooks_playbookversion v ON v.id = e.version_id
    LEFT JOIN playbooks_run r ON r.enrollment_id = e.id
    WHERE e.account_id = ANY(%(family)s::uuid[]) AND e.eligible_at <= %(as_of)s
    ORDER BY e.eligible_at DESC, e.id DESC
"""

OPEN_TASKS = """
    SELECT t.id, t.account_id, t.title, t.state, t.due_on, t.owner_id, u.id AS owner__id, u.name AS owner__name, u.email AS owner__email
    FROM playbooks_task t LEFT JOIN users_user u ON u.id = t.owner_id
    WHERE t.account_id = ANY(%(family)s::uuid[]) AND t.state IN ('open', 'in_progress', 'snoozed') ORDER BY t.due_on, t.id
"""

BOARD = """
    SELECT e.id, e.eligible_at, e.arm, e.facts, v.number AS version_number, a.id AS account_id, a.name AS account_name,
        e.arr_at_start AS arr, COALESCE(rev.currency, '') AS currency, r.state AS run_state, r.next_step, r.next_due_at,
        jsonb_array_length(v.steps) AS step_count, u.name AS owner_name,
        count(t.id) FILTER (WHERE t.state = 'done') AS done_count,
        count(t.id) FILTER (WHERE t.state IN ('open', 'in_progress', 'snoozed')) AS open_count,
        count(t.id) FILTER (WHERE t.state IN ('open', 'in_progress', 'snoozed') AND t.due_on < %(as_of)s::date) AS overdue_count
    FROM (
        SELECT * FROM playbooks_enrollment WHERE playbook_id = %(playbook)s ORDER BY eligible_at DESC, id DESC LIMIT %(most)s
    ) e
    JOIN playbooks_playbookversion v ON v.id = e.version_id
    JOIN accounts_account a ON a.id = e.account_id
    LEFT JOIN accounts_accountrevenue rev ON rev.account_id = a.id
    LEFT JOIN users_user u ON u.id = a.owner_id
    LEFT JOIN playbooks_run r ON r.enrollment_id = e.id
    LEFT JOIN playbooks_task t ON t.run_id = r.id
    GROUP BY e.id, e.eligible_at, e.arm, e.facts, v.id, a.id, e.arr_at_start, rev.account_id, r.id, u.id
    ORDER BY overdue_count DESC, e.eligible_at DESC, e.id DESC
"""


def audience_sizes(audiences: Mapping[UUID, Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
    """How many accounts each audience has now, as (key, count); the audiences must not be empty."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for place, (key, audience) in enumerate(audiences.items()):
        condition, parameters = compiled(audience, prefix=f"audience_{place}")
        parts.append(f"SELECT %(key_{place})s::uuid, count(*) FROM {FROM_ACCOUNTS} WHERE {condition}")  # noqa: S608
        values |= {f"key_{place}": key, **parameters}
    return " UNION ALL ".join(parts), values
