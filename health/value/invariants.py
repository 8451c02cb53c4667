"""What always holds about value, and how to find what breaks it."""

from __future__ import annotations

import hashlib
import json

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from health.value.models import ValueFit

SHOWN = 20

_LATEST = """
    SELECT account.external_id FROM value_accountvalue now JOIN accounts_account account ON account.id = now.account_id
    LEFT JOIN LATERAL (
        SELECT * FROM value_valuation kept WHERE kept.account_id = now.account_id ORDER BY computed_at DESC LIMIT 1) kept ON true
    WHERE (kept.computed_at, kept.amount, kept.cost, kept.tier, kept.inputs) IS DISTINCT FROM (now.computed_at, now.amount, now.cost, now.tier, now.inputs)
    ORDER BY account.external_id LIMIT %(shown)s
"""
# High, middle, low and loss follow from value less cost against the edge that the reason names.
_TIERS = """
    SELECT account.external_id FROM value_accountvalue v JOIN accounts_account account ON account.id = v.account_id
    WHERE v.tier_reason IN ('above', 'below', 'costs_more') AND CASE v.tier
        WHEN 'loss' THEN (v.tier_facts->>'net')::numeric >= 0
        WHEN 'low' THEN (v.tier_facts->>'net')::numeric NOT BETWEEN 0 AND (v.tier_facts->>'from')::numeric - 1
        ELSE (v.tier_facts->>'net')::numeric < (v.tier_facts->>'from')::numeric END
    ORDER BY account.external_id LIMIT %(shown)s
"""


def changed_fits() -> list[str]:
    return [f"What {fit} learned is not what its digest was made over." for fit in ValueFit.objects.all() if _digest(fit) != fit.digest][:SHOWN]  # fmt: skip


def present_without_history() -> list[str]:
    return [f"The present value of {key} is not the latest one in its history." for key in _found(_LATEST)]


def tiers_against_their_reason() -> list[str]:
    return [f"The tier of {key} does not follow from the reason beside it." for key in _found(_TIERS)]


def _found(statement: str) -> list[str]:
    return [external_id for (external_id,) in sql.rows(statement, {"shown": SHOWN})]


def _digest(fit: ValueFit) -> str:
    whole = json.dumps({"kind": fit.kind, "scope": fit.scope, "parameters": fit.parameters}, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


INVARIANTS = (
    Invariant("A fit of customer value is what its digest says", changed_fits),
    Invariant("The present value is the latest of the history", present_without_history),
    Invariant("A value tier follows from value less cost", tiers_against_their_reason),
)
