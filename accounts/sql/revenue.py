"""Revenue in SQL: lines, their movements and the account's ARR change in one statement, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Arrays = dict[str, Any]

# The statements take their changes from `source`: arrays given as parameters, or a table with the same columns.
ARRAYS = """
    unnest(
        %(lines)s::text[], %(contracts)s::text[], %(arrs)s::numeric[], %(days)s::date[], %(kinds)s::text[],
        %(source_refs)s::text[], %(products)s::text[]
    ) WITH ORDINALITY AS given(line, contract, new_arr, occurred_on, kind, source_ref, product, position)
"""
# One row a change. A change whose source was booked before is dropped here, so that a replay moves nothing.
_CHANGES = """
    SELECT given.* FROM {source}
    WHERE given.source_ref IS NULL
       OR NOT EXISTS (SELECT FROM accounts_revenuemovement booked WHERE booked.source_ref = given.source_ref)
"""

# Rows that this transaction wrote are ours already.
_LOCK = """
    SELECT count(*) FROM (
        SELECT FROM accounts_account account
        WHERE account.id IN (SELECT account_id FROM accounts_contract WHERE external_id IN (SELECT given.contract FROM {source}))
          AND account.xmin <> pg_current_xact_id()::xid
        ORDER BY account.id FOR NO KEY UPDATE
    ) held
"""

_PROBLEM = f"""
    WITH change AS MATERIALIZED ({_CHANGES}), moved AS MATERIALIZED (
        SELECT movement.line_id, max(movement.occurred_on) AS moved_on
        FROM accounts_revenuemovement movement
        WHERE movement.line_id IN (SELECT line.id FROM change JOIN accounts_contractline line ON line.external_id = change.line)
        GROUP BY movement.line_id
    ), known AS (
        SELECT change.*, contract.id AS contract_id, contract.currency, contract.account_id, line.contract_id AS line_contract_id,
               revenue.currency AS account_currency, account.name AS account_name, moved.moved_on
        FROM change
        LEFT JOIN accounts_contract contract ON contract.external_id = change.contract
        LEFT JOIN accounts_account account ON account.id = contract.account_id
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = contract.account_id
        LEFT JOIN accounts_contractline line ON line.external_id = change.line
        LEFT JOIN moved ON moved.line_id = line.id
    )
    SELECT CASE WHEN contract_id IS NULL THEN 'unknown_contract'
                WHEN line_contract_id <> contract_id THEN 'line_of_another_contract'
                WHEN currency <> account_currency THEN 'second_currency'
                ELSE 'late_change' END,
           line, contract, account_name, currency, account_currency, occurred_on, moved_on
    FROM known
    WHERE contract_id IS NULL OR line_contract_id <> contract_id OR currency <> account_currency OR occurred_on < moved_on
    ORDER BY position LIMIT 1
"""  # noqa: S608

# Kinds are read from the account's total before and after the day, so that two lines that start or stop together count alike. Lines and
# accounts that are new get their sums as they are written; an account without a row of revenue has no movements to be read.
_BOOK = f"""
    WITH change AS MATERIALIZED ({_CHANGES}), step AS MATERIALIZED (
        SELECT change.line, line.id AS line_id, contract.id AS contract_id, contract.account_id, contract.currency, contract.starts_on,
               CASE WHEN contract.status = 'active' THEN contract.ends_on END AS due_on, change.product,
               change.occurred_on, change.position, change.kind, change.source_ref, revenue.account_id IS NULL AS is_first_money,
               change.new_arr - coalesce(lag(change.new_arr) OVER history, line.arr, 0) AS amount
        FROM change
        JOIN accounts_contract contract ON contract.external_id = change.contract
        LEFT JOIN accounts_contractline line ON line.external_id = change.line
        LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = contract.account_id
        WINDOW history AS (PARTITION BY change.line ORDER BY change.occurred_on, change.position)
    ), added AS (
        INSERT INTO accounts_contractline (contract_id, external_id, product, arr, recorded_at, updated_at)
        SELECT contract_id, line, coalesce((array_agg(product ORDER BY position))[1], ''), sum(amount), %(as_of)s, %(as_of)s
        FROM step WHERE line_id IS NULL GROUP BY contract_id, line ORDER BY min(position)
        RETURNING id, external_id
    ), moved AS MATERIALIZED (
        SELECT step.account_id, coalesce(step.line_id, added.id) AS line_id, step.occurred_on, step.position, step.kind, step.currency,
               step.source_ref, step.amount, step.is_first_money
        FROM step LEFT JOIN added ON added.external_id = step.line WHERE step.amount <> 0
    ), day AS (
        SELECT account_id, occurred_on, sum(amount) AS amount
        FROM (
            SELECT account_id, occurred_on, amount FROM moved
            UNION ALL
            SELECT account_id, occurred_on, amount FROM accounts_revenuemovement
            WHERE account_id IN (SELECT account_id FROM moved WHERE NOT is_first_money)
        ) every_movement
        GROUP BY account_id, occurred_on
    ), total AS MATERIALIZED (
        SELECT account_id, occurred_on, sum(amount) OVER till_day AS after, sum(amount) OVER till_day - amount AS before,
               row_number() OVER till_day = 1 AS is_first
        FROM day WINDOW till_day AS (PARTITION BY account_id ORDER BY occurred_on)
    ), booked AS (
        INSERT INTO accounts_revenuemovement (account_id, line_id, occurred_on, recorded_at, kind, amount, currency, source_ref)
        SELECT moved.account_id, moved.line_id, moved.occurred_on, %(as_of)s,
               CASE WHEN moved.kind IS NOT NULL THEN moved.kind
                    WHEN moved.amount > 0 AND total.before = 0 AND total.is_first THEN 'new'
                    WHEN moved.amount > 0 AND total.before = 0 THEN 'reactivation'
                    WHEN moved.amount < 0 AND total.after = 0 THEN 'churn'
                    WHEN moved.amount > 0 THEN 'expansion'
                    ELSE 'contraction' END,
               moved.amount, moved.currency, moved.source_ref
        FROM moved JOIN total USING (account_id, occurred_on)
        ORDER BY moved.occurred_on, moved.position
        RETURNING amount
    ), lines AS (
        UPDATE accounts_contractline line SET arr = line.arr + sums.amount, updated_at = %(as_of)s
        FROM (SELECT line_id, sum(amount) AS amount FROM step WHERE amount <> 0 AND line_id IS NOT NULL GROUP BY line_id) sums
        WHERE line.id = sums.line_id
    ), opened AS (
        INSERT INTO accounts_accountrevenue (account_id, arr, currency, next_renewal_on, updated_at)
        SELECT account_id, sum(amount), (array_agg(currency ORDER BY starts_on))[1],
               coalesce(min(due_on) FILTER (WHERE due_on >= %(today)s), max(due_on)), %(as_of)s
        FROM step WHERE is_first_money GROUP BY account_id
    ), revenue AS (
        UPDATE accounts_accountrevenue revenue SET arr = revenue.arr + sums.amount, updated_at = %(as_of)s
        FROM (SELECT account_id, sum(amount) AS amount FROM step WHERE amount <> 0 AND NOT is_first_money GROUP BY account_id) sums
        WHERE revenue.account_id = sums.account_id
    )
    SELECT count(*), coalesce(sum(amount), 0) FROM booked
