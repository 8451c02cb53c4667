"""Finds in one statement whose accounts changed band since they were last told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

# A book is what one owns, and what those own whom one covers for on that day, down the chain of covers. What counts is where an account
# stood before the first change and after the last one, by when they were recorded: a scoring that began earlier may end later.
_MOVED = """
    with recursive reader(id, since) as (select * from unnest(%(readers)s::uuid[], %(sinces)s::timestamptz[])),
    book(reader, since, owner) as (
        select id, since, id from reader
        union
        select book.reader, book.since, away.user_id
        from book join users_absence away on away.cover_id = book.owner and away.starts_on <= %(day)s and away.ends_on > %(day)s
    ), moved as (
        select book.reader, account.id, account.name, account.owner_id,
               (array_agg(moves.from_band order by moves.occurred_at))[1] as was_band,
               (array_agg(moves.from_score order by moves.occurred_at))[1] as was_score,
               (array_agg(moves.to_band order by moves.occurred_at desc))[1] as band,
               max(moves.occurred_at) as moved_at
        from book
        join accounts_account account on account.owner_id = book.owner and account.status in ('onboarding', 'active')
        join health_healthtransition moves on moves.account_id = account.id
            and moves.recorded_at > book.since and moves.recorded_at <= %(until)s
        group by book.reader, account.id
    )
"""
_READERS = f"{_MOVED} select distinct reader from moved where was_band <> band order by reader"  # noqa: S608  # no value from outside
_CHANGES = f"""{_MOVED}
    select moved.id, moved.name, owner.name as owner, moved.was_band, moved.was_score, moved.band, verdict.score,
           verdict.version_id, verdict.reason, verdict.raw, verdict.override_id, revenue.arr, revenue.currency
    from moved
    join health_healthscore verdict on verdict.account_id = moved.id and verdict.scored_at = moved.moved_at
    left join users_user owner on owner.id = moved.owner_id and moved.owner_id <> moved.reader
    left join accounts_accountrevenue revenue on revenue.account_id = moved.id
    where moved.was_band <> moved.band
    order by revenue.arr desc nulls last, moved.name, moved.id
"""  # noqa: S608  # no value from outside


def with_changes(since: Mapping[UUID, datetime], *, until: datetime) -> list[UUID]:
    """Those readers whose book has an account in another band than when they were told. One query."""
    return [row[0] for row in sql.rows(_READERS, _values(since, until))] if since else []


def changes(reader: UUID, *, since: datetime, until: datetime) -> list[Any]:
    """The accounts of a reader's book that changed band in between, with the verdict of the last change; the largest revenue first. One query."""
    return sql.named(_CHANGES, _values({reader: since}, until))


def _values(since: Mapping[UUID, datetime], until: datetime) -> dict[str, Any]:
    return {"readers": list(since), "sinces": list(since.values()), "until": until, "day": until.date()}
