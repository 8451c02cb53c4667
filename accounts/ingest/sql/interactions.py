"""Interactions in SQL: what is new is written down, what was written down stays."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import Trace, Undo
from accounts.ingest.sql.whose import ACCOUNT, CONTACT, CONTACT_ID, PEOPLE, PERSON_ACCOUNT, PROBLEMS

COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "contact": "text", "user_id": "uuid", "channel": "text",
    "direction": "text", "mode": "text", "minutes": "integer", "subject": "text", "body": "text", "occurred_at": "timestamptz",
}  # fmt: skip

_PLAN = f"""
    WITH {PEOPLE}, merged AS MATERIALIZED (
        SELECT given.*, account.id AS account_id, account.name AS account_name, present.id AS present_id,
               {PERSON_ACCOUNT} AS person_account_id, {CONTACT_ID} AS contact_id,
               (owner.id, present.contact_id, present.user_id, present.channel, present.direction, present.mode, present.minutes,
                present.subject, present.body, present.occurred_at) IS DISTINCT FROM
                   (account.id, coalesce({CONTACT_ID}, present.contact_id), coalesce(given.user_id, present.user_id), given.channel, given.direction,
                    given.mode, coalesce(given.minutes, present.minutes), given.subject, coalesce(given.body, present.body), given.occurred_at) AS differs
        FROM staged_rows given
        {ACCOUNT} {CONTACT}
        LEFT JOIN accounts_interaction present ON present.external_id = given.external_id
        LEFT JOIN LATERAL (
            SELECT coalesce(recorded.merged_into_id, recorded.id) AS id FROM accounts_account recorded WHERE recorded.id = present.account_id
        ) owner ON true
    ), judged AS (
        SELECT merged.*, CASE {PROBLEMS} WHEN present_id IS NOT NULL AND differs THEN 'never_changed'
                    WHEN occurred_at > %(latest_at)s THEN 'in_the_future' END AS problem FROM merged
    )
    SELECT judged.*, CASE WHEN problem IS NOT NULL THEN 'fault' WHEN present_id IS NULL THEN 'added' ELSE 'unchanged' END AS verdict FROM judged
"""  # noqa: S608

_ADD = """
    INSERT INTO accounts_interaction (external_id, account_id, contact_id, user_id, channel, direction, mode, minutes, subject, body, occurred_at, recorded_at)
    SELECT external_id, account_id, contact_id, user_id, channel, direction, mode, coalesce(minutes, 0), subject, coalesce(body, ''), occurred_at, %(as_of)s
    FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""

PLAN = Plan(COLUMNS, _PLAN, ("accounts_account", "accounts_contact", "accounts_interaction"), (_ADD,))

_ROWS = """
    SELECT planned.row_number, interaction.id FROM planned_rows planned JOIN accounts_interaction interaction ON interaction.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated')
"""
TRACES = (Trace("accounts_interaction", _ROWS, undo=Undo.KEPT),)
