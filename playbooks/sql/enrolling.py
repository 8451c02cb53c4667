"""Enrolls accounts and draws their arm in one statement: nothing can happen to an account before its arm is written."""

# The same number as playbooks.engine.assignment.draw; a test compares the two.
DRAW = """
    (('x' || substr(encode(sha256(%(outer_pad)s::bytea || sha256(
        %(inner_pad)s::bytea || convert_to(stratum || '|' || account_id || '|' || window_key, 'UTF8')
    )), 'hex'), 1, 15))::bit(60)::bigint %% 10000000000) * 0.0000000001
"""

STRATUM = "'arr_' || (1 + width_bucket(arr, %(strata)s::numeric[]))"

# Joins on the approval, and on the hash that was computed from the content a moment ago: an unapproved or altered version enrolls nobody.
ENROLL = f"""
    WITH candidate AS ({{candidates}}),
    tiered AS (SELECT *, {STRATUM} AS stratum FROM candidate),
    drawn AS (SELECT *, {DRAW} AS draw FROM tiered),
    enrolled AS (
        INSERT INTO playbooks_enrollment (
            playbook_id, version_id, account_id, renewal_id, window_key, eligible_at, arm, stratum, draw,
            arr_at_start, facts, recorded_at
        )
        SELECT v.playbook_id, v.id, account_id, renewal_id, window_key, %(as_of)s,
            CASE WHEN draw < v.holdout_share THEN 'held_out' ELSE 'treated' END, stratum, draw, arr, facts, %(as_of)s
        FROM drawn
        JOIN playbooks_playbookversion v ON v.id = %(version)s AND v.state = 'active' AND v.content_hash = %(content_hash)s
        JOIN playbooks_approval approval ON approval.version_id = v.id AND approval.decision = 'approved'
            AND approval.content_hash = v.content_hash
        ORDER BY account_id, window_key
        ON CONFLICT (playbook_id, account_id, window_key) DO NOTHING
        RETURNING id, arm
    ),
    started AS (
        INSERT INTO playbooks_run (enrollment_id, next_due_at, started_at)
        SELECT id, %(as_of)s, %(as_of)s FROM enrolled WHERE arm = 'treated'
    )
    SELECT count(*) FILTER (WHERE arm = 'treated'), count(*) FILTER (WHERE arm = 'held_out') FROM enrolled
"""  # noqa: S608
