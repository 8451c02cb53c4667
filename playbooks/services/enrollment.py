"""Answers triggers: draws an arm for each account they find, and moves the runs of the treated ones on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from cshub.audit import services as audit
from cshub.db import sql
from playbooks.engine.assignment import pads
from playbooks.models import PlaybookVersion
from playbooks.services.contents import hash_of
from playbooks.sql import following, triggers
from playbooks.sql.enrolling import ENROLL

SLICE = 10_000
logger = logging.getLogger("cshub.playbooks")
State, Trigger = PlaybookVersion.State, PlaybookVersion.Trigger


@dataclass(frozen=True)
class Enrolled:
    """How many accounts were enrolled, by arm."""

    treated_count: int
    held_out_count: int


@transaction.atomic
def enroll_due(*, as_of: datetime) -> Enrolled:
    """Enroll every account that an active version's trigger finds at `as_of`, each once a window, with its arm.

    Set-based: one statement per version. Two of these at the same time, or one after a crash, enroll nobody twice. A version whose content
    is not the approved one enrolls nobody.
    """
    treated = held_out = 0
    versions = _intact([State.ACTIVE])
    dropped = [version for version in versions if version.trigger == Trigger.HEALTH_DROP]
    transitions = _claim_transitions(as_of=as_of) if dropped else []
    for version in versions:
        if version.trigger == Trigger.HEALTH_DROP and not transitions:
            continue
        one, other = _enroll(version, transitions, as_of=as_of)
        treated, held_out = treated + one, held_out + other
    return Enrolled(treated_count=treated, held_out_count=held_out)


def follow_runs(*, as_of: datetime) -> int:
    """Write the tasks of all steps due at `as_of` and move their runs on, ten thousand at a time; the number of tasks written.

    Runs whose renewal is decided or whose customer has left are stopped first and their open tasks cancelled. Runs of a paused version
    wait. Killed between slices, the next call goes on where this one stopped.
    """
    versions = [version.pk for version in _intact([State.ACTIVE, State.RETIRED])]
    _adopt()
    _stop_ended(as_of=as_of)
    task_count = 0
    while True:
        made, moved = _follow_slice(versions, as_of=as_of)
        task_count += made
        if not moved:
            break
    finish_runs(as_of=as_of)
    return task_count


def finish_runs(*, as_of: datetime, run_id: UUID | None = None) -> int:
    """Finish the runs whose steps are all written and worked: all of them, or one."""
    return sql.execute(following.FINISH, {"as_of": as_of, "run": run_id})


def _intact(states: Sequence[str]) -> list[PlaybookVersion]:
    """Versions whose content still is what was approved."""
    versions = (
        PlaybookVersion.objects.filter(state__in=states, approvals__decision="approved")
        .select_related("playbook")
        .order_by("pk")
    )
    kept = []
    for version in versions:
        if hash_of(version) == version.content_hash:
            kept.append(version)
        else:
            logger.error("Version %s was changed after its approval and does not run.", version.pk)
    return kept


def _claim_transitions(*, as_of: datetime) -> list[UUID]:
    claimed: list[UUID] = []
    while found := sql.rows(triggers.CLAIM_TRANSITIONS, {"as_of": as_of, "slice": SLICE}):
        claimed += [row[0] for row in found]
    return claimed


def _enroll(version: PlaybookVersion, transitions: list[UUID], *, as_of: datetime) -> tuple[int, int]:
    candidates, parameters = triggers.candidates(version.trigger, version.audience)
    inner_pad, outer_pad = pads(version.salt)
    values: dict[str, Any] = {
        **parameters,
        **version.trigger_settings,
        "as_of": as_of,
        "version": version.pk,
        "playbook": version.playbook_id,
        "content_hash": version.content_hash,
        "horizon_days": version.horizon_days,
        "transitions": transitions,
        "strata": version.strata,
        "inner_pad": inner_pad,
        "outer_pad": outer_pad,
    }
    [(treated, held_out)] = sql.rows(ENROLL.format(candidates=candidates), values)
    if treated or held_out:
        counts = {"treated_count": treated, "held_out_count": held_out}
        audit.record("playbook_version.enrolled", target=version, by=None, at=as_of, after=counts)
    return treated, held_out


@transaction.atomic
def _adopt() -> None:
    """Let open work follow accounts that were merged or split."""
    sql.execute(following.ADOPT)
    sql.execute(following.RETURN)


@transaction.atomic
def _stop_ended(*, as_of: datetime) -> None:
    stopped = cancelled = 0
    while True:
        [(runs, tasks)] = sql.rows(following.STOP, {"as_of": as_of, "slice": SLICE})
        stopped, cancelled = stopped + runs, cancelled + tasks
        if not runs:
            break
    if stopped:
        audit.record(
            "runs.stopped", target=None, by=None, at=as_of, after={"run_count": stopped, "cancelled_count": cancelled}
        )


@transaction.atomic
def _follow_slice(versions: list[UUID], *, as_of: datetime) -> tuple[int, int]:
    [(made, moved)] = sql.rows(following.FOLLOW, {"as_of": as_of, "versions": versions, "slice": SLICE})
    if made:
        audit.record("tasks.written", target=None, by=None, at=as_of, after={"task_count": made})
    return made, moved
