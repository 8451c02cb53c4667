"""Survey answers in SQL: staged rows against the answers that are there."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import Trace
from accounts.ingest.sql.whose import ACCOUNT, CONTACT, CONTACT_ID, PEOPLE, PERSON_ACCOUNT, PROBLEMS, VERDICT

COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "contact": "text", "kind": "text", "score": "integer", "verbatim": "text",
    "occurred_at": "timestamptz",
}  # fmt: skip

_PLAN = f"""
    WITH {PEOPLE}, merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.account, given.contact, given.kind, given.score, given.occurred_at,
               account.id AS account_id, account.name AS account_name, present.id AS present_id, present.account_id AS present_account_id,
               {PERSON_ACCOUNT} AS person_account_id, {CONTACT_ID} AS contact_id,
               coalesce({CONTACT_ID}, present.contact_id) AS new_contact_id, coalesce(given.verbatim, present.verbatim, '') AS verbatim,
               (present.contact_id, present.kind, present.score, present.verbatim, present.occurred_at) IS DISTINCT FROM
                   (coalesce({CONTACT_ID}, present.contact_id), given.kind, given.score, coalesce(given.verbatim, present.verbatim, ''),
                    given.occurred_at) AS differs
        FROM staged_rows given
        {ACCOUNT} {CONTACT}
        LEFT JOIN accounts_surveyresponse present ON present.external_id = given.external_id
    ), judged AS (
        SELECT merged.*, CASE {PROBLEMS} WHEN present_account_id <> account_id THEN 'answer_of_another_account'
                    WHEN occurred_at > %(latest_at)s THEN 'in_the_future' END AS problem FROM merged
    )
    SELECT judged.*, {VERDICT} FROM judged
"""  # noqa: S608

_REVISE = """
    UPDATE accounts_surveyresponse answer
    SET contact_id = planned.new_contact_id, kind = planned.kind, score = planned.score, verbatim = planned.verbatim, occurred_at = planned.occurred_at
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND answer.id = planned.present_id
"""
_ADD = """
    INSERT INTO accounts_surveyresponse (external_id, account_id, contact_id, kind, score, verbatim, occurred_at, recorded_at)
    SELECT external_id, account_id, new_contact_id, kind, score, verbatim, occurred_at, %(as_of)s
    FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""

PLAN = Plan(
    COLUMNS, _PLAN, ("accounts_account", "accounts_contact", "accounts_surveyresponse"), (_REVISE, _ADD)
)  # fmt: skip

_ROWS = """
    SELECT planned.row_number, answer.id FROM planned_rows planned JOIN accounts_surveyresponse answer ON answer.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated')
"""
TRACES = (Trace("accounts_surveyresponse", _ROWS, ("contact_id", "kind", "score", "verbatim", "occurred_at")),)
