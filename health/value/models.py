"""What customers are worth: the terms that were decided, what was learned from renewals and orders, and each account's value now and over time."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledModel
from health.value.decisions import CostRate, SegmentMargin, ValueTerms
from health.value.querysets import DecisionQuerySet, MarkQuerySet, ValueQuerySet

__all__ = [
    "AccountValue",
    "CostRate",
    "SegmentMargin",
    "StrategicMark",
    "Valuation",
    "ValueFit",
    "ValueTerms",
]


class Tier(models.TextChoices):
    """How much attention an account is worth, from the most valuable down."""

    HIGH = "high", _("High")
    MIDDLE = "middle", _("Middle")
    LOW = "low", _("Low")
    LOSS = "loss", _("Costs more than it brings")
    UNKNOWN = "unknown", _("Unknown")


class Method(models.TextChoices):
    """How a value was computed."""

    SUBSCRIPTION = "subscription", _("Subscription: survival × margin, discounted")
    REPEAT = "repeat", _("Reorders: BG/NBD × gamma-gamma, discounted")
    NONE = "", _("None")


class StrategicMark(TenantModel):
    """Somebody set an account apart: its tier is high, whatever the money says, until the mark is taken away."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="strategic_marks", db_index=False, verbose_name=_("account")
    )
    note = models.CharField(_("why"), max_length=300)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    marked_at = models.DateTimeField(_("marked at"))
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("strategic mark")
        verbose_name_plural = _("strategic marks")
        constraints = (
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(ended_at__isnull=True),
                name="an_account_is_marked_once_at_a_time",
            ),
            models.CheckConstraint(condition=~models.Q(note=""), name="a_mark_says_why"),
        )

    def __str__(self) -> str:
        return self.note


class ValueFit(AppendOnlyModel):
    """What was learned of how long customers stay, or how they reorder; or why nothing could be.

    `scope`: contracts of half a year or more (long), shorter ones (short), or the currency of orders.
    """

    class Kind(models.TextChoices):
        SURVIVAL = "survival", _("How long contracts are renewed")
        REORDERS = "reorders", _("How customers reorder")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    scope = models.CharField(_("scope"), max_length=10)
    as_of = models.DateTimeField(_("as known at"))
    parameters = models.JSONField(_("fitted numbers"), null=True)
    refusal = models.CharField(_("why nothing could be learned"), max_length=30, blank=True, db_default="")
    observed = models.PositiveIntegerField(_("renewals, or customers"))
    happened = models.PositiveIntegerField(_("of which lost, or bought again"))
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-as_of", "kind", "scope")
        verbose_name = _("fit of customer value")
        verbose_name_plural = _("fits of customer value")
        constraints = (
            models.UniqueConstraint(fields=["kind", "scope", "as_of"], name="a_fit_is_made_once_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(parameters__isnull=True) ^ models.Q(refusal=""), name="a_fit_or_its_refusal"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.scope} {self.as_of:%Y-%m-%d}"


class Figures(models.Model):
    """What is known of an account's value at a moment. Money is in `currency`; what is not known is null and `refusal` says why.

    `amount` is what it will bring over `months` after margin and discount, `low` and `high` its 95 % interval, `at_stake` what would be lost if it left
    at the next renewal. `cost` is what serving it took in the past year, `cost_ahead` over the same months as the value.
    """

    method = models.CharField(_("method"), max_length=12, choices=Method, blank=True, db_default="")
    amount = models.DecimalField(_("customer lifetime value"), max_digits=18, decimal_places=2, null=True)
    low = models.DecimalField(_("lower end"), max_digits=18, decimal_places=2, null=True)
    high = models.DecimalField(_("upper end"), max_digits=18, decimal_places=2, null=True)
    at_stake = models.DecimalField(_("lost if it leaves"), max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, db_default="")
    margin = models.DecimalField(_("gross margin"), max_digits=4, decimal_places=3, null=True)
    discount = models.DecimalField(_("yearly discount"), max_digits=5, decimal_places=4)
    months = models.PositiveSmallIntegerField(_("horizon in months"))
    refusal = models.CharField(_("why the value is unknown"), max_length=30, blank=True, db_default="")
    cost = models.DecimalField(_("cost to serve, past year"), max_digits=18, decimal_places=2, null=True)
    cost_ahead = models.DecimalField(_("cost to serve over the horizon"), max_digits=18, decimal_places=2, null=True)
    cost_refusal = models.CharField(_("why the cost is unknown"), max_length=30, blank=True, db_default="")
    recorded_minutes = models.PositiveIntegerField(_("minutes recorded"), db_default=0)
    estimated_minutes = models.PositiveIntegerField(_("minutes estimated"), db_default=0)
    unmeasured_count = models.PositiveIntegerField(_("contacts without any minutes"), db_default=0)
    tier = models.CharField(_("value tier"), max_length=10, choices=Tier, db_default=Tier.UNKNOWN)
    tier_reason = models.CharField(_("reason of the tier"), max_length=20)
    tier_facts = models.JSONField(_("facts of the tier"))
    possible_tiers = ArrayField(models.CharField(max_length=10), verbose_name=_("tiers the interval allows"))
    fit_id = models.UUIDField(null=True, editable=False)
    inputs = models.CharField(_("hash of the inputs"), max_length=64)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        abstract = True


class AccountValue(Figures, WalledModel):
    """What an account is worth now: narrow, rewritten where it changed."""

    account = models.OneToOneField(
        Account, models.CASCADE, primary_key=True, related_name="value", verbose_name=_("account")
    )

    objects = ValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("account value")
        verbose_name_plural = _("account values")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) ^ models.Q(refusal=""), name="a_value_or_its_refusal"
            ),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True)
                | models.Q(low__lte=models.F("amount"), high__gte=models.F("amount")),
                name="a_value_lies_in_its_interval",
            ),
            models.CheckConstraint(
                condition=models.Q(cost__isnull=True) ^ models.Q(cost_refusal=""), name="a_cost_or_its_refusal"
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=False, cost_ahead__isnull=False)
                | models.Q(tier=Tier.UNKNOWN)
                | models.Q(tier_reason="strategic"),
                name="a_tier_needs_value_and_cost",
            ),
        )
        indexes = (
            models.Index(fields=["tier", "account"], name="value_by_tier"),
            models.Index(fields=["-amount", "account"], name="value_by_amount"),
            models.Index(fields=["-cost", "account"], name="value_by_cost"),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @property
    def recorded_share(self) -> float | None:
        """The share of the minutes that somebody wrote down; the rest is estimated. None where there are none."""
        whole = self.recorded_minutes + self.estimated_minutes
        return self.recorded_minutes / whole if whole else None


class Valuation(Figures, WalledModel):
    """One valuation of an account, kept for ever. Partitioned by month of `computed_at`; written when anything of it changed."""

    append_only = True

    pk = models.CompositePrimaryKey("account_id", "computed_at")
    account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="valuations", db_index=False, db_constraint=False
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ValueQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
