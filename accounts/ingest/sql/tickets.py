"""Tickets in SQL: staged rows against the tickets that are there."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import Trace
from accounts.ingest.sql.whose import ACCOUNT, CONTACT, CONTACT_ID, PEOPLE, PERSON_ACCOUNT, PROBLEMS, VERDICT

COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "contact": "text", "subject": "text", "channel": "text", "status": "text",
    "priority": "text", "opened_at": "timestamptz", "first_replied_at": "timestamptz", "resolved_at": "timestamptz", "reopened_count": "integer",
    "minutes": "integer", "satisfaction": "smallint",
}  # fmt: skip

_FIELDS = "contact_id, subject, channel, status, priority, opened_at, first_replied_at, resolved_at, reopened_count, minutes, satisfaction"
_NEW = _FIELDS.replace("contact_id", "new_contact_id")

# A ticket that is open again is not resolved any more; one with a time of resolution is resolved unless the row says otherwise.
_PLAN = f"""
    WITH {PEOPLE}, merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.account, given.contact, account.id AS account_id, account.name AS account_name,
               present.id AS present_id, present.account_id AS present_account_id,
               {PERSON_ACCOUNT} AS person_account_id, {CONTACT_ID} AS contact_id, coalesce({CONTACT_ID}, present.contact_id) AS new_contact_id,
               coalesce(given.subject, present.subject, '') AS subject,
               coalesce(given.channel, present.channel, '') AS channel,
               coalesce(given.status, CASE WHEN given.resolved_at IS NOT NULL THEN 'resolved' END, present.status, 'open') AS status,
               coalesce(given.priority, present.priority, 'normal') AS priority,
               coalesce(given.opened_at, present.opened_at) AS opened_at,
               coalesce(given.first_replied_at, present.first_replied_at) AS first_replied_at,
               CASE WHEN given.status <> 'resolved' THEN NULL ELSE coalesce(given.resolved_at, present.resolved_at) END AS resolved_at,
               coalesce(given.reopened_count, present.reopened_count, 0) AS reopened_count,
               coalesce(given.minutes, present.minutes) AS minutes,
               coalesce(given.satisfaction, present.satisfaction) AS satisfaction
        FROM staged_rows given
        {ACCOUNT} {CONTACT}
        LEFT JOIN accounts_ticket present ON present.external_id = given.external_id
    ), compared AS MATERIALIZED (
        SELECT merged.*, ({", ".join(f"present.{field}" for field in _FIELDS.split(", "))}) IS DISTINCT FROM
                   ({", ".join(f"merged.{field}" for field in _NEW.split(", "))}) AS differs
        FROM merged LEFT JOIN accounts_ticket present ON present.id = merged.present_id
    ), judged AS (
        SELECT compared.*, CASE {PROBLEMS}
                    WHEN present_account_id <> account_id THEN 'ticket_of_another_account'
                    WHEN greatest(opened_at, first_replied_at, resolved_at) > %(latest_at)s THEN 'in_the_future'
                    WHEN first_replied_at < opened_at THEN 'replied_before_opening'
                    WHEN resolved_at < opened_at THEN 'resolved_before_opening'
                    WHEN status = 'resolved' AND resolved_at IS NULL THEN 'resolved_without_a_time' END AS problem
        FROM compared
    )
    SELECT judged.*, {VERDICT} FROM judged
"""  # noqa: S608

_REVISE = f"""
    UPDATE accounts_ticket ticket SET ({_FIELDS}) = ({", ".join(f"planned.{field}" for field in _NEW.split(", "))}), updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND ticket.id = planned.present_id
"""  # noqa: S608
_ADD = f"""
    INSERT INTO accounts_ticket (external_id, account_id, {_FIELDS}, recorded_at, updated_at)
    SELECT external_id, account_id, {_NEW}, %(as_of)s, %(as_of)s FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608

PLAN = Plan(COLUMNS, _PLAN, ("accounts_account", "accounts_contact", "accounts_ticket"), (_REVISE, _ADD))

_ROWS = """
    SELECT planned.row_number, ticket.id FROM planned_rows planned JOIN accounts_ticket ticket ON ticket.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated')
"""
TRACES = (Trace("accounts_ticket", _ROWS, tuple(_FIELDS.split(", "))),)
