"""Writes the values of many accounts in one statement, now and in the history, where they changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_COLUMNS = {
    "method": "text", "amount": "numeric", "low": "numeric", "high": "numeric", "at_stake": "numeric", "currency": "text",
    "margin": "numeric", "discount": "numeric", "months": "smallint", "refusal": "text", "cost": "numeric", "cost_ahead": "numeric",
    "cost_refusal": "text", "recorded_minutes": "int", "estimated_minutes": "int", "unmeasured_count": "int", "tier": "text",
    "tier_reason": "text", "tier_facts": "jsonb", "possible_tiers": "varchar[]", "fit_id": "uuid", "inputs": "text",
}  # fmt: skip
_NAMES = ", ".join(_COLUMNS)
_TYPED = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
_OF_NOW = ", ".join(f"now.{name}" for name in _COLUMNS)
_OF_TOLD = ", ".join(f"t.{name}" for name in _COLUMNS)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)

# At one moment an account is valued once; what changes at that moment is told by the next valuation.
KEEP = f"""
    WITH told AS MATERIALIZED (
        SELECT t.* FROM jsonb_to_recordset(%(rows)s::jsonb) AS t(account_id uuid, {_TYPED})
    ), changed AS MATERIALIZED (
        SELECT t.* FROM told t LEFT JOIN value_accountvalue now ON now.account_id = t.account_id
        WHERE (now.account_id IS NULL OR ({_OF_NOW}) IS DISTINCT FROM ({_OF_TOLD}))
            AND NOT EXISTS (SELECT FROM value_valuation kept WHERE kept.account_id = t.account_id AND kept.computed_at >= %(as_of)s)
    ), kept AS (
        INSERT INTO value_accountvalue (account_id, {_NAMES}, computed_at) SELECT account_id, {_NAMES}, %(as_of)s FROM changed
        ON CONFLICT (account_id) DO UPDATE SET {_REPLACED}, computed_at = excluded.computed_at
    ), noted AS (
        INSERT INTO value_valuation (account_id, {_NAMES}, computed_at) SELECT account_id, {_NAMES}, %(as_of)s FROM changed
    )
    SELECT count(*) FROM changed
"""  # noqa: S608  # no value from outside

FORGET = """
    DELETE FROM value_accountvalue v USING accounts_account a WHERE a.id = v.account_id AND a.status NOT IN ('onboarding', 'active')
"""


def keep(rows: Sequence[dict[str, Any]], *, as_of: datetime) -> int:
    """Rows of account_id and the columns of health.value.models.Figures; how many differed from what was kept."""
    return int(sql.rows(KEEP, {"rows": json.dumps(rows), "as_of": as_of})[0][0])


def forget_others() -> int:
    """Take the present value from accounts that are no customers any more; how many. Their history stays."""
    return sql.execute(FORGET)
