"""Builds snapshots from events: what could be seen of an account at a moment, and whether it left within the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from health.engine.prediction.snapshots import Column, Flags, Floats, Moment, Snapshots, Value, days

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lives:
    """One account each: since when it is a customer and when it left; None where it is still here."""

    account_ids: Sequence[str]
    started: Sequence[Moment]
    left: Sequence[Moment | None]


@dataclass(frozen=True, slots=True)
class Events:
    """What happened: account, kind, when, and when it was recorded (None as a whole: at once)."""

    account_ids: Sequence[str]
    kinds: Sequence[str]
    occurred: Sequence[Moment]
    recorded: Sequence[Moment] | None = None


def take_snapshot(
    lives: Lives,
    events: Events,
    *,
    at: Moment,
    window_days: int,
    horizon_days: int,
    as_of: Moment | None = None,
    kinds: Sequence[str] | None = None,
) -> Snapshots:
    """One row for each account alive at `at`: started by then and not left by then, sorted by account.

    Features, for each kind of event that was seen by then: how many in (at - window, at], the change against the window before, days
    since the last; and tenure in days. An event counts if it occurred and was recorded by `at`; later ones leave no trace. The outcome
    is whether it left in (at, at + horizon]; it is None where that window is not over `as_of`. A date is its first instant. `kinds`
    names the kinds wanted; all that were seen unless given, so give them when snapshots are joined.
    """
    now = days(at)
    alive = [
        (str(account), days(started), np.inf if left is None else days(left))
        for account, started, left in zip(lives.account_ids, lives.started, lives.left, strict=True)
    ]
    alive = sorted(row for row in alive if row[1] <= now < row[2])
    names = [account for account, _started, _left in alive]
    columns = _columns(names, events, now, window_days, kinds)
    tenure = [now - started for _account, started, _left in alive]
    over = as_of is None or days(as_of) >= now + horizon_days
    return Snapshots(
        account_ids=names,
        columns=[*columns, Column("tenure_days", tenure, [at] * len(names))],
        churned=[left <= now + horizon_days if over else None for _account, _started, left in alive],
        at=[EPOCH + timedelta(days=now)] * len(names),
    )


def joined(snapshots: Sequence[Snapshots]) -> Snapshots:
    """Several snapshots under each other, all dated. Raises ValueError if they do not have the same features."""
    names = [column.name for column in snapshots[0].columns]
    for each in snapshots:
        if [column.name for column in each.columns] != names or each.at is None:
            raise ValueError(f"Each snapshot needs its moment and the features {', '.join(names)}.")
    return Snapshots(
        account_ids=[account for each in snapshots for account in each.account_ids],
        columns=[_under_each_other([each.columns[number] for each in snapshots]) for number in range(len(names))],
        churned=[left for each in snapshots for left in each.churned],
        at=[moment for each in snapshots for moment in each.at or ()],
    )


def _under_each_other(columns: Sequence[Column]) -> Column:
    """One feature of several snapshots; its moments of recording are known only if they are in all of them."""
    recorded = (
        None
        if any(column.recorded_at is None for column in columns)
        else [moment for column in columns for moment in column.recorded_at or ()]
    )
    return Column(columns[0].name, [value for column in columns for value in column.values], recorded)


def _columns(
    names: Sequence[str], events: Events, now: float, window_days: int, wanted: Sequence[str] | None
) -> list[Column]:
    numbers = {name: number for number, name in enumerate(names)}
    account = np.array([numbers.get(str(name), -1) for name in events.account_ids], dtype=int)
    occurred = np.array([days(moment) for moment in events.occurred], dtype=float)
    recorded = occurred if events.recorded is None else np.array([days(moment) for moment in events.recorded])
    seen = (account >= 0) & (occurred <= now) & (recorded <= now)
    kinds = np.array([str(kind) for kind in events.kinds], dtype=object)
    found: list[Column] = []
    for kind in sorted(set(kinds[seen].tolist()) if wanted is None else set(wanted)):
        these = seen & (kinds == kind)
        found += _of_kind(kind, account[these], occurred[these], recorded[these], len(names), now, window_days)
    return found


def _of_kind(
    kind: str,
    account: NDArray[np.intp],
    occurred: Floats,
    recorded: Floats,
    count: int,
    now: float,
    window: int,
) -> list[Column]:
    recent = _counted(account, occurred > now - window, count)
    before = _counted(account, (occurred > now - 2 * window) & (occurred <= now - window), count)
    last, known = np.full(count, -np.inf), np.full(count, -np.inf)
    np.maximum.at(last, account, occurred)
    np.maximum.at(known, account, recorded)
    since: list[Value] = [None if moment == -np.inf else float(now - moment) for moment in last]
    when = [None if moment == -np.inf else EPOCH + timedelta(days=float(moment)) for moment in known]
    change = [float(value) for value in np.log1p(recent) - np.log1p(before)]
    return [
        Column(f"{kind}_count", recent.tolist(), when),
        Column(f"{kind}_change", change, when),
        Column(f"{kind}_days_since", since, when),
    ]


def _counted(account: NDArray[np.intp], where: Flags, count: int) -> Floats:
    return np.bincount(account[where], minlength=count).astype(float)
