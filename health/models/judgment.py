"""What people say about the health of an account, apart from what is measured."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import AppendOnlyModel, TenantModel
from health.querysets import AccountSentimentQuerySet, HealthOverrideQuerySet


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


class AccountSentiment(AppendOnlyModel):
    """How a person feels about an account and why. It stands beside the score, counts less each day, and is unknown from `fades_on` on.

    The latest word counts. Words are never changed; who thinks otherwise says so anew.
    """

    class Level(models.TextChoices):
        GOOD = "good", _("Good")
        FAIR = "fair", _("Fair")
        POOR = "poor", _("Poor")

    account = models.ForeignKey(Account, models.PROTECT, related_name="sentiments")
    level = models.CharField(_("sentiment"), max_length=10, choices=Level)
    reason = models.CharField(_("reason"), max_length=300)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    said_at = models.DateTimeField(_("said at"), db_default=Now(), editable=False)
    fades_on = models.DateField(_("unknown from"), help_text=_("Until then it counts less each day."))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountSentimentQuerySet.as_manager()

    class Meta:
        verbose_name = _("account sentiment")
        verbose_name_plural = _("account sentiments")
        constraints = (
            models.CheckConstraint(condition=~models.Q(reason=""), name="sentiment_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(level__in=("good", "fair", "poor")), name="sentiment_is_one_of_three"
            ),
        )
        indexes = (models.Index(fields=["account", "-said_at"], name="sentiment_by_account"),)

    def __str__(self) -> str:
        return f"{self.level} – {self.said_at}"
