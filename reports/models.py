"""What the board reads: what customer success costs, the assumptions of finance, and report runs that freeze."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cshub.db.models import AppendOnlyModel, TenantModel
from reports.impact.querysets import ProofQuerySet


class CostEntry(AppendOnlyModel):
    """Money customer success cost in a period: salaries, tools, vendors. A correction is a further entry, which may be negative."""

    class Category(models.TextChoices):
        SALARIES = "salaries", _("Salaries")
        TOOLS = "tools", _("Tools")
        VENDORS = "vendors", _("Vendors")

    name = models.CharField(_("name"), max_length=200)
    category = models.CharField(_("category"), max_length=20, choices=Category)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, not included"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="cost_period_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=~models.Q(amount=0), name="a_cost_is_not_zero"),
        )

    def __str__(self) -> str:
        return self.name


class FinanceAssumption(AppendOnlyModel):
    """What finance lets reports assume from a date on. A change is a new row."""

    gross_margin = models.DecimalField(_("gross margin"), max_digits=4, decimal_places=3, help_text=_("0 to 1"))
    currency = models.CharField(_("reporting currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True, default="")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("finance assumption")
        verbose_name_plural = _("finance assumptions")
        constraints = (
            models.CheckConstraint(condition=models.Q(gross_margin__range=(0, 1)), name="gross_margin_is_a_share"),
        )

    def __str__(self) -> str:
        return f"{self.gross_margin} {self.valid_from}"


class ReportRun(TenantModel):
    """The numbers of one report over one period as they were known at a moment. A draft can be run again; a frozen one cannot change."""

    class Kind(models.TextChoices):
        ROI = "roi", _("Return on customer success")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        FROZEN = "frozen", _("Frozen")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.ROI)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to, not included"))
    as_of = models.DateTimeField(_("as known at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    numbers = models.JSONField(_("numbers"))
    digest = models.CharField(max_length=64, editable=False)
    code_version = models.CharField(max_length=40, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")), name="report_period_ends_after_it_starts"
            ),
        )
        indexes = (models.Index(fields=["-created_at", "id"], name="report_by_time"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"

    @property
    def is_closed(self) -> bool:
        """Whether the period was over when the report was run."""
        return bool(self.numbers["meta"]["is_closed"])

    @property
    def last_day(self) -> date:
        """The last day of the period, the way people name it."""
        return self.ends_on - timedelta(days=1)


class FrozenReport(AppendOnlyModel):
    """The bytes of a report that was frozen, with their digest. Never changed, even by an administrator."""

    run = models.OneToOneField(ReportRun, models.PROTECT, related_name="frozen")
    payload = models.TextField(help_text=_("Canonical JSON of all numbers."))
    digest = models.CharField(max_length=64)
    code_version = models.CharField(max_length=40)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(_("frozen at"))
    stale_inputs = models.JSONField(
        _("stale inputs"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_("Kinds of facts that did not reach to the end of the period, with the last day they told of."),
    )
    stale_reason = models.TextField(_("why it was frozen all the same"), blank=True, default="", db_default="")

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("frozen report")
        verbose_name_plural = _("frozen reports")

    def __str__(self) -> str:
        return self.digest
