"""Segments: named rules with frozen versions, who was in one and when, and its comings and goings as rows to be claimed."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledModel, WalledQuerySet
from health.segments.querysets import MembershipQuerySet, SegmentQuerySet, TransitionQuerySet


class Segment(TenantModel):
    """A group of accounts that meet a rule. What the rule says stands in its versions."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    purpose = models.TextField(_("purpose"), blank=True, default="", db_default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
    current = models.ForeignKey(
        "SegmentVersion", models.PROTECT, null=True, related_name="+", verbose_name=_("version in use"), editable=False
    )
    filled = models.ForeignKey(
        "SegmentVersion",
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        help_text=_("The version that the members were last told by."),
    )
    refreshed_at = models.DateTimeField(_("members as of"), null=True, editable=False)
    member_count = models.PositiveIntegerField(_("members"), default=0, db_default=0, editable=False)
    problem = models.CharField(
        _("problem"), max_length=500, blank=True, default="", db_default="", editable=False
    )  # why the members could not be told; they stay as they were
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="segment_has_a_name"),)

    def __str__(self) -> str:
        return self.name


class SegmentVersion(AppendOnlyModel):
    """A rule as it read from one day on. Written once."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("rule"))
    definition_hash = models.CharField(max_length=64, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("written at"), db_default=Now(), editable=False)

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("segment version")
        verbose_name_plural = _("segment versions")
        constraints = (models.UniqueConstraint(fields=["segment", "number"], name="segment_versions_are_numbered"),)

    def __str__(self) -> str:
        return f"v{self.number}"


class SegmentMembership(TenantModel):
    """An account was in a segment from one moment to another, the end left out; the open row is the present membership."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="memberships", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="segment_memberships")
    entered_at = models.DateTimeField(_("entered at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["segment", "account"],
                condition=models.Q(left_at__isnull=True),
                name="an_account_is_in_a_segment_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True) | models.Q(left_at__gt=models.F("entered_at")),
                name="membership_ends_after_it_begins",
            ),
        )
        indexes = (models.Index(fields=["segment", "entered_at"], name="membership_by_segment"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.entered_at}"


class SegmentTransition(TenantModel):
    """An account came into a segment or left it. Whoever answers claims the unanswered ones, each once."""

    class Kind(models.TextChoices):
        ENTERED = "entered", _("Came in")
        LEFT = "left", _("Left")

    class Cause(models.TextChoices):
        ACCOUNT = "account", _("The account changed")
        RULE = "rule", _("The rule changed")

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="transitions", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="segment_transitions")
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = TransitionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["segment", "account", "occurred_at"], name="an_account_crosses_a_segment_once_at_a_time"
            ),
        )
        indexes = (
            models.Index(
                fields=["occurred_at", "id"],
                condition=models.Q(answered_at__isnull=True),
                name="segment_transition_unanswered",
            ),
            models.Index(fields=["segment", "-occurred_at"], name="segment_transition_by_segment"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at}"


class SegmentSize(WalledModel):
    """How many accounts were in a segment at the last refresh of a day."""

    pk = models.CompositePrimaryKey("segment_id", "day")
    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField(_("day"))
    member_count = models.PositiveIntegerField(_("members"))

    objects = WalledQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.day}: {self.member_count}"
