"""Orders in SQL: staged lines against the orders, lines and products that are there."""

from accounts.ingest.sql.staging import Plan
from accounts.ingest.sql.traces import Trace
from accounts.ingest.sql.whose import ACCOUNT

COLUMNS = {
    "row_number": "integer", "external_id": "text", "line": "integer", "account": "text", "ordered_on": "date", "status": "text",
    "currency": "text", "product": "text", "product_name": "text", "unit": "text", "quantity": "numeric(18,4)", "amount": "numeric(18,2)",
}  # fmt: skip

# The first row of an order says whose it is and when; rows that say otherwise are at fault. A row without a product is the whole order.
_PLAN = f"""
    WITH named AS MATERIALIZED (
        SELECT given.*,
               first_value(given.account) OVER of_order AS first_account, first_value(given.ordered_on) OVER of_order AS first_ordered_on,
               first_value(given.currency) OVER of_order AS first_currency, first_value(given.row_number) OVER of_order AS first_row,
               first_value(given.product IS NOT NULL) OVER of_order AS first_has_product
        FROM staged_rows given WINDOW of_order AS (PARTITION BY given.external_id ORDER BY given.row_number)
    ), lines AS MATERIALIZED (
        SELECT line.order_id, count(*) AS count, max(line.number) AS number
        FROM (SELECT DISTINCT external_id FROM staged_rows) given
        JOIN accounts_order present ON present.external_id = given.external_id
        JOIN accounts_orderline line ON line.order_id = present.id GROUP BY line.order_id
    ), merged AS MATERIALIZED (
        SELECT given.row_number, given.external_id, given.line, given.account, given.first_row, given.product, given.product_name, given.unit,
               given.quantity, given.amount, given.ordered_on, account.id AS account_id, account.name AS account_name,
               given.first_account <> given.account OR given.first_ordered_on <> given.ordered_on AS disagrees,
               given.first_currency <> given.currency AS has_two_currencies, given.first_has_product <> (given.product IS NOT NULL) AS lacks_product,
               present.id AS present_id, present.account_id AS present_account_id, present.ordered_on AS present_ordered_on,
               present.status AS present_status, present.currency AS present_currency, present.amount AS present_amount,
               coalesce(given.status, present.status, 'placed') AS status,
               coalesce(given.currency, given.first_currency, present.currency, revenue.currency, %(currency)s) AS currency,
               coalesce(lines.count, 0) AS line_count, line.id AS line_id, line.quantity AS line_quantity, line.amount AS line_amount,
               line.product_id AS line_product_id, product.id AS product_id, product.name AS present_product_name, product.unit AS present_unit
        FROM named given
        {ACCOUNT}
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
        LEFT JOIN accounts_order present ON present.external_id = given.external_id
        LEFT JOIN lines ON lines.order_id = present.id
        LEFT JOIN accounts_orderline line ON line.order_id = present.id AND line.number = given.line AND given.product IS NOT NULL
        LEFT JOIN accounts_product product ON product.external_id = given.product
    ), judged AS MATERIALIZED (
        SELECT merged.*,
               (present_ordered_on, present_status, present_currency) IS DISTINCT FROM (ordered_on, status, currency)
                   OR (product IS NULL AND amount IS NOT NULL AND present_amount <> amount) AS order_differs,
               product IS NOT NULL AND (line_id IS NULL OR (line_product_id, line_quantity, line_amount)
                   IS DISTINCT FROM (product_id, quantity, amount)) AS line_differs,
               coalesce(product_name <> present_product_name, false) OR coalesce(unit <> present_unit, false) AS product_differs,
               CASE WHEN account_id IS NULL THEN 'unknown_account'
                    WHEN present_account_id <> account_id THEN 'order_of_another_account'
                    WHEN ordered_on > %(latest_on)s THEN 'ordered_in_the_future'
                    WHEN disagrees THEN 'rows_disagree'
                    WHEN has_two_currencies THEN 'two_currencies'
                    WHEN line_count > 0 AND product IS NOT NULL AND present_currency <> currency THEN 'other_currency'
                    WHEN lacks_product THEN 'without_product'
                    WHEN product IS NULL AND line_count > 0 AND amount <> present_amount THEN 'has_lines'
                    WHEN product IS NULL AND present_id IS NULL AND amount IS NULL THEN 'without_amount'
                    WHEN product IS NOT NULL AND present_id IS NOT NULL AND line_count = 0 THEN 'is_one_amount' END AS problem
        FROM merged
    ), differing AS (
        SELECT judged.*, order_differs OR line_differs OR product_differs AS differs FROM judged
    )
    SELECT differing.*,
           CASE WHEN problem IS NOT NULL THEN 'fault' WHEN present_id IS NULL OR (product IS NOT NULL AND line_id IS NULL) THEN 'added'
                WHEN differs THEN 'updated' ELSE 'unchanged' END AS verdict
    FROM differing
"""  # noqa: S608

