"""Reads the verdicts that probabilities are computed from: the latest of each account, a part of the book at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

AT_ONCE = 20_000

# An account of which nothing was measured, or something that is no number, has no probability.
READABLE = """
    h.version_id = any(%(version_ids)s::uuid[]) and array_remove(h.raw, null) <> '{}'
    and not h.raw && array['NaN', 'Infinity', '-Infinity']::float8[]"""

VERDICTS = f"""
select h.account_id, h.version_id, h.raw, h.scored_at from health_accounthealth h
where {READABLE} and h.scored_at <= %(as_of)s and (%(only)s::uuid[] is null or h.account_id = any(%(only)s))
    and (%(after)s::uuid is null or h.account_id > %(after)s)
order by h.account_id limit %(at_once)s"""  # noqa: S608  # no value from outside


def verdicts(
    version_ids: Sequence[UUID], *, as_of: datetime, account_ids: Sequence[UUID] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """The latest verdicts of these scorecard versions as rows of account_id, version_id, raw and scored_at, AT_ONCE accounts at a time."""
    after: UUID | None = None
    while True:
        found = sql.records(
            VERDICTS,
            {
                "version_ids": list(version_ids), "as_of": as_of, "after": after, "at_once": AT_ONCE,
                "only": None if account_ids is None else list(account_ids),
            },
        )  # fmt: skip
        if found:
            yield found
        if len(found) < AT_ONCE:
            return
        after = found[-1]["account_id"]
