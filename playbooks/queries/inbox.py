"""Answers what to do now and why: the tasks of a person or a team, ranked by value at risk and urgency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cshub.db import sql
from cshub.l10n import formats
from cshub.users.absences import covered_by
from cshub.users.models import User
from health.queries.lists import Said, reasons_of
from playbooks.engine.ranking import Rank, rank
from playbooks.sql import inbox as statements

Scope = Literal["mine", "team", "snoozed"]
MOST = 50
KEPT_SECONDS = 3600
NEAR_RENEWAL_DAYS = 120
ORDER = {"now": 0, "today": 1, "this_week": 2, "later": 3}


@dataclass(frozen=True)
class InboxRow:
    """A task as the inbox lists it. `group`: now (overdue or begun), today, this_week, later."""

    task_id: UUID
    title: str
    group: str
    mode: str
    state: str
    account_id: UUID
    account_name: str
    reason: str
    arr: Decimal
    currency: str
    due_on: date
    overdue_days: int
    renewal_on: date | None
    days_to_renewal: int | None
    band: str
    score: float | None
    owner_id: UUID | None
    owner_name: str
    playbook_name: str
    snoozed_until: datetime | None
    rank: Rank


@dataclass(frozen=True)
class Place:
    """Where a page of the inbox ends: the next one begins after this task."""

    due_on: date
    task_id: UUID


@dataclass(frozen=True)
class InboxPage:
    """Tasks in the order to do them. `after`: where the next page begins, None at the end. `records` are for `inbox_item`."""

    rows: list[InboxRow]
    after: Place | None
    records: dict[UUID, dict[str, Any]]


@dataclass(frozen=True)
class InboxItem:
    """A task with all one needs to work it. `alike`: (renewed, decided) renewals of the past year of accounts in this band then."""

    row: InboxRow
    instructions: str
    expected_minutes: int | None
    step_number: int | None
    step_count: int | None
    playbook_id: UUID | None
    version_number: int | None
    holdout_share: Decimal | None
    why: tuple[tuple[str, str], ...]
    alike: tuple[int, int]


def inbox(user: User, *, scope: Scope, as_of: datetime, after: Place | None = None) -> InboxPage:
    """The open tasks of a scope, in the order to do them: a page holds the 50 earliest due, the first also what was begun. Two queries.

    mine: one's own, and those of people one covers for. team: everybody's of one's team and nobody's; without a team, all. snoozed: one's own that sleep beyond `as_of`.
    """
    covered = covered_by(user, on=as_of.date()) if scope == "mine" else []
    values = {"user": user.pk, "users": [user.pk, *covered], "team": user.team_id, "as_of": as_of, "most": MOST}
    due_on, task_id = (after.due_on, after.task_id) if after else (None, None)
    values |= {"due_on": due_on, "task": task_id, "one_more": MOST + 1}
    records = sql.records(statements.listed("covering" if covered else scope), values, often=True)
    ahead = [record for record in records if not record["is_begun"]]
    for record in ahead[MOST:]:
        records.remove(record)
    listed = [_row(record, said, as_of=as_of) for record, said in zip(records, _said(records), strict=True)]
    return InboxPage(
        rows=sorted(listed, key=lambda row: (ORDER[row.group], -row.rank.score, row.due_on, str(row.task_id))),
        after=Place(ahead[MOST - 1]["due_on"], ahead[MOST - 1]["task_id"]) if len(ahead) > MOST else None,
        records={record["task_id"]: record for record in records},
    )


def inbox_item(task_id: UUID, *, as_of: datetime, among: InboxPage | None = None) -> InboxItem | None:
    """One task with its account's facts and the numbers behind its rank; None when there is no such task.

    One query, none for a task of the page that was read before; one more once an hour.
    """
    record = among.records.get(task_id) if among else None
    if record is None:
        record = next(iter(sql.records(statements.ONE, {"task": task_id})), None)
    if record is None:
        return None
    row = _row(record, _said([record])[0], as_of=as_of)
    alike = _outcomes(as_of=as_of).get(row.band, (0, 0))
    return InboxItem(
        row=row,
        instructions=record["instructions"],
        expected_minutes=record["expected_minutes"],
        step_number=None if record["step"] is None else record["step"] + 1,
        step_count=record["step_count"],
        playbook_id=record["playbook_id"],
        version_number=record["version_number"],
        holdout_share=record["holdout_share"],
        why=_why(row, alike),
        alike=alike,
    )


def _outcomes(*, as_of: datetime) -> dict[str, tuple[int, int]]:
    """(renewed, decided) renewals of the past year by the band before; a look at every decision, so it is kept for an hour."""
    kept: dict[str, tuple[int, int]] | None = cache.get_or_set(
        f"playbooks.outcomes.{as_of.date()}",
        lambda: {band: (renewed, decided) for band, renewed, decided in sql.rows(statements.ALIKE, {"as_of": as_of})},
        KEPT_SECONDS,
    )
    return kept or {}


def _said(records: list[dict[str, Any]]) -> list[str]:
    """Health's reason for each task's account; empty where nothing was scored."""
    scored = [Said(*(record[name] for name in Said._fields)) if record["version_id"] else None for record in records]
    texts = iter(reasons_of([each for each in scored if each]))
    return [next(texts) if each else "" for each in scored]


def _row(record: dict[str, Any], said: str, *, as_of: datetime) -> InboxRow:
    today = as_of.date()
    renewal_on: date | None = record["renewal_on"]
    days_to_renewal = (renewal_on - today).days if renewal_on else None
    days_to_due = (record["due_on"] - today).days
    score = None if record["score"] is None else float(record["score"])
    return InboxRow(
        **{name: record[name] for name in _PLAIN},
        group=_group(record["state"], days_to_due),
        reason=_reason(record, said, days_to_renewal),
        overdue_days=max(0, -days_to_due),
        days_to_renewal=days_to_renewal,
        score=score,
        owner_name=record["owner_name"] or "",
        playbook_name=record["playbook_name"] or "",
        rank=rank(
            arr=float(record["arr"]), health_score=score, days_to_due=days_to_due, days_to_renewal=days_to_renewal
        ),
    )


_PLAIN = (
    "task_id", "title", "mode", "state", "account_id", "account_name", "arr", "currency", "due_on", "renewal_on", "band", "owner_id",
    "snoozed_until",
)  # fmt: skip


def _group(state: str, days_to_due: int) -> str:
    if days_to_due < 0 or state == "in_progress":
        return "now"
    if days_to_due == 0:
        return "today"
    return "this_week" if days_to_due <= 7 else "later"


def _reason(record: dict[str, Any], health_says: str, days_to_renewal: int | None) -> str:
    """Health's reason where health is bad, else the renewal where it is near, else what is known of health."""
    near = days_to_renewal is not None and 0 <= days_to_renewal <= NEAR_RENEWAL_DAYS
    if health_says and (record["band"] in {"risk", "watch"} or not near):
        return health_says
    if near and days_to_renewal is not None:
        return ngettext("Renewal in %(days)s day", "Renewal in %(days)s days", days_to_renewal) % {
            "days": formats.number(days_to_renewal)
        }
    return _("No health yet")


def _why(row: InboxRow, alike: tuple[int, int]) -> tuple[tuple[str, str], ...]:
    money = formats.money(row.arr, row.currency, compact=True) if row.currency else formats.number(row.arr)
    at_risk = Decimal(str(round(row.rank.value_at_risk, 2)))
    lines = [
        (_("Revenue at stake"), money),
        (_("Health"), _("unknown, counted as 50") if row.score is None else formats.number(row.score)),
        (
            _("Value at risk"),
            formats.money(at_risk, row.currency, compact=True) if row.currency else formats.number(at_risk),
        ),
        (_("Days to renewal"), _("none known") if row.days_to_renewal is None else formats.number(row.days_to_renewal)),
        (_("Urgency, 0 to 100"), formats.number(row.rank.urgency * 100)),
    ]
    if alike[1]:
        words = {"renewed": formats.number(alike[0]), "decided": formats.number(alike[1])}
        lines.append(
            (
                _("Accounts in this band before their renewal, past 12 months"),
                _("%(renewed)s of %(decided)s renewed") % words,
            )
        )
    return tuple(lines)
