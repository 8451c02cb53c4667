"""Health: the versioned scorecard, the current verdict, its history, and changes of band."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledModel, WalledQuerySet
from health.querysets import HealthOverrideQuerySet, HealthScoreQuerySet, HealthTransitionQuerySet, ScorecardQuerySet


class Band(models.TextChoices):
    """The verdict in a word. Unknown is a verdict: too little is known."""

    GOOD = "good", _("Healthy")
    WATCH = "watch", _("Watch")
    RISK = "risk", _("At risk")
    UNKNOWN = "unknown", _("Unknown")


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
        ACTIVE = "active", _("Active")
        RETIRED = "retired", _("Retired")

    scorecard = models.ForeignKey(Scorecard, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    definition_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = WalledQuerySet.as_manager()

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


class Scoring(AppendOnlyModel):
    """One scoring of all accounts that changed something, and what was typical in it: reasons are told from there."""

    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateTimeField(_("as of"), unique=True)
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

    def __str__(self) -> str:
        return f"{self.as_of}: {self.changed_count}/{self.scored_count}"


class AccountHealth(WalledModel):
    """The current verdict of an account: narrow, rewritten at each scoring. History stands in HealthScore."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="health")
    version = models.ForeignKey(ScorecardVersion, models.PROTECT, related_name="+", db_index=False)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    band = models.CharField(_("band"), max_length=10, choices=Band)
    coverage = models.DecimalField(
        _("coverage"), max_digits=4, decimal_places=3, help_text=_("Share of the weights that had data, 0 to 1.")
    )
    reason = models.CharField(
        _("reason"), max_length=60, help_text=_("Key of the measure that says most about the score.")
    )
    raw = ArrayField(
        models.FloatField(null=True),
        verbose_name=_("raw values"),
        help_text=_("What was measured, in the order of the version's measures."),
    )
    points = ArrayField(
        models.SmallIntegerField(null=True),
        verbose_name=_("points"),
        help_text=_("The same in hundredths of a point, 0 to 10000."),
    )
    input_hash = models.CharField(max_length=32, editable=False)
    override_id = models.UUIDField(null=True, editable=False)
    scored_at = models.DateTimeField(_("scored at"))

    objects = WalledQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(band="unknown", score__isnull=True)
                | (~models.Q(band="unknown") & models.Q(score__range=(0, 100))),
                name="unknown_has_no_score",
            ),
        )
        indexes = (
            models.Index(fields=["score", "account"], name="health_by_score"),
            models.Index(fields=["band", "account"], name="health_by_band"),
        )

    def __str__(self) -> str:
        return f"{self.band} {self.score}"


class HealthScore(WalledModel):
    """One verdict, kept for ever. Partitioned by month of `scored_at`; written when the inputs changed."""

    append_only = True

    pk = models.CompositePrimaryKey("account_id", "scored_at")
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="health_scores", db_index=False, db_constraint=False
    )
    scored_at = models.DateTimeField(_("scored at"))
    version_id = models.UUIDField(editable=False)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True)
    band = models.CharField(_("band"), max_length=10, choices=Band)
    coverage = models.DecimalField(_("coverage"), max_digits=4, decimal_places=3)
    reason = models.CharField(_("reason"), max_length=60)
    raw = ArrayField(models.FloatField(null=True), verbose_name=_("raw values"))
    points = ArrayField(models.SmallIntegerField(null=True), verbose_name=_("points"))
    input_hash = models.CharField(max_length=32, editable=False)
    override_id = models.UUIDField(null=True, editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = HealthScoreQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.band} {self.score}"


class HealthTransition(TenantModel):
    """An account moved to another band. Playbooks claim the unanswered ones, each once."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="health_transitions")
    from_band = models.CharField(_("from"), max_length=10, choices=Band)
    to_band = models.CharField(_("to"), max_length=10, choices=Band)
    from_score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    to_score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    reason = models.CharField(_("reason"), max_length=60)
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = HealthTransitionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "occurred_at"], name="an_account_moves_once_at_a_time"),
            models.CheckConstraint(
                condition=~models.Q(from_band=models.F("to_band")), name="a_transition_changes_the_band"
            ),
        )
        indexes = (
            models.Index(
                fields=["occurred_at", "id"], condition=models.Q(answered_at__isnull=True), name="transition_unanswered"
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_band} → {self.to_band}"


class HealthOverride(TenantModel):
    """A person set the health of an account for a while, as a band or a score, and said why. It ends by itself after `until_on`."""

    class Level(models.TextChoices):
        GOOD = "good", _("Healthy")
        WATCH = "watch", _("Watch")
        RISK = "risk", _("At risk")

    account = models.ForeignKey(Account, models.CASCADE, related_name="health_overrides")
    band = models.CharField(_("band"), max_length=10, choices=Level, blank=True, db_default="")
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    until_on = models.DateField(_("last day"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = HealthOverrideQuerySet.as_manager()

    class Meta:
        verbose_name = _("health override")
        verbose_name_plural = _("health overrides")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(band="", score__range=(0, 100))
                | models.Q(band__in=("good", "watch", "risk"), score__isnull=True),
                name="override_has_a_band_or_a_score",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="override_has_a_reason"),
        )
        indexes = (models.Index(fields=["account", "-made_at"], name="override_by_account"),)

    def __str__(self) -> str:
        return f"{self.band or self.score} – {self.until_on}"
