"""Which account an external ID means today: an ID that was merged away means the account it went into.

Statements that look accounts up by external ID join `KNOWN_ACCOUNTS` instead of the table, under any name they like:
`LEFT JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account`. It has `external_id` (as given), `id` (of the account that lives),
`name` (its name), `merged_id` (of the account that was merged away, else null).
"""

from collections.abc import Sequence
from uuid import UUID

from cshub.db import sql

KNOWN_ACCOUNTS = """(
    SELECT alias.external_id, coalesce(survivor.id, alias.id) AS id, coalesce(survivor.name, alias.name) AS name,
           CASE WHEN survivor.id IS NOT NULL THEN alias.id END AS merged_id
    FROM accounts_account alias LEFT JOIN accounts_account survivor ON survivor.id = alias.merged_into_id
)"""

# Which account went into which, step by step, as it is now: an account that went into one that went into a third has its own step.
STEPS = """(
    SELECT absorbed_id, survivor_id FROM (
        SELECT DISTINCT ON (absorbed_id) absorbed_id, survivor_id, kind FROM accounts_accountmerge ORDER BY absorbed_id, recorded_at DESC, id DESC
    ) latest WHERE latest.kind = 'merge'
)"""

# For questions about the past: into which account each merged one had gone by %(as_of)s, through every merge and split recorded by then.
SURVIVORS = """(
    WITH RECURSIVE latest AS (
        SELECT DISTINCT ON (absorbed_id) absorbed_id, survivor_id, kind FROM accounts_accountmerge
        WHERE recorded_at <= %(as_of)s ORDER BY absorbed_id, recorded_at DESC, id DESC
    ), way AS (
        SELECT absorbed_id AS account_id, survivor_id FROM latest WHERE kind = 'merge'
        UNION
        SELECT way.account_id, latest.survivor_id
        FROM way JOIN latest ON latest.absorbed_id = way.survivor_id AND latest.kind = 'merge'
    )
    SELECT way.account_id, way.survivor_id FROM way
    WHERE NOT EXISTS (SELECT FROM latest WHERE latest.absorbed_id = way.survivor_id AND latest.kind = 'merge')
)"""

_RESOLVE = (
    f"SELECT known.external_id, known.id FROM {KNOWN_ACCOUNTS} known WHERE known.external_id = ANY(%(ids)s::text[])"  # noqa: S608
)


def resolve(external_ids: Sequence[str]) -> dict[str, UUID]:
    """The living account behind each known external ID. One query."""
    return dict(sql.rows(_RESOLVE, {"ids": list(external_ids)}))
