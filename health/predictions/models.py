"""Predictions: versions of the model with their cards, back-tests, and each account's probability to leave, now and over time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledModel
from health.predictions.querysets import BacktestQuerySet, PredictionModelQuerySet, PredictionQuerySet


class PredictionModel(TenantModel):
    """One version of the model: what it learned from, its fitted numbers, and its card. Only its state ever changes."""

    class State(models.TextChoices):
        ACTIVE = "active", _("In use")
        RETIRED = "retired", _("Retired")
        DECLINED = "declined", _("Not taken into use")

    number = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    horizon_days = models.PositiveIntegerField(_("horizon in days"))
    features = ArrayField(models.CharField(max_length=60), verbose_name=_("features"))
    first_snapshot_on = models.DateField(_("first snapshot"))
    last_snapshot_on = models.DateField(_("last snapshot"))
    parameters = models.JSONField(_("fitted numbers"))
    card = models.JSONField(_("model card"))
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    as_of = models.DateTimeField(_("as known at"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PredictionModelQuerySet.as_manager()

    class Meta:
        ordering = ("-number",)
        verbose_name = _("prediction model")
        verbose_name_plural = _("prediction models")
        constraints = (
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="active"), name="one_prediction_model_is_in_use"
            ),
        )

    def __str__(self) -> str:
        return f"v{self.number}"


class Backtest(AppendOnlyModel):
    """What health and the prediction were worth against what happened, as known at a moment, and what came of learning anew.

    `bands`, `warning` and `prediction` hold the figures, or why there are none; null where there was nothing to look at.
    """

    class Decision(models.TextChoices):
        TAKEN = "taken", _("A new version was taken into use")
        KEPT = "kept", _("The version in use was better and stays")
        REFUSED = "refused", _("No model could be learned")

    as_of = models.DateTimeField(_("as known at"), unique=True)
    horizon_days = models.PositiveIntegerField(_("horizon in days"))
    snapshot_count = models.PositiveIntegerField(_("snapshots"))
    bands = models.JSONField(_("bands"), null=True)
    warning = models.JSONField(_("early warning"), null=True)
    prediction = models.JSONField(_("prediction"), null=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    reasons = models.JSONField(_("reasons"), help_text=_("Why no model could be learned: codes and their facts."))
    comparison = models.JSONField(_("comparison"), null=True, help_text=_("The new version against the one in use."))
    model = models.ForeignKey(PredictionModel, models.PROTECT, null=True, related_name="+", verbose_name=_("version"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = BacktestQuerySet.as_manager()

    class Meta:
        ordering = ("-as_of",)
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d} {self.decision}"


class AccountPrediction(WalledModel):
    """How likely an account is to leave within the horizon, now: narrow, rewritten where it changed. An account without a row is unknown."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="prediction")
    model = models.ForeignKey(PredictionModel, models.PROTECT, related_name="+", db_index=False)
    probability = models.DecimalField(_("probability"), max_digits=5, decimal_places=4)
    low = models.DecimalField(_("lower end"), max_digits=5, decimal_places=4)
    high = models.DecimalField(_("upper end"), max_digits=5, decimal_places=4)
    parts = ArrayField(
        models.FloatField(),
        verbose_name=_("parts"),
        help_text=_("What each feature of the model adds to the log-odds, against the typical account."),
    )
    predicted_at = models.DateTimeField(_("predicted at"))

    objects = PredictionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    low__gte=0, low__lte=models.F("probability"), high__gte=models.F("probability"), high__lte=1
                ),
                name="a_probability_lies_in_its_interval",
            ),
        )
        indexes = (models.Index(fields=["probability", "account"], name="prediction_by_probability"),)

    def __str__(self) -> str:
        return f"{self.probability}"


class Prediction(WalledModel):
    """One probability, kept for ever. Partitioned by month of `predicted_at`; written when it changed."""

    append_only = True

    pk = models.CompositePrimaryKey("account_id", "predicted_at")
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="predictions", db_index=False, db_constraint=False
    )
    predicted_at = models.DateTimeField(_("predicted at"))
    model_id = models.UUIDField(editable=False)
    probability = models.DecimalField(_("probability"), max_digits=5, decimal_places=4)
    low = models.DecimalField(_("lower end"), max_digits=5, decimal_places=4)
    high = models.DecimalField(_("upper end"), max_digits=5, decimal_places=4)
    parts = ArrayField(models.FloatField(), verbose_name=_("parts"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PredictionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.probability}"