_WRITTEN = "planned.verdict IN ('added', 'updated')"
_PRODUCTS = """
    INSERT INTO accounts_product (external_id, name, unit)
    SELECT DISTINCT ON (product) product, coalesce(product_name, product), coalesce(unit, '')
    FROM planned_rows WHERE verdict IN ('added', 'updated') AND product IS NOT NULL AND product_id IS NULL
    ORDER BY product, (product_name IS NULL), row_number
    ON CONFLICT (external_id) DO NOTHING
"""
_RENAME = """
    UPDATE accounts_product product SET name = coalesce(latest.product_name, product.name), unit = coalesce(latest.unit, product.unit)
    FROM (
        SELECT DISTINCT ON (product_id) product_id, product_name, unit FROM planned_rows
        WHERE verdict IN ('added', 'updated') AND product_differs ORDER BY product_id, row_number DESC
    ) latest WHERE product.id = latest.product_id
"""
_REVISE = """
    UPDATE accounts_order placed
    SET ordered_on = planned.ordered_on, status = planned.status, currency = planned.currency,
        amount = CASE WHEN planned.product IS NULL THEN coalesce(planned.amount, placed.amount) ELSE placed.amount END, updated_at = %(as_of)s
    FROM (
        SELECT DISTINCT ON (external_id) * FROM planned_rows
        WHERE verdict IN ('added', 'updated') AND present_id IS NOT NULL AND order_differs ORDER BY external_id, row_number DESC
    ) planned WHERE placed.id = planned.present_id
"""
_ADD = """
    INSERT INTO accounts_order (external_id, account_id, ordered_on, amount, currency, status, recorded_at, updated_at)
    SELECT DISTINCT ON (external_id) external_id, account_id, ordered_on, coalesce(amount, 0), currency, status, %(as_of)s, %(as_of)s
    FROM planned_rows WHERE verdict = 'added' AND present_id IS NULL ORDER BY external_id, row_number
    ON CONFLICT (external_id) DO NOTHING
"""
_REVISE_LINES = f"""
    UPDATE accounts_orderline line SET product_id = product.id, quantity = planned.quantity, amount = planned.amount
    FROM planned_rows planned JOIN accounts_product product ON product.external_id = planned.product
    WHERE {_WRITTEN} AND planned.line_differs AND line.id = planned.line_id
"""  # noqa: S608
_ADD_LINES = f"""
    INSERT INTO accounts_orderline (order_id, number, product_id, quantity, amount)
    SELECT placed.id, planned.line, product.id, planned.quantity, planned.amount
    FROM planned_rows planned
    JOIN accounts_order placed ON placed.external_id = planned.external_id
    JOIN accounts_product product ON product.external_id = planned.product
    WHERE {_WRITTEN} AND planned.line_differs AND planned.line_id IS NULL
    ORDER BY planned.row_number
    ON CONFLICT (order_id, number) DO NOTHING
"""  # noqa: S608
_SUM_UP = """
    UPDATE accounts_order placed SET amount = sums.amount, updated_at = %(as_of)s
    FROM (
        SELECT line.order_id, sum(line.amount) AS amount FROM accounts_orderline line
        WHERE line.order_id IN (
            SELECT changed.id FROM accounts_order changed
            JOIN planned_rows planned ON planned.external_id = changed.external_id
            WHERE planned.verdict IN ('added', 'updated') AND planned.line_differs
        )
        GROUP BY line.order_id
    ) sums WHERE placed.id = sums.order_id AND placed.amount <> sums.amount
"""

PLAN = Plan(
    COLUMNS,
    _PLAN,
    ("accounts_account", "accounts_order", "accounts_orderline"),
    (_PRODUCTS, _RENAME, _REVISE, _ADD, _REVISE_LINES, _ADD_LINES, _SUM_UP),
)

_LINES = """
    SELECT planned.row_number, line.id FROM planned_rows planned
    JOIN accounts_order placed ON placed.external_id = planned.external_id
    JOIN accounts_orderline line ON line.order_id = placed.id AND line.number = planned.line
    WHERE planned.verdict IN ('added', 'updated') AND planned.line_differs
"""
_ORDERS = """
    SELECT min(planned.row_number) AS row_number, placed.id
    FROM planned_rows planned JOIN accounts_order placed ON placed.external_id = planned.external_id
    WHERE planned.verdict IN ('added', 'updated') GROUP BY placed.id
"""
TRACES = (
    Trace("accounts_orderline", _LINES, ("product_id", "quantity", "amount")),
    Trace("accounts_order", _ORDERS, ("ordered_on", "amount", "currency", "status")),
)
