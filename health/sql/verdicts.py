"""Reads what the pages of one account say of its health: the verdict that stood with all it was told from, and the last words on accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

# The verdict, the one that stood some days before it, what was typical when it was made, and whose formula it is.
STOOD = """
select k.*, v.number, c.name as scorecard, s.typical, b.score as before_score, b.version_id as before_version_id, b.points as before_points
from (
  select score, band, coverage, reason, raw, points, input_hash, scored_at, version_id, override_id from health_healthscore
  where account_id = %(account)s and scored_at <= %(as_of)s order by scored_at desc limit 1) k
join health_scorecardversion v on v.id = k.version_id join health_scorecard c on c.id = v.scorecard_id
left join lateral (select typical from health_scoring where version_id = k.version_id and as_of <= k.scored_at order by as_of desc limit 1) s on true
left join lateral (
  select score, version_id, points from health_healthscore
  where account_id = %(account)s and scored_at <= %(before)s order by scored_at desc limit 1) b on true
"""
STANDING = """
select account_id, version_id, score, band, coverage, reason, raw, points, override_id from health_accounthealth
where account_id = any(%(accounts)s::uuid[])
"""
LAST_WORDS = """
select distinct on (w.account_id) w.account_id, w.level, w.reason, w.said_at, w.fades_on, u.name as author
from health_accountsentiment w left join users_user u on u.id = w.author_id
where w.account_id = any(%(accounts)s::uuid[]) and w.said_at <= %(as_of)s and w.recorded_at <= %(as_of)s
order by w.account_id, w.said_at desc, w.id desc
"""


def stood(account_id: UUID, *, as_of: datetime, before: datetime) -> Any:
    """The verdict of an account at `as_of`; None where it had none. One query."""
    return next(iter(sql.named(STOOD, {"account": account_id, "as_of": as_of, "before": before}, often=True)), None)


def standing(account_ids: Sequence[UUID]) -> list[Any]:
    """The current verdicts of these accounts; those that nobody scored are left out. One query."""
    return sql.named(STANDING, {"accounts": list(account_ids)}, often=True)


def last_words(account_ids: Sequence[UUID], *, as_of: datetime) -> list[Any]:
    """The last word on each account known by then. One query."""
    return sql.named(LAST_WORDS, {"accounts": list(account_ids), "as_of": as_of}, often=True)
