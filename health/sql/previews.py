"""Sets two ways to score side by side for all accounts in one statement that writes nothing, and at days of the past."""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cshub.db import sql
from health.sql.outcomes import SAMPLED, per_mille
from health.sql.run import definition_of, planner
from health.sql.statement import Statement, verdicts
from health.sql.whom import Whom

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from health.sql.run import Part

NOBODY = "select null::uuid as account_id, 0 as part, null::float8[] as raw, null::numeric as score, null::text as band where false"

COMPARED = """
with was as materialized ({was}), will as materialized ({will}),
both_ways as materialized (
  select account_id, was.part as was_part, will.part, was.raw as was_raw, will.raw, was.score as was_score, will.score,
    coalesce(was.band, 'none') as was_band, coalesce(will.band, 'none') as band, rev.arr, coalesce(rev.currency, '') as currency
  from was full join will using (account_id) left join accounts_accountrevenue rev using (account_id)),
flows as (
  select was_band, band, currency, count(*) as account_count, coalesce(sum(arr), 0)::text as arr from both_ways
  group by was_band, band, currency order by was_band, band, currency),
moved as (
  select m.account_id, a.name, was_part, part, was_raw, raw, was_score::text, score::text, was_band, band, arr::text, currency
  from both_ways m join accounts_account a on a.id = m.account_id where was_band <> band
  order by m.arr desc nulls last, a.name, a.id limit %(shown)s)
select (select coalesce(json_agg(to_json(f)), '[]') from flows f), (select coalesce(json_agg(to_json(m)), '[]') from moved m)"""

DECIDED = f"""
select renewal.account_id, renewal.due_on, bool_or(decision.decision = 'churned') as churned
from accounts_renewal renewal join accounts_renewaldecision decision on decision.renewal_id = renewal.id
where decision.recorded_at <= %(as_of)s and renewal.due_on > %(since)s and renewal.due_on <= %(today)s and ({SAMPLED})
group by renewal.account_id, renewal.due_on order by renewal.due_on, renewal.account_id"""
DUE = "select count(*) from accounts_renewal where due_on > %(since)s and due_on <= %(today)s"
MOST_DECIDED = 200_000

SAMPLE = """
select a.id from accounts_account a where a.status in ('onboarding', 'active') order by md5(a.id::text) limit %(most)s"""


def compared(
    was: Sequence[Part],
    will: Sequence[Part],
    *,
    as_of: datetime,
    shown: int,
    account_ids: Sequence[UUID] | None = None,
    span: tuple[Any, Any] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Flows between bands (accounts and ARR by currency; band `none`: not scored), and the `shown` largest accounts that change band.

    Facts are those known at `as_of`, the same for both. Of everybody, of some accounts or of a span. Inside a transaction.
    """
    whom = Whom.SPAN if span else Whom.SOME if account_ids is not None else Whom.ALL
    start, end = span or (None, None)
    asked = {"account_ids": None if account_ids is None else list(account_ids), "span_start": start, "span_end": end}
    before, after = _together(was, "was", whom), _together(will, "will", whom)
    values = {**before.values, **after.values, **_moment(as_of), **asked, "shown": shown}
    with planner():
        found = sql.rows(COMPARED.format(was=before.sql, will=after.sql), values)
    flows, moved = found[0]
    return flows, moved


def verdicts_at(parts: Sequence[Part], *, as_of: datetime, account_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Account, score and band these ways to score give with what was known at `as_of`. Inside a transaction."""
    together = _together(parts, "then", Whom.SOME)
    with planner():
        return sql.records(
            f"select account_id, score, band from ({together.sql}) judged order by account_id",
            {**together.values, **_moment(as_of), "account_ids": list(account_ids)},
        )


def decided_renewals(*, as_of: datetime, days: int) -> list[dict[str, Any]]:
    """Renewals that fell due in the `days` before `as_of` and were decided by then: account, day, whether anything churned.

    Where many more than MOST_DECIDED fell due, those of a part of the accounts, always the same one.
    """
    today = as_of.astimezone(UTC).date()
    period = {"as_of": as_of, "today": today, "since": today - timedelta(days=days)}
    [(due,)] = sql.rows(DUE, period)
    return sql.records(DECIDED, {**period, "per_mille": per_mille(due, most=MOST_DECIDED)})


def sample(most: int) -> list[UUID]:
    """So many customer accounts, always the same ones, in no order that means anything."""
    return [account for (account,) in sql.rows(SAMPLE, {"most": most})]


def end_of(day: date) -> datetime:
    """The last moment of a day in UTC."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def _together(parts: Sequence[Part], prefix: str, whom: Whom) -> Statement:
    """The verdicts of all parts in one query, each with its place; the parameters of each begin with a prefix of their own."""
    pieces: list[str] = []
    values: dict[str, Any] = {}
    for place, part in enumerate(parts):
        own = f"{prefix}_{place}_"
        statement = verdicts(definition_of(part.version), whom=whom, members=part.members)
        values |= part.values
        values |= {own + name: value for name, value in statement.values.items()}
        values[f"{own}version_id"] = part.version.pk
        text = re.sub(r"%\((text_\d+|version_id)\)s", rf"%({own}\1)s", statement.sql)
        pieces.append(
            f"select account_id, {place} as part, raw, score, band from ({text} select * from judged) p{place}"
        )
    return Statement(" union all ".join(pieces) or NOBODY, values)


def _moment(as_of: datetime) -> dict[str, Any]:
    return {"as_of": as_of, "today": as_of.astimezone(UTC).date()}
