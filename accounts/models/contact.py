"""A person at an account."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel


class Contact(TenantModel):
    """A person at an account, with the part they play there."""

    class Role(models.TextChoices):
        CHAMPION = "champion", _("Champion")
        SPONSOR = "sponsor", _("Sponsor")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        USER = "user", _("User")
        BILLING = "billing", _("Billing")

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts")
    external_id = models.CharField(_("external ID"), max_length=200, null=True, blank=True, unique=True)
    name = models.CharField(_("name"), max_length=300)
    email = models.EmailField(_("e-mail"), blank=True, db_default="")
    phone = models.CharField(_("phone"), max_length=50, blank=True, db_default="")
    title = models.CharField(_("job title"), max_length=200, blank=True, db_default="")
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.USER, db_default=Role.USER)
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="")
    timezone = models.CharField(_("time zone"), max_length=64, blank=True, db_default="")
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="contact_has_a_name"),)

    def __str__(self) -> str:
        return self.name
