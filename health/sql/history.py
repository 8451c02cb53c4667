"""Reads histories for a page of accounts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

LOOKBACK = "400 days"  # an account whose inputs did not change for longer has no line

SCORES_AT = """
select i.id, s.score, s.band from unnest(%(ids)s::uuid[]) i(id) cross join lateral (
  select score, band from health_healthscore h
  where h.account_id = i.id and h.scored_at <= %(at)s and h.scored_at > %(at)s - %(lookback)s::interval
  order by h.scored_at desc limit 1) s"""

WEEKS = """
select i.id, 0, s.score from unnest(%(ids)s::uuid[]) i(id) cross join lateral (
  select score from health_healthscore h
  where h.account_id = i.id and h.scored_at <= %(start)s and h.scored_at > %(start)s - %(lookback)s::interval
  order by h.scored_at desc limit 1) s
union all
select account_id, week, score from (
  select distinct on (account_id, week) account_id, week, score from (
    select account_id, score, scored_at, %(weeks)s - floor(extract(epoch from %(at)s - scored_at) / 604800)::int as week
    from health_healthscore where account_id = any(%(ids)s) and scored_at > %(start)s and scored_at <= %(at)s) seen
  order by account_id, week, scored_at desc) latest
order by 1, 2"""
EARLIER = -1  # stands for a week where the score of another moment comes along
WEEKS_AND_EARLIER = f"""
select i.id, {EARLIER} as week, s.score from unnest(%(ids)s::uuid[]) i(id) cross join lateral (
  select score from health_healthscore h
  where h.account_id = i.id and h.scored_at <= %(earlier)s and h.scored_at > %(earlier)s - %(lookback)s::interval
  order by h.scored_at desc limit 1) s
union all ({WEEKS})"""  # noqa: S608  # no value from outside


def scores_at(account_ids: Sequence[UUID], at: datetime) -> dict[UUID, tuple[Decimal | None, str]]:
    """Score and band of each account at a moment; accounts that had none are left out. One query."""
    found = sql.rows(SCORES_AT, {"ids": list(account_ids), "at": at, "lookback": LOOKBACK}, often=True)
    return {account: (score, band) for account, score, band in found}


def weekly(
    account_ids: Sequence[UUID], *, start: datetime, at: datetime, weeks: int, earlier: datetime | None = None
) -> list[tuple[UUID, int, Decimal | None]]:
    """The last score of each week (0 the start, `weeks` the one that ends at `at`) in which there was one. One query.

    With `earlier` also the score that stood at that moment, as week EARLIER.
    """
    values = {"ids": list(account_ids), "start": start, "at": at, "weeks": weeks, "lookback": LOOKBACK}
    if earlier is None:
        return sql.rows(WEEKS, values, often=True)
    return sql.rows(WEEKS_AND_EARLIER, {**values, "earlier": earlier}, often=True)
