"""An account meets a version: its arm, written before anything is done, and the run that follows."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Renewal
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledQuerySet
from playbooks.models.playbook import Playbook, PlaybookVersion
from playbooks.querysets import EnrollmentQuerySet


class Enrollment(AppendOnlyModel):
    """An account that a trigger found, and the arm the lot gave it. Never changed: who was held out stays held out."""

    class Arm(models.TextChoices):
        TREATED = "treated", _("Treated")
        HELD_OUT = "held_out", _("Held out")

    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="enrollments", db_index=False)
    version = models.ForeignKey(PlaybookVersion, models.PROTECT, related_name="enrollments", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="enrollments", db_index=False)
    renewal = models.ForeignKey(
        Renewal,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="enrollments",
        help_text=_("The renewal whose outcome counts."),
    )
    window_key = models.CharField(
        _("window"), max_length=100, help_text=_("What makes this occasion: the renewal date, the transition.")
    )
    eligible_at = models.DateTimeField(_("eligible at"))
    arm = models.CharField(_("arm"), max_length=10, choices=Arm)
    stratum = models.CharField(_("stratum"), max_length=60)
    draw = models.DecimalField(_("draw"), max_digits=12, decimal_places=10)
    arr_at_start = models.DecimalField(_("ARR at the start"), max_digits=18, decimal_places=2)
    facts = models.JSONField(_("facts"), help_text=_("Why the trigger fired: the facts it saw."))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        constraints = (
            models.UniqueConstraint(
                fields=["playbook", "account", "window_key"], name="an_account_is_enrolled_once_a_window"
            ),
        )
        indexes = (
            models.Index(fields=["version", "arm"], name="enrollment_by_arm"),
            models.Index(fields=["account", "-eligible_at"], name="enrollment_by_account"),
        )

    def __str__(self) -> str:
        return f"{self.arm}"


class Run(TenantModel):
    """The work that follows an enrollment in the treated arm."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")

    enrollment = models.OneToOneField(Enrollment, models.PROTECT, related_name="run")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE, db_default=State.ACTIVE)
    next_step = models.PositiveSmallIntegerField(_("next step"), default=0, db_default=0)
    next_due_at = models.DateTimeField(_("next step due"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = (models.Index(fields=["next_due_at"], condition=models.Q(state="active"), name="run_due"),)

    def __str__(self) -> str:
        return self.state
