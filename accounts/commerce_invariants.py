"""What always holds about orders, invoices and the terms of contracts, and how to find what breaks it."""

from cshub.db import sql
from cshub.kernel.invariant import Invariant

SHOWN = 20

_ORDERS = """
    SELECT placed.external_id, placed.amount, sum(line.amount)
    FROM accounts_order placed JOIN accounts_orderline line ON line.order_id = placed.id
    GROUP BY placed.id HAVING placed.amount <> sum(line.amount) ORDER BY placed.external_id LIMIT %(shown)s
"""
_INVOICES = """
    SELECT invoice.external_id, invoice.currency, contract.external_id, contract.currency
    FROM accounts_invoice invoice JOIN accounts_contract contract ON contract.id = invoice.contract_id
    WHERE invoice.currency <> contract.currency OR invoice.account_id <> contract.account_id
    ORDER BY invoice.external_id LIMIT %(shown)s
"""
# A file may have moved the main contract just now; the next turn follows.
_CO_TERMS = """
    SELECT contract.external_id, contract.ends_on, main.external_id, main.ends_on
    FROM accounts_contract contract JOIN accounts_contract main ON main.id = contract.co_term_with_id
    WHERE contract.account_id <> main.account_id
       OR (contract.status = 'active' AND main.status = 'active' AND contract.ends_on IS DISTINCT FROM main.ends_on
           AND (main.ends_on IS NULL OR main.ends_on > contract.starts_on)
           AND main.updated_at < clock_timestamp() - interval '2 days')
    ORDER BY contract.external_id LIMIT %(shown)s
"""
# Each escalator names its line and day as its source, which is booked once; a second one of the year would come another way.
_ESCALATORS = """
    SELECT line.external_id, left(split_part(movement.source_ref, ':', 3), 4), count(*)
    FROM accounts_revenuemovement movement JOIN accounts_contractline line ON line.id = movement.line_id
    WHERE movement.source_ref LIKE 'escalator:%%'
    GROUP BY line.id, left(split_part(movement.source_ref, ':', 3), 4)
    HAVING count(*) > 1 OR bool_or(movement.kind <> 'price' OR split_part(movement.source_ref, ':', 2) <> line.id::text)
    ORDER BY 1, 2 LIMIT %(shown)s
"""
_RUN_OUTS = """
    SELECT account.external_id, product.external_id
    FROM accounts_replenishment kept
    JOIN accounts_account account ON account.id = kept.account_id
    JOIN accounts_product product ON product.id = kept.product_id
    WHERE (kept.runs_out_on IS NOT NULL AND kept.order_count < 3)
       OR kept.runs_out_on < kept.runs_out_from OR kept.runs_out_on > kept.runs_out_until
    ORDER BY 1, 2 LIMIT %(shown)s
"""


def _check(statement: str, sentence: str) -> list[str]:
    return [sentence.format(*row) for row in sql.rows(statement, {"shown": SHOWN})]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "An order is worth the sum of its lines",
        lambda: _check(_ORDERS, "Order {0} says {1}, and its lines add up to {2}."),
    ),
    Invariant(
        "An invoice is in the currency of its contract, and at the same account",
        lambda: _check(_INVOICES, "Invoice {0} is in {1}, and contract {2} in {3}, or of another account."),
    ),
    Invariant(
        "Contracts that end together end on one day",
        lambda: _check(_CO_TERMS, "Contract {0} ends on {1}, and {2}, with which it ends together, on {3}."),
    ),
    Invariant(
        "An escalator raises a price once at an anniversary",
        lambda: _check(_ESCALATORS, "Line {0} was raised {2} times in {1}, or not as a price."),
    ),
    Invariant(
        "A run-out date stands on three orders and lies within its interval",
        lambda: _check(_RUN_OUTS, "Account {0} has a run-out date of {1} that does not follow from its orders."),
    ),
)
