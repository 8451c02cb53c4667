"""Writes the probabilities of many accounts in one statement, now and in the history, where they changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cshub.db import sql
from health.predictions.sql.reading import READABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

KEEP = """
    WITH told AS MATERIALIZED (
        SELECT t.* FROM jsonb_to_recordset(%(rows)s::jsonb)
            AS t(account_id uuid, probability numeric, low numeric, high numeric, parts float8[])
    ),
    changed AS MATERIALIZED (
        SELECT t.* FROM told t LEFT JOIN predictions_accountprediction now ON now.account_id = t.account_id
        WHERE (now.model_id, now.probability, now.low, now.high, now.parts)
            IS DISTINCT FROM (%(model)s::uuid, t.probability, t.low, t.high, t.parts)
    ),
    kept AS (
        INSERT INTO predictions_accountprediction (account_id, model_id, probability, low, high, parts, predicted_at)
        SELECT account_id, %(model)s, probability, low, high, parts, %(as_of)s FROM changed
        ON CONFLICT (account_id) DO UPDATE SET model_id = excluded.model_id, probability = excluded.probability, low = excluded.low,
            high = excluded.high, parts = excluded.parts, predicted_at = excluded.predicted_at
    ),
    noted AS (
        INSERT INTO predictions_prediction (account_id, predicted_at, model_id, probability, low, high, parts)
        SELECT account_id, %(as_of)s, %(model)s, probability, low, high, parts FROM changed ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM changed
"""

FORGET = f"""
    DELETE FROM predictions_accountprediction p
    WHERE (%(only)s::uuid[] IS NULL OR p.account_id = ANY(%(only)s))
        AND NOT EXISTS (SELECT FROM health_accounthealth h WHERE h.account_id = p.account_id AND {READABLE})
"""  # noqa: S608  # no value from outside


def keep(rows: Sequence[dict[str, Any]], *, model_id: UUID, as_of: datetime) -> int:
    """Rows of account_id, probability, low, high (0 to 1, four digits) and parts; how many differed from what was kept."""
    found = sql.rows(KEEP, {"rows": json.dumps(rows), "model": model_id, "as_of": as_of})
    return int(found[0][0])


def forget_unreadable(version_ids: Sequence[UUID], *, account_ids: Sequence[UUID] | None = None) -> int:
    """Take the present probability from accounts that nothing can be computed for any more; how many. Their history stays."""
    return sql.execute(
        FORGET, {"version_ids": list(version_ids), "only": None if account_ids is None else list(account_ids)}
    )
