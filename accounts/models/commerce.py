"""What an account pays: contracts, the movements of its revenue, and renewals."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.querysets import FactQuerySet, RenewalQuerySet, RevenueMovementQuerySet
from cshub.db.models import AppendOnlyModel, TenantModel


class Contract(TenantModel):
    """A commitment with a term. Its lines carry the money."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        ENDED = "ended", _("Ended")

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="contracts", db_index=False, verbose_name=_("account")
    )
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    name = models.CharField(_("name"), max_length=300, blank=True, db_default="")
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(
        _("ends on"), null=True, blank=True, help_text=_("The first day that is no longer covered; empty: open-ended.")
    )
    term_months = models.PositiveSmallIntegerField(_("term in months"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    auto_renews = models.BooleanField(_("renews by itself"), default=False, db_default=False)
    notice_days = models.PositiveSmallIntegerField(_("notice period in days"), default=0, db_default=0)
    escalator_percent = models.DecimalField(
        _("yearly escalator in percent"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("The price goes up by this much at each anniversary inside the term."),
    )
    co_term_with = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="co_termed",
        db_index=False,
        verbose_name=_("ends together with"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    attributes = models.JSONField(
        _("further fields"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = (
            models.CheckConstraint(condition=~models.Q(external_id=""), name="contract_has_an_external_id"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                name="contract_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(escalator_percent__isnull=True) | models.Q(escalator_percent__range=(-50, 100)),
                name="escalator_is_a_sane_percentage",
            ),
        )
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["account"],
                include=["starts_on", "ends_on", "notice_days", "term_months", "recorded_at"],
                name="contract_by_account",
            ),
            models.Index(fields=["recorded_at"], name="contract_by_arrival"),
            models.Index(
                fields=["co_term_with"], condition=models.Q(co_term_with__isnull=False), name="contract_by_main"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.external_id


class ContractLine(TenantModel):
    """One product on a contract. `arr` is the sum of the line's movements, written together with them."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="lines", verbose_name=_("contract"))
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    product = models.CharField(_("product"), max_length=200, blank=True, db_default="")
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=2, null=True, blank=True)
    arr = models.DecimalField(_("annual recurring revenue"), max_digits=18, decimal_places=2, default=0, db_default=0)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract line")
        verbose_name_plural = _("contract lines")
        constraints = (models.CheckConstraint(condition=models.Q(arr__gte=0), name="line_arr_is_never_negative"),)

    def __str__(self) -> str:
        return self.product or self.external_id


class RevenueMovement(AppendOnlyModel):
    """One change of the annual recurring revenue. The sum of all movements is the ARR, at every date."""

    class Kind(models.TextChoices):
        NEW = "new", _("New")
        EXPANSION = "expansion", _("Expansion")
        CONTRACTION = "contraction", _("Contraction")
        CHURN = "churn", _("Churn")
        REACTIVATION = "reactivation", _("Reactivation")
        PRICE = "price", _("Price change")
        FX = "fx", _("Exchange rate")
        TRANSFER = "transfer", _("Moved between accounts")
        CORRECTION = "correction", _("Correction")

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="movements", db_index=False, verbose_name=_("account")
    )
    line = models.ForeignKey(
        ContractLine, models.PROTECT, null=True, blank=True, related_name="movements", verbose_name=_("line")
    )
    occurred_on = models.DateField(_("occurred on"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount = models.DecimalField(_("amount a year"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    source_ref = models.CharField(
        _("source"),
        max_length=200,
        null=True,
        blank=True,
        unique=True,
        help_text=_("What told us; the same source is booked once."),
    )

    objects = RevenueMovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("revenue movement")
        verbose_name_plural = _("revenue movements")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["new", "expansion", "reactivation"], amount__gt=0)
                | models.Q(kind__in=["contraction", "churn"], amount__lt=0)
                | models.Q(kind__in=["price", "fx", "transfer", "correction"]),
                name="movement_sign_fits_its_kind",
            ),
            models.CheckConstraint(condition=~models.Q(amount=0), name="movement_moves_something"),
        )
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["account", "occurred_on"], include=["amount", "recorded_at"], name="movement_by_account"
            ),
            models.Index(fields=["recorded_at"], name="movement_by_arrival"),
            models.Index(fields=["occurred_on", "kind"], name="movement_by_date"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Renewal(TenantModel):
    """A contract's term running out: what is due, and when notice has to be given."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="renewals", verbose_name=_("account"))
    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="renewals", db_index=False, verbose_name=_("contract")
    )
    due_on = models.DateField(_("due on"))
    notice_by = models.DateField(_("notice by"), null=True, blank=True)
    arr_due = models.DecimalField(_("ARR due"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        constraints = (
            models.UniqueConstraint(fields=["contract", "due_on"], name="a_term_falls_due_once"),
            models.CheckConstraint(condition=models.Q(arr_due__gte=0), name="arr_due_is_never_negative"),
        )
        indexes = (models.Index(fields=["due_on", "account"], name="renewal_by_due_date"),)

    def __str__(self) -> str:
        return f"{self.due_on}"


class RenewalDecision(AppendOnlyModel):
    """How a renewal ended. Written once; nobody can reword it later."""

    class Decision(models.TextChoices):
        RENEWED = "renewed", _("Renewed")
        CHURNED = "churned", _("Churned")

    renewal = models.OneToOneField(Renewal, models.PROTECT, related_name="decision", verbose_name=_("renewal"))
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    arr_renewed = models.DecimalField(_("ARR renewed"), max_digits=18, decimal_places=2)
    decided_on = models.DateField(_("decided on"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    source_ref = models.CharField(_("source"), max_length=200, blank=True, db_default="")

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("renewal decision")
        verbose_name_plural = _("renewal decisions")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decision="renewed", arr_renewed__gte=0)
                | models.Q(decision="churned", arr_renewed=0),
                name="churned_means_nothing_renewed",
            ),
        )

    def __str__(self) -> str:
        return self.decision
