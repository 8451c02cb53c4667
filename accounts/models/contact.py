"""A person at an account."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.querysets import FactQuerySet
from cshub.db.models import AppendOnlyModel, TenantModel


class Contact(TenantModel):
    """A person at an account, with the part they play there."""

    class Role(models.TextChoices):
        CHAMPION = "champion", _("Champion")
        SPONSOR = "sponsor", _("Sponsor")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        USER = "user", _("User")
        BILLING = "billing", _("Billing")

    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts", verbose_name=_("account"))
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
    attributes = models.JSONField(
        _("further fields"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="contact_has_a_name"),)
        indexes = (models.Index(fields=["recorded_at"], name="contact_by_arrival"),)

    def __str__(self) -> str:
        return self.name


class RoleChange(AppendOnlyModel):
    """A person took another part at the account, or left it (`to_role` is empty)."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="role_changes", verbose_name=_("contact"))
    from_role = models.CharField(_("from"), max_length=20, choices=Contact.Role, blank=True)
    to_role = models.CharField(_("to"), max_length=20, choices=Contact.Role, blank=True)
    occurred_on = models.DateField(_("occurred on"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("role change")
        verbose_name_plural = _("role changes")
        indexes = (models.Index(fields=["contact", "-occurred_on"], name="role_change_by_contact"),)

    def __str__(self) -> str:
        return f"{self.from_role} → {self.to_role}"


class Consent(AppendOnlyModel):
    """A person allowed a channel or took that back. The latest row of a channel counts; no row means nobody asked."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        SMS = "sms", _("SMS")
        IN_APP = "in_app", _("In the product")

    class State(models.TextChoices):
        GRANTED = "granted", _("Granted")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents", verbose_name=_("contact"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    state = models.CharField(_("state"), max_length=10, choices=State)
    source = models.CharField(_("how we know"), max_length=300, blank=True, db_default="")
    occurred_at = models.DateTimeField(_("given or withdrawn at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = (models.Index(fields=["contact", "channel", "-occurred_at"], name="consent_by_contact"),)

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class ContactWindow(TenantModel):
    """Hours in which a person wants to be called, in the person's own time zone."""

    class Origin(models.TextChoices):
        DECLARED = "declared", _("Declared")
        LEARNED = "learned", _("Learned")

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="windows", verbose_name=_("contact"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), help_text=_("0 is Monday."))
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("to"))
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.DECLARED)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact window")
        verbose_name_plural = _("contact windows")
        ordering = ("weekday", "starts_at")
        constraints = (
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="window_is_on_a_weekday"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="window_ends_after_it_starts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts_at}–{self.ends_at}"
