"""Invoices in SQL: staged rows against the invoices that are there, and the one payment a row can name."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import Trace
from accounts.ingest.sql.whose import ACCOUNT, VERDICT

COLUMNS = {
    "row_number": "integer", "external_id": "text", "account": "text", "contract": "text", "issued_on": "date", "due_on": "date",
    "amount": "numeric(18,2)", "currency": "text", "paid_on": "date", "paid_amount": "numeric(18,2)",
}  # fmt: skip

_FIELDS = "contract_id, issued_on, due_on, amount, currency"
_NEW = _FIELDS.replace("contract_id", "new_contract_id")

_PLAN = f"""
    WITH others AS MATERIALIZED (
        SELECT payment.invoice_id, sum(payment.amount) AS amount
        FROM staged_rows given
        JOIN accounts_invoice invoice ON invoice.external_id = given.external_id
        JOIN accounts_payment payment ON payment.invoice_id = invoice.id AND payment.external_id <> given.external_id || ':paid'
        WHERE given.paid_on IS NOT NULL GROUP BY payment.invoice_id
    ), merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.account, given.contract, account.id AS account_id, account.name AS account_name,
               present.id AS present_id, present.account_id AS present_account_id, contract.id AS contract_id,
               contract.account_id AS contract_account_id, contract.currency AS contract_currency, coalesce(contract.id, present.contract_id) AS new_contract_id,
               coalesce(given.issued_on, present.issued_on) AS issued_on,
               coalesce(given.due_on, present.due_on, given.issued_on) AS due_on,
               coalesce(given.amount, present.amount) AS amount,
               coalesce(given.currency, present.currency, revenue.currency, %(currency)s) AS currency,
               given.paid_on, CASE WHEN given.paid_on IS NOT NULL THEN coalesce(given.paid_amount, given.amount, present.amount) END AS paid_amount,
               payment.id AS payment_id, payment.paid_on AS present_paid_on, payment.amount AS present_paid_amount,
               others.amount AS paid_otherwise
        FROM staged_rows given
        {ACCOUNT}
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
        LEFT JOIN accounts_invoice present ON present.external_id = given.external_id
        LEFT JOIN accounts_contract contract ON contract.external_id = given.contract
        LEFT JOIN accounts_payment payment ON payment.external_id = given.external_id || ':paid'
        LEFT JOIN others ON others.invoice_id = present.id
    ), compared AS MATERIALIZED (
        SELECT merged.*,
               merged.paid_on IS NOT NULL AND paid_otherwise IS NULL
                   AND (present_paid_on, present_paid_amount) IS DISTINCT FROM (merged.paid_on, merged.paid_amount) AS payment_differs,
               ({", ".join(f"present.{field}" for field in _FIELDS.split(", "))}) IS DISTINCT FROM
                   ({", ".join(f"merged.{field}" for field in _NEW.split(", "))}) AS invoice_differs
        FROM merged LEFT JOIN accounts_invoice present ON present.id = merged.present_id
    ), judged AS (
        SELECT compared.*, invoice_differs OR payment_differs AS differs,
               CASE WHEN account_id IS NULL THEN 'unknown_account'
                    WHEN present_account_id <> account_id THEN 'invoice_of_another_account'
                    WHEN contract IS NOT NULL AND contract_id IS NULL THEN 'unknown_contract'
                    WHEN contract_account_id <> account_id THEN 'contract_elsewhere'
                    WHEN contract_currency <> currency THEN 'contract_in_another_currency'
                    WHEN issued_on > %(latest_on)s THEN 'issued_in_the_future'
                    WHEN paid_on > %(latest_on)s THEN 'paid_in_the_future'
                    WHEN due_on < issued_on THEN 'due_before_issue'
                    WHEN paid_amount = 0 THEN 'paid_nothing'
                    WHEN paid_otherwise IS NOT NULL AND paid_otherwise <> paid_amount THEN 'paid_otherwise' END AS problem
        FROM compared
    )
    SELECT judged.*, {VERDICT} FROM judged
"""  # noqa: S608

_REVISE = f"""
    UPDATE accounts_invoice invoice SET ({_FIELDS}) = ({", ".join(f"planned.{field}" for field in _NEW.split(", "))}), updated_at = %(as_of)s
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.invoice_differs AND invoice.id = planned.present_id
"""  # noqa: S608
_ADD = f"""
    INSERT INTO accounts_invoice (external_id, account_id, {_FIELDS}, recorded_at, updated_at)
    SELECT external_id, account_id, {_NEW}, %(as_of)s, %(as_of)s FROM planned_rows WHERE verdict = 'added' ORDER BY row_number
    ON CONFLICT (external_id) DO NOTHING
"""  # noqa: S608
_PAID_DIFFERENTLY = """
    UPDATE accounts_payment payment SET paid_on = planned.paid_on, amount = planned.paid_amount
    FROM planned_rows planned WHERE planned.verdict = 'updated' AND planned.payment_differs AND payment.id = planned.payment_id
"""
_PAY = """
    INSERT INTO accounts_payment (invoice_id, external_id, paid_on, amount, recorded_at)
    SELECT invoice.id, planned.external_id || ':paid', planned.paid_on, planned.paid_amount, %(as_of)s
    FROM planned_rows planned JOIN accounts_invoice invoice ON invoice.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated') AND planned.payment_differs AND planned.payment_id IS NULL ORDER BY planned.row_number
    ON CONFLICT (external_id) DO NOTHING
"""

PLAN = Plan(
    COLUMNS,
    _PLAN,
    ("accounts_account", "accounts_contract", "accounts_invoice", "accounts_payment"),
    (_REVISE, _ADD, _PAID_DIFFERENTLY, _PAY),
)

_INVOICES = """
    SELECT planned.row_number, invoice.id FROM planned_rows planned JOIN accounts_invoice invoice ON invoice.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated') AND planned.invoice_differs
"""
_PAYMENTS = """
    SELECT planned.row_number, payment.id FROM planned_rows planned JOIN accounts_payment payment ON payment.external_id = planned.external_id || ':paid'
    WHERE planned.verdict IN ('added', 'updated') AND planned.payment_differs
"""
TRACES = (
    Trace("accounts_payment", _PAYMENTS, ("paid_on", "amount")),
    Trace("accounts_invoice", _INVOICES, tuple(_FIELDS.split(", "))),
)
