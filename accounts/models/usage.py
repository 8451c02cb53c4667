"""What the tenant's product did for an account, summed by day."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.querysets import FactQuerySet
from cshub.db.walls import WalledModel


class MetricDefinition(WalledModel):
    """One thing that is counted, with its unit and how days add up."""

    class Aggregation(models.TextChoices):
        SUM = "sum", _("Sum")
        MAX = "max", _("Highest")
        LAST = "last", _("Latest")

    key = models.SlugField(_("key"), max_length=80, primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    unit = models.CharField(_("unit"), max_length=40, blank=True, db_default="")
    aggregation = models.CharField(
        _("aggregation"), max_length=10, choices=Aggregation, default=Aggregation.SUM, db_default=Aggregation.SUM
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ("key",)

    def __str__(self) -> str:
        return self.name


class UsageDaily(WalledModel):
    """The day's value of one metric for one account. `active_users` counts distinct people where the source knows them."""

    pk = models.CompositePrimaryKey("account_id", "metric_id", "day")
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="usage", db_index=False, verbose_name=_("account")
    )
    metric = models.ForeignKey(
        MetricDefinition, models.PROTECT, related_name="+", db_index=False, verbose_name=_("metric")
    )
    day = models.DateField(_("day"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    active_users = models.PositiveIntegerField(_("active users"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("day of usage")
        verbose_name_plural = _("days of usage")
        indexes = (models.Index(fields=["day"], name="usage_by_day"),)

    def __str__(self) -> str:
        return f"{self.metric_id} {self.day}: {self.value}"
