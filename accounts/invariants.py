"""What always holds about the facts, and how to find what breaks it."""

from accounts.book_invariants import BOOK
from accounts.commerce_invariants import INVARIANTS as COMMERCE
from cshub.db import sql
from cshub.kernel.invariant import Invariant

SHOWN = 20

_LINES = """
    SELECT line.external_id, line.arr, coalesce(sum(movement.amount), 0)
    FROM accounts_contractline line LEFT JOIN accounts_revenuemovement movement ON movement.line_id = line.id
    GROUP BY line.id HAVING line.arr <> coalesce(sum(movement.amount), 0) ORDER BY line.external_id LIMIT %(shown)s
"""
_ACCOUNTS = """
    SELECT account.external_id, coalesce(revenue.arr, 0), coalesce(sums.amount, 0)
    FROM accounts_account account
    LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
    LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM accounts_revenuemovement GROUP BY account_id) sums ON sums.account_id = account.id
    WHERE coalesce(revenue.arr, 0) <> coalesce(sums.amount, 0) ORDER BY account.external_id LIMIT %(shown)s
"""
_PAST = """
    SELECT account.external_id, running.occurred_on, running.total
    FROM (
        SELECT account_id, occurred_on, sum(sum(amount)) OVER (PARTITION BY account_id ORDER BY occurred_on) AS total
        FROM accounts_revenuemovement GROUP BY account_id, occurred_on
    ) running JOIN accounts_account account ON account.id = running.account_id
    WHERE running.total < 0 ORDER BY account.external_id, running.occurred_on LIMIT %(shown)s
"""
_CURRENCIES = """
    SELECT account.external_id, string_agg(DISTINCT used.currency, ', ' ORDER BY used.currency)
    FROM (
        SELECT account_id, currency FROM accounts_accountrevenue
        UNION SELECT account_id, currency FROM accounts_contract
        UNION SELECT account_id, currency FROM accounts_revenuemovement
        UNION SELECT account_id, currency FROM accounts_renewal
    ) used JOIN accounts_account account ON account.id = used.account_id
    GROUP BY account.id HAVING count(DISTINCT used.currency) > 1 ORDER BY account.external_id LIMIT %(shown)s
"""
_OWNERS = """
    SELECT contract.external_id FROM accounts_contract contract
    WHERE EXISTS (SELECT FROM accounts_renewal renewal WHERE renewal.contract_id = contract.id AND renewal.account_id <> contract.account_id)
       OR EXISTS (SELECT FROM accounts_contractline line JOIN accounts_revenuemovement movement ON movement.line_id = line.id
                  WHERE line.contract_id = contract.id AND movement.account_id <> contract.account_id
                  GROUP BY line.id, movement.account_id HAVING sum(movement.amount) <> 0)
    ORDER BY contract.external_id LIMIT %(shown)s
"""
_DECISIONS = """
    SELECT contract.external_id, renewal.due_on, decision.decision
    FROM accounts_renewaldecision decision
    JOIN accounts_renewal renewal ON renewal.id = decision.renewal_id
    JOIN accounts_contract contract ON contract.id = renewal.contract_id
    WHERE decision.decision = 'churned'
      AND contract.status = 'active' AND contract.ends_on = renewal.due_on
    ORDER BY contract.external_id, renewal.due_on LIMIT %(shown)s
"""


def _check(statement: str, sentence: str) -> list[str]:
    return [sentence.format(*row) for row in sql.rows(statement, {"shown": SHOWN})]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "The sum of a line's movements is its ARR",
        lambda: _check(_LINES, "Line {0} stands at {1}, and its movements sum up to {2}."),
    ),
    Invariant(
        "The sum of an account's movements is its ARR",
        lambda: _check(_ACCOUNTS, "Account {0} stands at {1}, and its movements sum up to {2}."),
    ),
    Invariant(
        "An account's ARR was never below zero",
        lambda: _check(_PAST, "Account {0} stood at {2} on {1}."),
    ),
    Invariant(
        "An account keeps one currency",
        lambda: _check(_CURRENCIES, "Account {0} is kept in {1}."),
    ),
    Invariant(
        "Movements and renewals belong to their contract's account",
        lambda: _check(_OWNERS, "Contract {0} has movements or renewals of another account."),
    ),
    Invariant(
        "A contract whose renewal churned has ended",
        lambda: _check(_DECISIONS, "Contract {0} is active, though its renewal on {1} was {2}."),
    ),
    *BOOK,
    *COMMERCE,
)
