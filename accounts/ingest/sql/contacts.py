"""Contacts in SQL: staged rows against the people who are there, and the parts they play."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import TODAY, Trace
from accounts.ingest.sql.whose import ACCOUNT, VERDICT

COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "name": "text", "email": "text", "phone": "text", "title": "text",
    "role": "text", "language": "text", "timezone": "text", "joined_on": "date", "left_on": "date", "attributes": "jsonb",
}  # fmt: skip

_FIELDS = "name, email, phone, title, role, language, timezone, joined_on, left_on, attributes"

_PLAN = f"""
    WITH merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.account, account.id AS account_id, account.name AS account_name,
               present.id AS present_id, present.account_id AS present_account_id, present.role AS present_role, present.left_on AS present_left_on,
               coalesce(given.name, nullif(present.name, ''), nullif(given.email, ''), given.external_id) AS name,
               coalesce(given.email, present.email, '') AS email,
               coalesce(given.phone, present.phone, '') AS phone,
               coalesce(given.title, present.title, '') AS title,
               coalesce(given.role, present.role, 'user') AS role,
               coalesce(given.language, present.language, '') AS language,
               coalesce(given.timezone, present.timezone, '') AS timezone,
               coalesce(given.joined_on, present.joined_on) AS joined_on,
               coalesce(given.left_on, present.left_on) AS left_on,
               jsonb_strip_nulls(coalesce(present.attributes, '{{}}') || given.attributes) AS attributes
        FROM staged_rows given
        {ACCOUNT}
        LEFT JOIN accounts_contact present ON present.external_id = given.external_id
    ), compared AS MATERIALIZED (
        SELECT merged.*,
               ({", ".join(f"present.{field}" for field in _FIELDS.split(", "))})
                   IS DISTINCT FROM ({", ".join(f"merged.{field}" for field in _FIELDS.split(", "))}) AS differs,
               CASE WHEN merged.account_id IS NULL THEN 'unknown_account'
                    WHEN present_account_id <> merged.account_id THEN 'contact_of_another_account'
                    WHEN merged.left_on > %(latest_on)s THEN 'left_in_the_future'
                    WHEN merged.left_on < merged.joined_on THEN 'left_before_joining' END AS problem
        FROM merged LEFT JOIN accounts_contact present ON present.id = merged.present_id
    )
    SELECT compared.*, {VERDICT} FROM compared
"""  # noqa: S608

# The same rows as when one person is recorded or changed: leaving, coming back, another part.
_CHANGED_ROLE = """
    INSERT INTO accounts_rolechange (contact_id, from_role, to_role, occurred_on, changed_by_id, recorded_at)
    SELECT present_id,
           CASE WHEN left_on IS NULL AND present_left_on IS NOT NULL THEN '' ELSE present_role END,
           CASE WHEN left_on IS DISTINCT FROM present_left_on AND left_on IS NOT NULL THEN '' ELSE role END,
           CASE WHEN left_on IS DISTINCT FROM present_left_on AND left_on IS NOT NULL THEN left_on ELSE %(reference_on)s END, %(by)s, %(as_of)s
    FROM planned_rows WHERE verdict = 'updated' AND (role <> present_role OR left_on IS DISTINCT FROM present_left_on) ORDER BY row_number
"""
_FIRST_ROLE = """
    INSERT INTO accounts_rolechange (contact_id, from_role, to_role, occurred_on, changed_by_id, recorded_at)
    SELECT contact.id, '', planned.role, least(planned.joined_on, %(reference_on)s), %(by)s, %(as_of)s
    FROM planned_rows planned JOIN accounts_contact contact ON contact.external_id = planned.external_id
    WHERE planned.verdict = 'added' ORDER BY planned.row_number
"""
_LEFT_ALREADY = """
    INSERT INTO accounts_rolechange (contact_id, from_role, to_role, occurred_on, changed_by_id, recorded_at)
    SELECT contact.id, planned.role, '', planned.left_on, %(by)s, %(as_of)s
    FROM planned_rows planned JOIN accounts_contact contact ON contact.external_id = planned.external_id
    WHERE planned.verdict = 'added' AND planned.left_on IS NOT NULL ORDER BY planned.row_number
"""
_REVISE = f"""
    UPDATE accounts_contact contact SET ({_FIELDS}) = ({", ".join(f"planned.{field}" for field in _FIELDS.split(", "))})
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND contact.id = planned.present_id
"""  # noqa: S608
_ADD = f"""
    INSERT INTO accounts_contact (external_id, account_id, {_FIELDS}, recorded_at)
    SELECT external_id, account_id, {_FIELDS}, %(as_of)s FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608

PLAN = Plan(
    COLUMNS, _PLAN, ("accounts_account", "accounts_contact"), (_CHANGED_ROLE, _REVISE, _ADD, _FIRST_ROLE, _LEFT_ALREADY)
)

_ROWS = """
    SELECT planned.row_number, contact.id FROM planned_rows planned JOIN accounts_contact contact ON contact.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated')
"""
TRACES = (Trace("accounts_contact", _ROWS, tuple(_FIELDS.split(", ")), retires=("left_on", TODAY)),)
