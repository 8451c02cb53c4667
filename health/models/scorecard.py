"""The versioned scorecard: what a version says, what was seen before it was submitted, who decided, and when it scored."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledQuerySet
from cshub.work.models import Job
from health.querysets import ScorecardQuerySet, ScorecardVersionQuerySet


class Scorecard(TenantModel):
    """A way to score accounts. What it says stands in its versions."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")

    def __str__(self) -> str:
        return self.name


class ScorecardVersion(TenantModel):
    """The frozen formula: groups, measures, weights, missing-data policy, bands and coverage floor."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for approval")
        RETURNED = "returned", _("Returned")
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    definition_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    preview = models.ForeignKey(
        "health.ScorecardPreview", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    preview_job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScorecardVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard version")
        verbose_name_plural = _("scorecard versions")
        constraints = (
            models.UniqueConstraint(fields=["scorecard", "number"], name="scorecard_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["scorecard"], condition=models.Q(state="active"), name="one_version_of_a_scorecard_is_active"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scorecard} v{self.number}"


class ScorecardPreview(AppendOnlyModel):
    """What a version would have changed at a moment, as its author and its approver saw it."""

    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="previews")
    definition_hash = models.CharField(max_length=64)
    against = models.JSONField(_("compared with"), help_text=_("Ids of the versions that were in force."))
    content = models.JSONField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    as_of = models.DateTimeField(_("as of"))
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard preview")
        verbose_name_plural = _("scorecard previews")

    def __str__(self) -> str:
        return f"{self.version} {self.as_of}"


class ScorecardDecision(AppendOnlyModel):
    """Somebody other than the author looked at exactly this formula and this preview, and decided."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("Approved")
        RETURNED = "returned", _("Returned")

    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="decisions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    reason = models.TextField(_("reason"), blank=True, default="")
    definition_hash = models.CharField(max_length=64)
    preview = models.ForeignKey(ScorecardPreview, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("scorecard decision")
        verbose_name_plural = _("scorecard decisions")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(author=models.F("decided_by")), name="who_decides_did_not_write_the_formula"
            ),
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(decision="approved"), name="a_formula_is_approved_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.decision}"


class Scoring(AppendOnlyModel):
    """One scoring of all accounts of a version that changed something, and what was typical in it: reasons are told from there."""

    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateTimeField(_("as of"))
    typical = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("typical points"),
        help_text=_("Mean points of each measure over all accounts, in hundredths."),
    )
    scored_count = models.PositiveIntegerField(_("accounts scored"))
    changed_count = models.PositiveIntegerField(_("verdicts written"))
    transition_count = models.PositiveIntegerField(_("changes of band"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WalledQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["as_of", "version"], name="a_version_scores_once_at_a_moment"),)

    def __str__(self) -> str:
        return f"{self.as_of}: {self.changed_count}/{self.scored_count}"
