"""One thing for a person to do."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Interaction
from accounts.models.timeline import Mode
from cshub.db.models import TenantModel
from playbooks.models.enrollment import Run
from playbooks.querysets import TaskQuerySet


class Task(TenantModel):
    """One thing for a person to do about an account, from a playbook step or by hand."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("In progress")
        SNOOZED = "snoozed", _("Snoozed")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    class Result(models.TextChoices):
        REACHED = "reached", _("Reached the customer")
        NOT_REACHED = "not_reached", _("Could not reach the customer")
        NOT_NEEDED = "not_needed", _("Not needed")

    account = models.ForeignKey(Account, models.CASCADE, related_name="tasks", db_index=False)
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="tasks", db_index=False)
    step = models.PositiveSmallIntegerField(_("step"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300)
    instructions = models.TextField(_("instructions"), blank=True, db_default="")
    mode = models.CharField(_("mode"), max_length=20, choices=Mode)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("owner")
    )
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.OPEN, db_default=State.OPEN)
    due_on = models.DateField(_("due on"))
    expected_minutes = models.PositiveSmallIntegerField(_("expected minutes"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=20, choices=Result, blank=True, db_default="")
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, db_default="")
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    interaction = models.OneToOneField(
        Interaction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="task",
        help_text=_("The timeline entry its completion wrote."),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = (
            models.UniqueConstraint(fields=["run", "step"], name="a_step_becomes_one_task"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(completed_at__isnull=False, minutes__isnull=False),
                name="done_says_when_and_how_long",
            ),
        )
        indexes = (
            models.Index(
                fields=["owner", "due_on", "id"],
                condition=models.Q(state__in=["open", "in_progress", "snoozed"]),
                name="task_inbox",
            ),
            models.Index(
                fields=["due_on", "id"],
                condition=models.Q(state__in=["open", "in_progress", "snoozed"]),
                name="task_inbox_of_all",
            ),
            models.Index(fields=["due_on", "id"], condition=models.Q(state="in_progress"), name="task_begun"),
            models.Index(fields=["account", "due_on"], name="task_by_account"),
        )

    def __str__(self) -> str:
        return self.title
