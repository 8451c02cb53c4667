"""What people decide about value, each from a day on: horizon, discount and thresholds of tiers; margins of segments; what an hour costs."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cshub.db.models import AppendOnlyModel
from health.value.querysets import DecisionQuerySet


class Decided(AppendOnlyModel):
    """A decision that holds from a day on. A change is a new row; of two for one day the later counts."""

    valid_from = models.DateField(_("valid from"))
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


class ValueTerms(Decided):
    """Over how long and at which discount value is computed, and from which value after cost to serve a tier begins."""

    months = models.PositiveSmallIntegerField(
        _("horizon in months"), validators=[MinValueValidator(12), MaxValueValidator(120)]
    )
    discount = models.DecimalField(
        _("yearly discount"),
        max_digits=5,
        decimal_places=4,
        help_text=_("A share from 0 to 1, for example 0.1"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    currency = models.CharField(_("currency"), max_length=3, help_text=_("Three letters, for example EUR"))
    high_from = models.DecimalField(_("high begins at"), max_digits=18, decimal_places=2)
    middle_from = models.DecimalField(_("middle begins at"), max_digits=18, decimal_places=2)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_from", "-recorded_at")
        verbose_name = _("terms of value")
        verbose_name_plural = _("terms of value")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(middle_from__gt=0, high_from__gt=models.F("middle_from")),
                name="high_begins_above_middle_and_middle_above_nothing",
            ),
            models.CheckConstraint(condition=models.Q(discount__range=(0, 1)), name="discount_is_a_share"),
            models.CheckConstraint(condition=models.Q(months__range=(12, 120)), name="horizon_is_one_to_ten_years"),
        )

    def __str__(self) -> str:
        return f"{self.valid_from}"


class SegmentMargin(Decided):
    """The gross margin of one segment where it differs from that of the company, which finance decides under report inputs."""

    segment = models.CharField(_("segment"), max_length=100)
    margin = models.DecimalField(
        _("gross margin"),
        max_digits=4,
        decimal_places=3,
        help_text=_("A share above 0 and at most 1, for example 0.78"),
        validators=[MaxValueValidator(1)],
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_from", "-recorded_at")
        verbose_name = _("margin of a segment")
        verbose_name_plural = _("margins of segments")
        constraints = (
            models.CheckConstraint(condition=models.Q(margin__gt=0, margin__lte=1), name="segment_margin_is_a_share"),
            models.CheckConstraint(condition=~models.Q(segment=""), name="a_margin_names_its_segment"),
        )

    def __str__(self) -> str:
        return f"{self.segment} {self.margin}"


class CostRate(Decided):
    """What an hour of a role costs with everything on top. The first one also holds for the days before it."""

    class Role(models.TextChoices):
        CSM = "csm", _("CSM")
        AGENT = "agent", _("Support agent")
        MANAGER = "manager", _("Manager")

    role = models.CharField(_("role"), max_length=10, choices=Role)
    hourly = models.DecimalField(_("cost of an hour"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, help_text=_("Three letters, for example EUR"))

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_from", "-recorded_at")
        verbose_name = _("cost rate")
        verbose_name_plural = _("cost rates")
        constraints = (models.CheckConstraint(condition=models.Q(hourly__gt=0), name="an_hour_costs_something"),)

    def __str__(self) -> str:
        return f"{self.role} {self.hourly} {self.currency}"
