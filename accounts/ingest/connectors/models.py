"""Where facts are fetched from, how far each source has been read, and how each reading went."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel


class Connector(TenantModel):
    """A source that is read on a schedule. `cursor` says how far; it moves in the transaction that keeps the rows."""

    class Adapter(models.TextChoices):
        REST = "rest", _("Web service (JSON)")
        SQL = "sql", _("SQL database")
        MAILBOX = "mailbox", _("Mailbox (IMAP)")

    name = models.CharField(_("name"), max_length=200, unique=True)
    adapter = models.CharField(_("reads from"), max_length=20, choices=Adapter)
    brings = models.CharField(
        _("brings"), max_length=20, help_text=_("What each row becomes: one of the kinds of import.")
    )
    options = models.JSONField(_("options"), default=dict)
    secret = models.TextField(editable=False, blank=True, default="")
    mapping = models.JSONField(
        _("mapping"), default=dict, blank=True, help_text=_("For each field, where its value stands in a row.")
    )
    every_minutes = models.PositiveIntegerField(_("every so many minutes"), default=60)
    is_active = models.BooleanField(_("active"), default=True)
    cursor = models.JSONField(_("read up to"), default=dict, blank=True, editable=False)
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True, editable=False)
    last_success_at = models.DateTimeField(_("last success"), null=True, blank=True, editable=False)
    last_error = models.TextField(_("last error"), blank=True, default="", editable=False)
    failure_count = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(every_minutes__range=(1, 10080)), name="connector_runs_sometimes"
            ),
        )
        indexes = (
            models.Index(fields=["next_run_at"], condition=models.Q(is_active=True), name="connector_by_next_run"),
        )

    def __str__(self) -> str:
        return self.name


class SyncRun(TenantModel):
    """One reading of a source, and what became of its rows."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="runs", verbose_name=_("connector"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    fetched_count = models.PositiveIntegerField(_("fetched"), default=0)
    added_count = models.PositiveIntegerField(_("added"), default=0)
    updated_count = models.PositiveIntegerField(_("updated"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected_count = models.PositiveIntegerField(_("need a fix"), default=0)
    passed_over_count = models.PositiveIntegerField(
        _("passed over"), default=0, help_text=_("Rows that are none of ours, such as mails of unknown people.")
    )
    error = models.TextField(_("error"), blank=True, default="")
    from_start = models.BooleanField(
        _("everything was read"),
        default=False,
        db_default=False,
        help_text=_("It began at the beginning: rows refused earlier came again."),
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        indexes = (models.Index(fields=["connector", "-started_at"], name="sync_run_by_connector"),)

    def __str__(self) -> str:
        return f"{self.connector_id} {self.started_at}"


class SyncProblem(TenantModel):
    """A row that could not go in, with the reason and the remedy."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="problems", verbose_name=_("reading"))
    position = models.PositiveIntegerField(_("row"))
    field = models.CharField(_("field"), max_length=100, blank=True)
    code = models.CharField(_("code"), max_length=50)
    problem = models.TextField(_("problem and how to fix it"))
    row = models.JSONField(_("row"))

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("row that needs a fix")
        verbose_name_plural = _("rows that need a fix")
        indexes = (models.Index(fields=["run", "position"], name="sync_problem_by_run"),)

    def __str__(self) -> str:
        return f"{self.position}: {self.problem}"
