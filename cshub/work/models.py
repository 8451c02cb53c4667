"""What has to be done in the background: things that leave the house, jobs with progress, answers given once."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cshub.db.models import TenantModel
from cshub.db.walls import WalledQuerySet
from cshub.work.querysets import JobQuerySet, OutboxQuerySet


class OutboxState(models.TextChoices):
    """Where an entry stands. Unknown: it may have left, and is never sent again by machine."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    UNKNOWN = "unknown", _("Maybe sent")
    FAILED = "failed", _("Not sent")


class OutboxEntry(TenantModel):
    """Something that has to leave the house once, kept here until it has."""

    kind = models.CharField(_("kind"), max_length=50)
    key = models.CharField(_("key"), max_length=200, unique=True)
    payload = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("created at"))
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=OutboxState.choices, default=OutboxState.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing entry")
        verbose_name_plural = _("outbox")
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("due_at", "id"), condition=Q(state="queued"), name="outbox_by_due"),
            models.Index(fields=("lease_until",), condition=Q(state="sending"), name="outbox_by_lease"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=OutboxState.values), name="outbox_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(token__isnull=False, lease_until__isnull=False),
                name="sending_has_a_lease",
            ),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_has_a_time"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(TenantModel):
    """Work somebody waits for: how far it is, and what came out."""

    kind = models.CharField(_("kind"), max_length=50)
    title = models.CharField(_("title"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    done_count = models.PositiveBigIntegerField(_("done"), default=0)
    total_count = models.PositiveBigIntegerField(_("of"), null=True, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    retry_url_name = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey(
        "users.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("-created_at", "-id"), name="jobs_by_creation"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_is_known"),
            models.CheckConstraint(
                condition=Q(total_count=None) | Q(done_count__lte=F("total_count")),
                name="a_job_never_does_more_than_all",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "running"), finished_at=None)
                | Q(state__in=("done", "failed", "cancelled"), finished_at__isnull=False),
                name="a_finished_job_has_a_finish",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Still waiting or running."""
        return self.state in {JobState.QUEUED, JobState.RUNNING}

    @property
    def percent(self) -> int | None:
        """Whole percent done, 100 only when it has ended; None while the total is not known."""
        if self.state == JobState.DONE:
            return 100
        return None if not self.total_count else min(99, self.done_count * 100 // self.total_count)

    @property
    def remaining_seconds(self) -> int | None:
        """What is left at the pace so far; None before there is a pace."""
        if self.state != JobState.RUNNING or not (
            self.done_count and self.total_count and self.started_at and self.heartbeat_at
        ):
            return None
        pace = (self.heartbeat_at - self.started_at).total_seconds() / self.done_count
        return round(pace * (self.total_count - self.done_count))


class JobStep(TenantModel):
    """What a step of an open job gave, so that whoever goes on after a worker that died does not do it again."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    content = models.JSONField()
    kept_at = models.DateTimeField()

    objects = WalledQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("job", "name"), name="a_step_of_a_job_is_kept_once"),)

    def __str__(self) -> str:
        return f"{self.job} {self.name}"


class IdempotencyRecord(TenantModel):
    """The answer a POST with an Idempotency-Key got, so that asking again gets the same one."""

    principal = models.CharField(max_length=80)
    operation = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        indexes = (models.Index(fields=("created_at",), name="kept_answers_by_age"),)
        constraints = (
            models.UniqueConstraint(fields=("principal", "operation", "key"), name="one_answer_per_idempotency_key"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
