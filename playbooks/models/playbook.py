"""A plan, its frozen versions, and the decision that lets a version run."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.timeline import Mode
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledQuerySet
from playbooks.querysets import PlaybookQuerySet, PlaybookVersionQuerySet


class Playbook(TenantModel):
    """A plan for a situation. What it does stands in its versions."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode, default=Mode.PROACTIVE)
    purpose = models.TextField(_("purpose"), blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PlaybookQuerySet.as_manager()

    class Meta:
        verbose_name = _("playbook")
        verbose_name_plural = _("playbooks")

    def __str__(self) -> str:
        return self.name


class PlaybookVersion(TenantModel):
    """The frozen form of a plan. Its approval is the pre-registration: goal, outcome, horizon and holdout share cannot change after it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        RETURNED = "returned", _("Returned")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        RETIRED = "retired", _("Retired")

    class Trigger(models.TextChoices):
        RENEWAL_RUNWAY = "renewal_runway", _("A term is ending")
        HEALTH_DROP = "health_drop", _("Health falls")

    class Outcome(models.TextChoices):
        RENEWAL = "renewal", _("Renewal")

    playbook = models.ForeignKey(Playbook, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    trigger = models.CharField(_("trigger"), max_length=40, choices=Trigger)
    trigger_settings = models.JSONField(
        _("trigger settings"), default=dict, help_text=_("renewal_runway: days_before. health_drop: to_bands.")
    )
    audience = models.JSONField(
        _("audience"),
        default=dict,
        help_text=_("Account filters: segment, region, arr_min, arr_max, bands."),
        blank=True,
    )
    steps = models.JSONField(
        _("steps"), help_text=_("In order: title, instructions, after_days (business days), minutes expected.")
    )
    goal = models.CharField(_("goal"), max_length=300)
    primary_outcome = models.CharField(_("primary outcome"), max_length=20, choices=Outcome, default=Outcome.RENEWAL)
    horizon_days = models.PositiveIntegerField(
        _("horizon in days"),
        default=180,
        help_text=_("An enrolled account's outcome counts when it falls due within this many days."),
    )
    holdout_share = models.DecimalField(_("holdout share"), max_digits=4, decimal_places=3, default=0)
    strata = models.JSONField(
        _("revenue tiers"),
        default=list,
        blank=True,
        editable=False,
        help_text=_(
            "ARR boundaries between the tiers within which lots are drawn; fixed when the version is submitted."
        ),
    )
    salt = models.CharField(max_length=64, editable=False, blank=True, default="")
    content_hash = models.CharField(max_length=64, editable=False, blank=True, default="")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    objects = PlaybookVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("playbook version")
        verbose_name_plural = _("playbook versions")
        constraints = (
            models.UniqueConstraint(fields=["playbook", "number"], name="playbook_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["playbook"], condition=models.Q(state="active"), name="one_version_of_a_playbook_is_active"
            ),
            models.CheckConstraint(
                condition=models.Q(holdout_share__range=(0, "0.8")), name="holdout_share_is_at_most_80_percent"
            ),
        )

    def __str__(self) -> str:
        return f"{self.playbook} v{self.number}"


class Approval(AppendOnlyModel):
    """Somebody other than the author looked at exactly this content and decided."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    version = models.ForeignKey(PlaybookVersion, models.PROTECT, related_name="approvals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    reason = models.TextField(_("reason"), blank=True, default="")
    content_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField(_("decided at"))

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(author=models.F("decided_by")), name="the_approver_is_not_the_author"
            ),
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(decision="approved"), name="a_version_is_approved_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.decision}"
