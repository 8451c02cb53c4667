"""Reads what an empty inbox waits for."""

NEXT = """
    SELECT least(
        (SELECT min(snoozed_until) FROM playbooks_task
         WHERE owner_id = %(user)s AND state = 'snoozed' AND snoozed_until > %(as_of)s),
        (SELECT min(r.next_due_at) FROM playbooks_run r
         JOIN playbooks_enrollment e ON e.id = r.enrollment_id
         JOIN accounts_account a ON a.id = e.account_id
         WHERE r.state = 'active' AND a.owner_id = %(user)s AND r.next_due_at > %(as_of)s)
    )
"""

SNOOZED_COUNT = """
    SELECT count(*) FROM playbooks_task WHERE owner_id = %(user)s AND state = 'snoozed' AND snoozed_until > %(as_of)s
"""
