"""Reads what a scorecard said at a moment beside what became of the account: rows for back-tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql
from health.sql.whom import START

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from decimal import Decimal

AT_ONCE = 20_000

# a customer for as long as its movements add up to more than nothing
LIVES = """
lives as (
  select account_id, since, left_on from (
    select account_id, occurred_on as since, arr > 0 as here,
           lead(occurred_on) over (partition by account_id order by occurred_on) as left_on
    from (select account_id, occurred_on, arr,
                 coalesce(lag(arr) over (partition by account_id order by occurred_on), 0) > 0 as was_here
          from (select account_id, occurred_on, sum(sum(amount)) over (partition by account_id order by occurred_on) as arr
                from accounts_revenuemovement where recorded_at <= %(as_of)s and occurred_on <= %(today)s {some}
                group by account_id, occurred_on) running) turns
    where (arr > 0) <> was_here) spells
  where here)"""

VERDICT = """
left join lateral (
  select version_id, score, band, raw, scored_at from health_healthscore h
  where h.account_id = {account} and h.scored_at < ({day} + 1)::timestamp at time zone 'utc'
  order by h.scored_at desc limit 1) s on true"""

# a part of all accounts, always the same one, that has nothing to do with what became of them
SAMPLED = "('x' || substr(md5(account_id::text), 1, 7))::bit(28)::int %% 1000 < %(per_mille)s"

SNAPSHOTS = f"""
with {LIVES.format(some=f"and account_id > %(after)s and ({SAMPLED})")}
select %(day)s::date as day, l.account_id, l.left_on, s.version_id, s.score, s.band, s.raw, s.scored_at
from (select * from lives where since <= %(day)s and (left_on is null or left_on > %(day)s) order by account_id) l
{VERDICT.format(account="l.account_id", day="%(day)s::date")}
where s.version_id is not null
order by l.account_id limit %(at_once)s"""  # noqa: S608  # no value from outside

RENEWALS = f"""
select due.account_id, due.day, due.churned, s.score, s.band
from (select renewal.account_id, renewal.due_on - %(days_before)s::int as day, bool_or(decision.decision = 'churned') as churned
      from accounts_renewal renewal join accounts_renewaldecision decision on decision.renewal_id = renewal.id
      where decision.recorded_at <= %(as_of)s and renewal.account_id >= %(after)s and ({SAMPLED})
      group by renewal.account_id, renewal.due_on) due
{VERDICT.format(account="due.account_id", day="due.day")}
where s.version_id is not null and (due.account_id, due.day) > (%(after)s::uuid, %(after_day)s::date)
order by due.account_id, due.day limit %(at_once)s"""  # noqa: S608  # no value from outside

DECISIONS = "select count(*) from accounts_renewaldecision where recorded_at <= %(as_of)s"

LEFT = f"""
with {LIVES.format(some="")}
select account_id, max(left_on) from lives where left_on is not null and left_on >= %(since)s group by account_id"""  # noqa: S608

BANDS = """
select account_id, (scored_at at time zone 'utc')::date, band from health_healthscore
where account_id = any(%(account_ids)s) and scored_at <= %(as_of)s order by account_id, scored_at"""

SPAN = "select min(scored_at) from health_healthscore where scored_at <= %(as_of)s"


def per_mille(row_count: int, *, most: int) -> int:
    """How many accounts in a thousand to read so that about `most` of so many rows are read."""
    return max(min(most * 1000 // max(row_count, 1), 1000), 1)


def snapshots(days: Sequence[date], *, as_of: datetime, per_mille: int = 1000) -> Iterator[list[dict[str, Any]]]:
    """One row for each of these days and account that was a customer on it and had a verdict: the latest, and when it left, if it did.

    AT_ONCE rows at a time, by day and account; of a part of the accounts, in thousandths.
    """
    for day in days:
        given = {"day": day, "as_of": as_of, "today": as_of.date(), "per_mille": per_mille, "at_once": AT_ONCE}
        after: Any = START
        while found := sql.records(SNAPSHOTS, {**given, "after": after}):
            yield found
            if len(found) < AT_ONCE:
                break
            after = found[-1]["account_id"]


def decided_renewals(
    *, days_before: int, as_of: datetime, per_mille: int = 1000
) -> Iterator[tuple[Any, date, bool, Decimal | None, str]]:
    """Account, day, whether anything churned, score and band for each day `days_before` days before decided renewals fell due, with the
    verdict of that day. By account and day, AT_ONCE rows at a time; of a part of the accounts, in thousandths.
    """
    given = {"days_before": days_before, "as_of": as_of, "per_mille": per_mille, "at_once": AT_ONCE}
    after: tuple[Any, Any] = (START, "-infinity")
    while found := sql.rows(RENEWALS, {**given, "after": after[0], "after_day": after[1]}):
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1][:2]


def decision_count(*, as_of: datetime) -> int:
    """How many decisions about renewals were known."""
    return int(sql.rows(DECISIONS, {"as_of": as_of})[0][0])


def left(*, since: date, as_of: datetime) -> list[tuple[Any, date]]:
    """Accounts that left in [since, as_of], and the day they last did."""
    return [(account, day) for account, day in sql.rows(LEFT, {"since": since, "as_of": as_of, "today": as_of.date()})]


def bands_over_time(account_ids: Sequence[Any], *, as_of: datetime) -> list[tuple[Any, date, str]]:
    """Every verdict of these accounts: account, day and band, in time order."""
    return [
        (account, day, band)
        for account, day, band in sql.rows(BANDS, {"account_ids": list(account_ids), "as_of": as_of})
    ]


def first_scored(*, as_of: datetime) -> datetime | None:
    """When the first verdict was given; None where there is none."""
    moment: datetime | None = sql.rows(SPAN, {"as_of": as_of})[0][0]
    return moment