"""  # noqa: S608

_CONTRACTS = """
    SELECT count(*), coalesce((array_agg(contract ORDER BY contract))[:%(limit)s], '{{}}') FROM (SELECT DISTINCT contract FROM {source}) given
"""

# {movements} is a query of ids. Each correction stands on the day of its movement, so that the revenue of every day is as if neither were there.
_TAKE_BACK = """
    WITH booked AS (
        INSERT INTO accounts_revenuemovement (account_id, line_id, occurred_on, recorded_at, kind, amount, currency, source_ref)
        SELECT account_id, line_id, occurred_on, %(as_of)s, 'correction', -amount, currency, 'corrects:' || id
        FROM accounts_revenuemovement WHERE id IN ({movements}) ORDER BY occurred_on, id
        RETURNING account_id, line_id, amount
    ), lines AS (
        UPDATE accounts_contractline line SET arr = line.arr + sums.amount, updated_at = %(as_of)s
        FROM (SELECT line_id, sum(amount) AS amount FROM booked GROUP BY line_id) sums WHERE line.id = sums.line_id
    ), revenue AS (
        UPDATE accounts_accountrevenue revenue SET arr = revenue.arr + sums.amount, updated_at = %(as_of)s
        FROM (SELECT account_id, sum(amount) AS amount FROM booked GROUP BY account_id) sums WHERE revenue.account_id = sums.account_id
    )
    SELECT count(*), coalesce(sum(amount), 0) FROM booked
"""
_LOCK_MOVED = """
    SELECT account.id FROM accounts_account account
    WHERE account.id IN (SELECT account_id FROM accounts_revenuemovement WHERE id IN ({movements})) ORDER BY account.id FOR NO KEY UPDATE
"""


def contracts_in(source: str, limit: int) -> list[tuple[int, list[str]]]:
    """How many contracts the changes in a table are about, and the first of them by their external IDs."""
    return sql.rows(_CONTRACTS.format(source=source), {"limit": limit})


def take_back(movements: str, *, as_of: datetime) -> tuple[int, Any]:
    """Book a correction against each movement that the query `movements` gives the id of; how many, and their sum."""
    sql.rows(_LOCK_MOVED.format(movements=movements))
    count, total = sql.rows(_TAKE_BACK.format(movements=movements), {"as_of": as_of})[0]
    return int(count), total


def arrays(changes: Sequence[Any], *, as_of: datetime) -> Arrays:
    """The changes column by column, as the statements take them."""
    return {
        "lines": [change.line_external_id for change in changes],
        "contracts": [change.contract_external_id for change in changes],
        "arrs": [change.new_arr for change in changes],
        "days": [change.occurred_on for change in changes],
        "kinds": [change.kind for change in changes],
        "source_refs": [change.source_ref for change in changes],
        "products": [change.product for change in changes],
        "as_of": as_of,
    }


def lock_accounts(given: Arrays, source: str = ARRAYS) -> None:
    """Hold the accounts until the transaction ends; always in the order of their ids, so that two writers never wait for each other."""
    sql.rows(_LOCK.format(source=source), given)


def first_problem(given: Arrays, source: str = ARRAYS) -> dict[str, Any] | None:
    """The first change that cannot be booked, with what is needed to say why."""
    names = ("code", "line", "contract", "account", "currency", "account_currency", "occurred_on", "moved_on")
    found = sql.rows(_PROBLEM.format(source=source), given)
    return next((dict(zip(names, row, strict=True)) for row in found), None)


def book(given: Arrays, source: str = ARRAYS) -> tuple[int, Any]:
    """Make lines, movements, line ARR and account ARR in one statement; the number of movements and their sum."""
    count, total = sql.rows(_BOOK.format(source=source), {**given, "today": given["as_of"].date()})[0]
    return int(count), total
