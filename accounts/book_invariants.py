"""What always holds about owners, trees, merges, stages and roles, and how to find what breaks it."""

from accounts.sql import hierarchy
from cshub.db import sql
from cshub.kernel.invariant import Invariant

SHOWN = 20

_OWNERS = """
    SELECT account.external_id FROM accounts_account account
    LEFT JOIN accounts_ownership held ON held.account_id = account.id AND held.until IS NULL
    WHERE account.owner_id IS DISTINCT FROM held.user_id ORDER BY 1 LIMIT %(shown)s
"""
_MERGED = """
    SELECT account.external_id, survivor.external_id, survivor.status
    FROM accounts_account account
    JOIN accounts_account survivor ON survivor.id = account.merged_into_id
    LEFT JOIN accounts_accountrevenue revenue ON revenue.account_id = account.id
    WHERE survivor.status = 'merged' OR coalesce(revenue.arr, 0) <> 0 OR account.parent_id IS NOT NULL
       OR EXISTS (SELECT FROM accounts_contract contract WHERE contract.account_id = account.id)
       OR EXISTS (SELECT FROM accounts_account child WHERE child.parent_id = account.id)
    ORDER BY 1 LIMIT %(shown)s
"""
_TRANSFERS = """
    SELECT occurred_on, currency, sum(amount) FROM accounts_revenuemovement WHERE kind = 'transfer'
    GROUP BY occurred_on, currency HAVING sum(amount) <> 0 ORDER BY 1 LIMIT %(shown)s
"""
_STAGES = """
    SELECT account.external_id, account.stage, coalesce(latest.to_stage, 'none')
    FROM accounts_account account
    LEFT JOIN LATERAL (
        SELECT to_stage FROM accounts_stagechange change WHERE change.account_id = account.id ORDER BY occurred_at DESC, id DESC LIMIT 1
    ) latest ON true
    WHERE account.stage <> coalesce(latest.to_stage, '') ORDER BY 1 LIMIT %(shown)s
"""


def _check(statement: str, sentence: str) -> list[str]:
    return [sentence.format(*row) for row in sql.rows(statement, {"shown": SHOWN})]


BOOK: tuple[Invariant, ...] = (
    Invariant(
        "An account's owner is the open row of its history of owners",
        lambda: _check(_OWNERS, "Account {0} has another owner than its history says."),
    ),
    Invariant(
        "No account stands below itself",
        lambda: [f"Account {external_id} stands below itself." for (external_id,) in hierarchy.cycles(SHOWN)],
    ),
    Invariant(
        "An account that was merged away holds nothing, and leads to one that lives",
        lambda: _check(_MERGED, "Account {0} was merged into {1} ({2}) and still holds something, or leads nowhere."),
    ),
    Invariant(
        "What is moved between accounts leaves one and reaches the other",
        lambda: _check(_TRANSFERS, "The transfers of {0} in {1} add up to {2} instead of nothing."),
    ),
    Invariant(
        "An account's stage is the last of its history",
        lambda: _check(_STAGES, "Account {0} is in the stage {1}, and its history ends with {2}."),
    ),
)
