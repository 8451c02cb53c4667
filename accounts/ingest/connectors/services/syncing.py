"""Reads sources: one worker a source, page by page, the cursor kept in the transaction that keeps the rows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.ingest.bulk import take_rows
from accounts.ingest.connectors.adapters import ADAPTERS
from accounts.ingest.connectors.adapters.adapter import Mapped, Page, Source
from accounts.ingest.connectors.adapters.fit import fitted
from accounts.ingest.connectors.adapters.paths import json_ready
from accounts.ingest.connectors.models import Connector, SyncProblem, SyncRun
from accounts.ingest.connectors.services.refusals import CannotConnect
from accounts.ingest.connectors.services.setting_up import DOORBELL, PURPOSE
from accounts.ingest.kinds import KINDS
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.tenancy import due
from cshub.tenancy.sealing import Unreadable, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from accounts.ingest.bulk import RowResult
    from cshub.users.models import User

LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
KEPT_PROBLEMS = 500
TRIED_ROWS = 5


@dataclass(frozen=True)
class Trial:
    """What a source would bring: its first rows as they came, as fields, and what would become of them."""

    rows: tuple[dict[str, Any], ...]
    values: tuple[dict[str, Any] | None, ...]
    results: tuple[RowResult | None, ...]


class TakenOver(Exception):
    """Another worker has this source now."""


@transaction.atomic
def order_sync(connector: Connector, *, from_start: bool = False, by: User | None, as_of: datetime) -> None:
    """Have a source read now, from where it was read to or `from_start`: rows that were refused come again, what is known stays as it is.

    Raises CannotConnect for one that is switched off, and from the start for one that is being read.
    """
    held = Connector.objects.select_for_update().filter(pk=connector.pk, is_active=True).first()
    if held is None:
        raise CannotConnect(_("This connector is switched off. Switch it on first."))
    if from_start and held.lease_until is not None and held.lease_until > as_of:
        raise CannotConnect(_("It is being read right now. Wait for the end of this run."))
    held.cursor, held.next_run_at = {} if from_start else held.cursor, as_of
    held.save(update_fields=["cursor", "next_run_at"])
    due.ring(DOORBELL, due_at=as_of)
    audit.record("connector.ordered", target=held, by=by, at=as_of, after={"from_start": from_start})


def try_connector(connector: Connector, *, by: User | None, as_of: datetime) -> Trial:
    """Read the first rows and say what would become of them; nothing is kept. Raises CannotReach or CannotConnect."""
    adapter, source = ADAPTERS[connector.adapter], _source(connector, as_of)
    pages = adapter.fetch(source, {})
    page = next(pages, Page((), {}))
    pages.close()  # type: ignore[attr-defined]  # a generator: the line to the source is let go
    mapped = adapter.map(source, page.rows[:TRIED_ROWS])
    with transaction.atomic():
        results = _taken(connector, mapped, by=by, as_of=as_of, is_dry=True)
    return Trial(
        tuple(json_ready(each.row) for each in mapped),
        tuple(each.values for each in mapped),
        tuple(results),
    )


def sync_due(*, clock: Callable[[], datetime]) -> int:
    """Read every source that is due, one after the other; how many. The next due time rings the doorbell."""
    done = 0
    while (connector := _claim(clock())) is not None:
        sync(connector, clock=clock)
        done += 1
    _ring_next()
    return done


def sync(connector: Connector, *, clock: Callable[[], datetime]) -> SyncRun:
    """Read a claimed source from its cursor to its end. What goes wrong is kept in words; the next try comes later and later."""
    run = SyncRun.objects.create(connector=connector, started_at=clock(), from_start=not connector.cursor)
    with translation.override(connector.created_by.language if connector.created_by else None):
        try:
            source = _source(connector, run.started_at)
            for page in ADAPTERS[connector.adapter].fetch(source, dict(connector.cursor)):
                _keep(connector, run, source, page, clock())
        except TakenOver:
            return _end_run(run, SyncRun.State.FAILED, _("Another worker took over."), clock())
        except Refused as refusal:
            return _fail(connector, run, str(refusal), clock())
        except Exception as error:
            _fail(connector, run, _("It stopped unexpectedly (%(error)s).") % {"error": type(error).__name__}, clock())
            raise
    return _succeed(connector, run, clock())


@transaction.atomic
def _claim(as_of: datetime) -> Connector | None:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=as_of)
    connector: Connector | None = (
        Connector.objects.filter(free, is_active=True, next_run_at__lte=as_of)
        .select_related("created_by")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("next_run_at", "id")
        .first()
    )
    if connector is not None:
        connector.token, connector.lease_until = uuid.uuid4(), as_of + LEASE
        connector.save(update_fields=["token", "lease_until"])
        SyncRun.objects.filter(connector=connector, state=SyncRun.State.RUNNING).update(
            state=SyncRun.State.FAILED,
            finished_at=as_of,
            error=_("The worker stopped. The next run went on from there."),
        )
    return connector


@transaction.atomic
def _keep(connector: Connector, run: SyncRun, source: Source, page: Page, as_of: datetime) -> None:
    """One page with its cursor, or neither."""
    mine = Connector.objects.filter(pk=connector.pk, token=connector.token)
    if not mine.update(cursor=page.cursor, lease_until=as_of + LEASE):
        raise TakenOver
    mapped = ADAPTERS[connector.adapter].map(source, page.rows)
    results = _taken(connector, mapped, by=None, as_of=as_of)  # read on a schedule: nobody sent these rows
    counts = {"fetched": len(page.rows), "passed_over": results.count(None)}
    for result in results:
        if result is not None:
            counts[result.status] = counts.get(result.status, 0) + 1
    _note_problems(run, mapped, results)
    SyncRun.objects.filter(pk=run.pk).update(**{f"{name}_count": F(f"{name}_count") + n for name, n in counts.items()})
    run.fetched_count += len(page.rows)


def _taken(
    connector: Connector, mapped: Sequence[Mapped], *, by: User | None, as_of: datetime, is_dry: bool = False
) -> list[RowResult | None]:
    """What became of each mapped row, in its order; nothing where it is none of ours."""
    kind = KINDS[connector.brings]
    ours = [fitted(kind, each.values) for each in mapped if each.values is not None]
    results = iter(take_rows(connector.brings, ours, by=by, as_of=as_of, is_dry=is_dry) if ours else ())
    return [None if each.values is None else next(results) for each in mapped]


def _note_problems(run: SyncRun, mapped: Sequence[Mapped], results: Sequence[RowResult | None]) -> None:
    room = KEPT_PROBLEMS - SyncProblem.objects.filter(run=run).count()
    found = [
        SyncProblem(
            run=run,
            position=run.fetched_count + position,
            field=error["field"],
            code=error["code"],
            problem=error["detail"],
            row=json_ready(each.row),
        )
        for position, (each, result) in enumerate(zip(mapped, results, strict=True), start=1)
        if result is not None
        for error in result.errors[:1]
    ]
    SyncProblem.objects.bulk_create(found[: max(room, 0)])


def _succeed(connector: Connector, run: SyncRun, as_of: datetime) -> SyncRun:
    _give_back(
        connector,
        last_success_at=as_of,
        last_error="",
        failure_count=0,
        next_run_at=as_of + timedelta(minutes=connector.every_minutes),
    )
    return _end_run(run, SyncRun.State.DONE, "", as_of)


def _fail(connector: Connector, run: SyncRun, error: str, as_of: datetime) -> SyncRun:
    pause = min(FIRST_PAUSE * 2 ** min(connector.failure_count, 12), LONGEST_PAUSE)
    _give_back(connector, last_error=error, failure_count=connector.failure_count + 1, next_run_at=as_of + pause)
    return _end_run(run, SyncRun.State.FAILED, error, as_of)


def _give_back(connector: Connector, **changes: Any) -> None:
    """The claim goes; a source that was switched off meanwhile gets no next run."""
    mine = Connector.objects.filter(pk=connector.pk, token=connector.token)
    mine.update(**changes, token=None, lease_until=None)
    Connector.objects.filter(pk=connector.pk, is_active=False).update(next_run_at=None)


def _end_run(run: SyncRun, state: str, error: str, as_of: datetime) -> SyncRun:
    SyncRun.objects.filter(pk=run.pk).update(state=state, error=error, finished_at=as_of)
    run.refresh_from_db()
    return run


@transaction.atomic
def _ring_next() -> None:
    waiting = Connector.objects.filter(is_active=True, next_run_at__isnull=False).order_by("next_run_at")
    if (next_run_at := waiting.values_list("next_run_at", flat=True).first()) is not None:
        due.ring(DOORBELL, due_at=next_run_at)


def _source(connector: Connector, as_of: datetime) -> Source:
    try:
        secret = unseal(connector.secret, purpose=PURPOSE)
    except Unreadable as error:
        raise CannotConnect(
            _("The kept secret cannot be opened any more, since SECRET_KEY was changed. Enter it again."),
            field="secret",
        ) from error
    return Source(connector.options, secret, connector.mapping, as_of)
