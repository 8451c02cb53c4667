"""The current verdict of an account, its history, and changes of band."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import TenantModel
from cshub.db.walls import WalledModel
from health.models.scorecard import ScorecardVersion
from health.querysets import AccountHealthQuerySet, HealthScoreQuerySet, HealthTransitionQuerySet


class Band(models.TextChoices):
    """The verdict in a word. Unknown is a verdict: too little is known."""

    GOOD = "good", _("Healthy")
    WATCH = "watch", _("Watch")
    RISK = "risk", _("At risk")
    UNKNOWN = "unknown", _("Unknown")


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

    objects = AccountHealthQuerySet.as_manager()

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
