"""What an account buys piece by piece, and what it was billed and paid."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.commerce import Contract
from accounts.querysets import FactQuerySet, InvoiceQuerySet
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledModel


class Product(TenantModel):
    """Something the tenant sells by the piece."""

    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    name = models.CharField(_("name"), max_length=300)
    unit = models.CharField(_("unit"), max_length=40, blank=True, db_default="")

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("name", "id")
        constraints = (models.CheckConstraint(condition=~models.Q(external_id=""), name="product_has_an_external_id"),)

    def __str__(self) -> str:
        return self.name


class Order(TenantModel):
    """One purchase. `amount` is the sum of its lines where it has any."""

    class Status(models.TextChoices):
        PLACED = "placed", _("Placed")
        CANCELLED = "cancelled", _("Cancelled")

    account = models.ForeignKey(Account, models.CASCADE, related_name="orders", verbose_name=_("account"))
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    ordered_on = models.DateField(_("ordered on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.PLACED, db_default=Status.PLACED
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = (models.CheckConstraint(condition=~models.Q(external_id=""), name="order_has_an_external_id"),)
        indexes = (
            models.Index(fields=["account", "-ordered_on"], name="order_by_account"),
            models.Index(fields=["recorded_at"], name="order_by_arrival"),
            models.Index(fields=["ordered_on", "account"], name="order_by_date"),
        )

    def __str__(self) -> str:
        return self.external_id


class OrderLine(TenantModel):
    """One product on an order."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", verbose_name=_("order"))
    number = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(Product, models.PROTECT, related_name="order_lines", verbose_name=_("product"))
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = (
            models.UniqueConstraint(fields=["order", "number"], name="order_lines_are_numbered"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="order_line_has_a_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.number}"


class Invoice(TenantModel):
    """What an account was asked to pay, and by when. Paid when its payments reach its amount."""

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="invoices", db_index=False, verbose_name=_("account")
    )
    contract = models.ForeignKey(
        Contract, models.SET_NULL, null=True, blank=True, related_name="invoices", verbose_name=_("contract")
    )
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"))
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, help_text=_("Negative for a credit note.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = (
            models.CheckConstraint(condition=~models.Q(external_id=""), name="invoice_has_an_external_id"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("issued_on")), name="invoice_is_due_after_its_issue"
            ),
        )
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["account", "-issued_on"],
                include=["id", "due_on", "amount", "currency", "recorded_at"],
                name="invoice_by_account",
            ),
            models.Index(fields=["recorded_at"], name="invoice_by_arrival"),
            models.Index(fields=["due_on", "account"], name="invoice_by_due_date"),
        )

    def __str__(self) -> str:
        return self.external_id


class Payment(TenantModel):
    """Money that came in for an invoice, or went back (negative)."""

    invoice = models.ForeignKey(
        Invoice, models.CASCADE, related_name="payments", db_index=False, verbose_name=_("invoice")
    )
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = (
            models.CheckConstraint(condition=~models.Q(external_id=""), name="payment_has_an_external_id"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="payment_is_not_nothing"),
        )
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["invoice"], include=["paid_on", "amount", "recorded_at"], name="payment_by_invoice"
            ),
        )

    def __str__(self) -> str:
        return self.external_id


class Replenishment(WalledModel):
    """When an account's stock of a product is expected to run out, told from its own orders. Rewritten as orders come in."""

    pk = models.CompositePrimaryKey("account_id", "product_id")
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="replenishments", db_index=False, verbose_name=_("account")
    )
    product = models.ForeignKey(Product, models.CASCADE, related_name="replenishments", verbose_name=_("product"))
    order_count = models.PositiveIntegerField(_("orders"))
    last_ordered_on = models.DateField(_("last ordered on"))
    last_quantity = models.DecimalField(_("last quantity"), max_digits=18, decimal_places=4)
    typical_days = models.DecimalField(
        _("typical days between orders"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    runs_out_on = models.DateField(_("runs out on"), null=True, blank=True)
    runs_out_from = models.DateField(_("earliest"), null=True, blank=True)
    runs_out_until = models.DateField(_("latest"), null=True, blank=True)
    computed_at = models.DateTimeField(_("computed at"))

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("replenishment")
        verbose_name_plural = _("replenishments")
        indexes = (models.Index(fields=["runs_out_on", "account"], name="replenishment_by_date"),)

    def __str__(self) -> str:
        return f"{self.runs_out_on}"


class ExchangeRate(AppendOnlyModel):
    """What one unit of `currency` was worth in `base` on a day. A corrected rate is a later row of the same day."""

    base = models.CharField(_("into"), max_length=3)
    currency = models.CharField(_("currency"), max_length=3)
    valid_on = models.DateField(_("valid on"))
    rate = models.DecimalField(_("rate"), max_digits=20, decimal_places=10)
    source = models.CharField(_("source"), max_length=200, blank=True, db_default="")
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = (
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(base=models.F("currency")), name="rate_is_between_two_currencies"
            ),
            models.UniqueConstraint(
                fields=["base", "currency", "valid_on", "recorded_at"], name="a_rate_is_said_once_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.currency}/{self.base} {self.valid_on}: {self.rate}"
