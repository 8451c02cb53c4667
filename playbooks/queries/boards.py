"""Shows what runs: the list of playbooks, one playbook with its versions and runs, the playbooks of an account."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from cshub.db import sql
from cshub.db.reading import read
from playbooks.models import Approval, Playbook, PlaybookVersion, Task
from playbooks.queries.words import audience_in_words, facts_in_words, trigger_in_words
from playbooks.sql import boards as statements

RECENT = 50
SPEAKING = ("active", "paused", "submitted", "returned", "draft", "retired")  # which version speaks for its playbook


@dataclass(frozen=True)
class PlaybookRow:
    """A playbook as the list shows it: the version that runs, or else the newest one on its way."""

    playbook: Playbook
    version: PlaybookVersion
    waiting: PlaybookVersion | None
    trigger: str
    audience: str
    audience_count: int
    treated_count: int
    held_out_count: int


@dataclass(frozen=True)
class BoardRow:
    """An account that met a playbook, its arm, and how far the work is."""

    enrollment_id: UUID
    eligible_at: datetime
    arm: str
    reason: str
    version_number: int
    account_id: UUID
    account_name: str
    arr: Decimal
    currency: str
    owner_name: str
    run_state: str
    next_due_at: datetime | None
    step_count: int
    done_count: int
    open_count: int
    overdue_count: int


@dataclass(frozen=True)
class PlaybookPage:
    """A playbook, one of its versions in full, all of them in short, and its recent enrollments with the overdue first."""

    playbook: Playbook
    version: PlaybookVersion
    trigger: str
    audience: str
    versions: Sequence[PlaybookVersion]
    decisions: Sequence[Approval]
    board: Sequence[BoardRow]
    treated_count: int
    held_out_count: int


@dataclass(frozen=True)
class AccountStep:
    """A step of a run: done, open or to come."""

    title: str
    state: str
    due_on: date | None
    task_id: UUID | None


@dataclass(frozen=True)
class AccountPlaybook:
    """A playbook that an account met. `steps` is empty when it is held out."""

    enrollment_id: UUID
    playbook_id: UUID
    name: str
    version_number: int
    arm: str
    holdout_share: Decimal
    reason: str
    eligible_at: datetime
    run_state: str
    done_count: int
    steps: tuple[AccountStep, ...]


def playbook_list() -> list[PlaybookRow]:
    """Every playbook, the running ones first. Three queries."""
    spoken: dict[UUID, list[PlaybookVersion]] = {}
    for version in PlaybookVersion.objects.select_related("playbook", "author").order_by("-number"):
        spoken.setdefault(version.playbook_id, []).append(version)
    speaking = {key: min(versions, key=lambda each: SPEAKING.index(each.state)) for key, versions in spoken.items()}
    arms = {row[0]: (row[1], row[2]) for row in sql.rows(statements.ARMS)}
    sizes = _audience_sizes(speaking)
    rows = [
        PlaybookRow(
            playbook=version.playbook,
            version=version,
            waiting=next((each for each in spoken[key] if each.state == "submitted"), None),
            trigger=trigger_in_words(version.trigger, version.trigger_settings),
            audience=audience_in_words(version.audience),
            audience_count=sizes[key],
            treated_count=arms.get(key, (0, 0))[0],
            held_out_count=arms.get(key, (0, 0))[1],
        )
        for key, version in speaking.items()
    ]
    return sorted(rows, key=lambda row: (SPEAKING.index(row.version.state), row.playbook.name))


def playbook_page(playbook: Playbook, *, number: int | None = None, as_of: datetime) -> PlaybookPage | None:
    """One playbook with version `number`, or the one that speaks for it; None when it has no such version. Four queries."""
    versions = list(playbook.versions.select_related("author", "playbook").order_by("-number"))
    chosen = [each for each in versions if number is None or each.number == number]
    if not chosen:
        return None
    version = min(chosen, key=lambda each: SPEAKING.index(each.state))
    board = sql.records(statements.BOARD, {"playbook": playbook.pk, "most": RECENT, "as_of": as_of})
    arms = {row[0]: (row[1], row[2]) for row in sql.rows(statements.ARMS)}.get(playbook.pk, (0, 0))
    return PlaybookPage(
        playbook=playbook,
        version=version,
        trigger=trigger_in_words(version.trigger, version.trigger_settings),
        audience=audience_in_words(version.audience),
        versions=versions,
        decisions=list(
            Approval.objects.filter(version__playbook=playbook)
            .select_related("decided_by", "version")
            .order_by("-decided_at")
        ),
        board=[_board_row(record) for record in board],
        treated_count=arms[0],
        held_out_count=arms[1],
    )


def account_playbooks(family: Sequence[UUID], *, as_of: datetime) -> list[AccountPlaybook]:
    """The playbooks an account (its id and those merged into it) met by `as_of`, newest first, with each step's state. One query."""
    records = sql.records(statements.MET, {"family": list(family), "as_of": as_of}, often=True)
    return [_account_playbook(record) for record in records]


def account_tasks(family: Sequence[UUID]) -> list[Task]:
    """The open tasks of an account (its id and those merged into it), the earliest due first. One query."""
    return read(Task, statements.OPEN_TASKS, {"family": list(family)})


def _audience_sizes(versions: dict[UUID, PlaybookVersion]) -> dict[UUID, int]:
    if not versions:
        return {}
    statement, values = statements.audience_sizes({key: version.audience for key, version in versions.items()})
    return dict(sql.rows(statement, values))


def _board_row(record: dict[str, Any]) -> BoardRow:
    kept = (
        "eligible_at",
        "arm",
        "version_number",
        "account_id",
        "account_name",
        "arr",
        "currency",
        "next_due_at",
        "step_count",
    )
    counts = ("done_count", "open_count", "overdue_count")
    return BoardRow(
        **{name: record[name] for name in (*kept, *counts)},
        enrollment_id=record["id"],
        reason=facts_in_words(json.loads(record["facts"])),
        owner_name=record["owner_name"] or "",
        run_state=record["run_state"] or "",
    )


def _account_playbook(record: dict[str, Any]) -> AccountPlaybook:
    made = json.loads(record["tasks"] or "{}")
    steps = (
        tuple(
            _account_step(step["title"], made.get(str(place))) for place, step in enumerate(json.loads(record["steps"]))
        )
        if record["is_run"]
        else ()
    )
    kept = (
        "enrollment_id",
        "playbook_id",
        "name",
        "version_number",
        "arm",
        "holdout_share",
        "eligible_at",
        "run_state",
    )
    return AccountPlaybook(
        **{name: record[name] for name in kept},
        reason=facts_in_words(json.loads(record["facts"])),
        done_count=sum(step.state == "done" for step in steps),
        steps=steps,
    )


def _account_step(title: str, task: tuple[str, str, str] | None) -> AccountStep:
    """A step with what was made of it: state, day and id of its task."""
    if task is None:
        return AccountStep(title=title, state="to_come", due_on=None, task_id=None)
    state, due_on, pk = task
    return AccountStep(title=title, state=state, due_on=date.fromisoformat(due_on), task_id=UUID(pk))
