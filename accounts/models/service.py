"""What an account asked of the tenant's help desk."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel


class Ticket(TenantModel):
    """A support ticket as the help desk tells it. Worked there, not here."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        PENDING = "pending", _("Waiting for the customer")
        RESOLVED = "resolved", _("Resolved")

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    account = models.ForeignKey(Account, models.CASCADE, related_name="tickets", verbose_name=_("account"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("contact")
    )
    external_id = models.CharField(_("external ID"), max_length=200, unique=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True, db_default="")
    channel = models.CharField(_("channel"), max_length=40, blank=True, db_default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN, db_default=Status.OPEN)
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority, default=Priority.NORMAL, db_default=Priority.NORMAL
    )
    opened_at = models.DateTimeField(_("opened at"))
    first_replied_at = models.DateTimeField(_("first reply at"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    reopened_count = models.PositiveIntegerField(_("times reopened"), default=0, db_default=0)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, help_text=_("1 (bad) to 5 (good).")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = (
            models.CheckConstraint(condition=~models.Q(external_id=""), name="ticket_has_an_external_id"),
            models.CheckConstraint(
                condition=models.Q(first_replied_at__isnull=True)
                | models.Q(first_replied_at__gte=models.F("opened_at")),
                name="ticket_is_answered_after_it_is_opened",
            ),
            models.CheckConstraint(
                condition=models.Q(resolved_at__isnull=True) | models.Q(resolved_at__gte=models.F("opened_at")),
                name="ticket_is_resolved_after_it_is_opened",
            ),
            models.CheckConstraint(
                condition=models.Q(satisfaction__isnull=True) | models.Q(satisfaction__range=(1, 5)),
                name="ticket_satisfaction_is_on_its_scale",
            ),
        )
        indexes = (
            models.Index(fields=["account", "-opened_at"], name="ticket_by_account"),
            models.Index(fields=["recorded_at"], name="ticket_by_arrival"),
            models.Index(
                fields=["opened_at", "account"], condition=models.Q(resolved_at__isnull=True), name="ticket_unresolved"
            ),
        )

    def __str__(self) -> str:
        return self.subject or self.external_id
