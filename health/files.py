"""Health of many accounts as files: groups with both means, and whose score moved. Formulas are defused; who took how many is on the trail."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from cshub.audit.services import record
from cshub.kernel.cells import defused
from health.queries.moving import movers
from health.queries.summing import rollups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from cshub.users.models import User
    from health.queries.moving import Mover
    from health.queries.summing import RollUp
    from health.sql.rollups import By, Narrow

GROUPS = (
    *("by", "key", "label", "accounts", "unknown", "good", "watch", "risk", "mean"),
    *("currency", "arr", "arr_unknown", "arr_good", "arr_watch", "arr_risk", "mean_by_arr"),
)
MOVERS = (
    *("account", "name", "owner", "arr", "currency", "score_before", "band_before"),
    *("score", "band", "change", "reason"),
)


def groups_file(
    by: By, narrow: Narrow, *, parent: UUID | None, at: datetime | None, user: User, as_of: datetime
) -> str:
    """Every group, a row for each of its currencies, now or as known at a past moment."""
    rows = [row for group in _groups(by, narrow, parent, at) for row in _group_rows(by, group)]
    record("portfolio.exported", target=None, by=user, at=as_of, after={"by": by, "at": at, "rows": len(rows)})
    return _written(GROUPS, rows)


def movers_file(
    narrow: Narrow, *, since: datetime, at: datetime | None, bands_only: bool, user: User, as_of: datetime
) -> str:
    """Those whose score fell or rose most from a moment to now or to `at`, as the page shows them."""
    moved = movers(narrow, since=since, at=at, bands_only=bands_only)
    rows = [_mover_row(each) for each in (*moved.fallen, *moved.risen)]
    record("portfolio.exported", target=None, by=user, at=as_of, after={"since": since, "at": at, "rows": len(rows)})
    return _written(MOVERS, rows)


def _groups(by: By, narrow: Narrow, parent: UUID | None, at: datetime | None) -> Iterator[RollUp]:
    after = None
    while True:
        page = rollups(by, narrow, parent=parent, at=at, after=after)
        yield from page.groups
        if (after := page.after) is None:
            return


def _group_rows(by: By, group: RollUp) -> Iterator[Sequence[Any]]:
    bands = [group.bands[band] for band in ("good", "watch", "risk")]
    counted = (by, group.key, group.label, group.account_count, group.unknown_count, *bands, group.mean)
    for money in group.money or (None,):
        if money is None:
            yield (*counted, *[""] * 7)
        else:
            paid = [money.bands[band] for band in ("good", "watch", "risk")]
            yield (*counted, money.currency, money.arr, money.unknown_arr, *paid, money.mean)


def _mover_row(each: Mover) -> Sequence[Any]:
    before = (each.before, each.before_band)
    return (each.account_id, each.name, each.owner, each.arr, each.currency, *before, each.score, each.band, each.change, each.reason)  # fmt: skip


def _written(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue()
