"""What beat and workers do: find the tenants that have work, and take a turn in each. Messages only say that a tenant has work."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.ingest.connectors.services import DOORBELL as CONNECTORS
from accounts.ingest.connectors.tasks import sync_due
from accounts.ingest.events.partitions import keep_months
from accounts.ingest.events.services.receiving import DOORBELL as EVENTS
from accounts.ingest.events.tasks import tidy as tidy_events
from accounts.ingest.events.tasks import work_off
from accounts.ingest.quality.services import find_duplicates_daily
from accounts.ingest.services import forget_old_rows
from accounts.ingest.services.jobs import DOORBELL as IMPORTS
from accounts.ingest.tasks import go_on as go_on_with_imports
from cshub.api.idempotency import forget_old_answers
from cshub.db.active import ACTIVE
from cshub.tenancy import due, statistics
from cshub.tenancy.context import schema_context
from cshub.tenancy.services import each_tenant
from cshub.users import throttle
from cshub.work import jobs, wake
from cshub.work import services as outbox
from cshub.work.tasks import deliver
from cshub.work.wake import CHANGES, OUTBOX, STATISTICS, TURN
from health.partitions import make_months_ahead
from health.predictions.partitions import make_months_ahead as make_months_of_predictions
from health.scorecards.previewing import DOORBELL as PREVIEWS
from health.tasks import go_on as go_on_with_previews
from health.tasks import tell_changes
from health.value.partitions import make_months_ahead as make_months_of_values

AT_ONCE = 50


@shared_task(public=True)  # type: ignore[untyped-decorator]
def answer_due_work(**_later_arguments: Any) -> None:
    """Claim what tenants rang for, and send each one message. A lost message is found again when the claim's lease ends."""
    leases = {kind: answer_.lease for kind, answer_ in ANSWERS.items()}
    for claimed in due.claim_due(list(ANSWERS), as_of=timezone.now(), limit=AT_ONCE, leases=leases):
        with schema_context(claimed.schema):
            answer.delay(kind=claimed.kind, ticket=str(claimed.ticket))


@shared_task  # type: ignore[untyped-decorator]
def answer(*, kind: str, ticket: str, **_later_arguments: Any) -> None:
    """Do one piece of due work of the active tenant, and give the claim back; or keep it for the time that the work names."""
    claim = Claim(due.Due(schema=str(ACTIVE.schema), kind=kind, ticket=UUID(ticket)), ANSWERS[kind].lease)
    claim.renew()
    again_at = ANSWERS[kind].task.run(go_on=claim.renew)
    due.finish(claim.due, next_at=again_at)
    if again_at is not None:
        wake.hint(after=max(0.0, (again_at - timezone.now()).total_seconds()))


@shared_task(public=True)  # type: ignore[untyped-decorator]
def advance_every_tenant(**_later_arguments: Any) -> None:
    """Send every active tenant its turn of the night."""
    for tenant in each_tenant():
        with schema_context(tenant.schema_name):
            advance_tenant.delay()


@shared_task  # type: ignore[untyped-decorator]
def advance_tenant(**_later_arguments: Any) -> None:
    """One turn of the pipeline for the active tenant; every four weeks it learns anew who leaves."""
    from cshub import pipeline  # here: it loads statistics, and processes that import files or count events do without

    now = timezone.now()
    pipeline.advance(as_of=now)
    pipeline.learn(as_of=now)


@shared_task  # type: ignore[untyped-decorator]
def follow_changes(**_later_arguments: Any) -> None:
    """Score the accounts whose facts changed, some thousands at a time, until none is left."""
    from cshub import pipeline

    while pipeline.follow_changes(as_of=timezone.now()):
        pass


@shared_task  # type: ignore[untyped-decorator]
def refresh_statistics(**_later_arguments: Any) -> None:
    """Let the planner know what an import wrote."""
    statistics.refresh_statistics(str(ACTIVE.schema))


@shared_task(public=True)  # type: ignore[untyped-decorator]
def tell_every_tenant(**_later_arguments: Any) -> None:
    """Send every active tenant the question whose morning has come."""
    for tenant in each_tenant():
        with schema_context(tenant.schema_name):
            tell_changes.delay()


@shared_task(public=True)  # type: ignore[untyped-decorator]
def tidy_every_tenant(**_later_arguments: Any) -> None:
    """Make the coming months of partitioned tables, and send every active tenant its tidying."""
    schemas = [tenant.schema_name for tenant in each_tenant()]
    make_months_ahead(schemas, as_of=timezone.now())
    make_months_of_predictions(schemas, as_of=timezone.now())
    make_months_of_values(schemas, as_of=timezone.now())
    keep_months(schemas, as_of=timezone.now())
    for schema in schemas:
        with schema_context(schema):
            tidy_tenant.delay()


@shared_task  # type: ignore[untyped-decorator]
def tidy_tenant(**_later_arguments: Any) -> None:
    """Say of work that fell silent that it failed, and forget what is no longer promised."""
    now = timezone.now()
    outbox.give_up_on_abandoned(as_of=now)
    jobs.fail_silent_jobs(as_of=now)
    throttle.forget_old(as_of=now)
    forget_old_answers(as_of=now)
    forget_old_rows(as_of=now)
    find_duplicates_daily(as_of=now)
    tidy_events.run()


@dataclass(frozen=True)
class Answer:
    """The task that does the work; how long a worker that died keeps it from others. The task gets `go_on`, to be called on the way where
    work may outlast its lease, and answers when to look again, or None."""

    task: Any
    lease: timedelta = due.LEASE


class Claim:
    """A claim that is renewed whenever a third of its lease has passed."""

    def __init__(self, claimed: due.Due, lease: timedelta) -> None:
        self.due, self._lease, self._renewed = claimed, lease, float("-inf")

    def renew(self) -> None:
        """Keep the claim. One that somebody else has by now is let go: the work itself is safe to do twice at once."""
        if monotonic() - self._renewed > self._lease.total_seconds() / 3:
            due.renew(self.due, lease=self._lease)
            self._renewed = monotonic()


# Which work a doorbell means. Events are promised within a minute, whatever dies: a lease and a sweep have to fit into it.
ANSWERS = {
    OUTBOX: Answer(deliver),
    EVENTS: Answer(work_off, lease=timedelta(seconds=20)),
    CHANGES: Answer(follow_changes),
    STATISTICS: Answer(refresh_statistics),
    TURN: Answer(advance_tenant),
    IMPORTS: Answer(go_on_with_imports),
    PREVIEWS: Answer(go_on_with_previews),
    CONNECTORS: Answer(sync_due),
}
