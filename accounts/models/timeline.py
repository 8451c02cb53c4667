"""What happened between us and an account."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.querysets import InteractionQuerySet
from cshub.db.models import AppendOnlyModel


class Mode(models.TextChoices):
    """Who started it: proactive, we did; reactive, the customer did."""

    PROACTIVE = "proactive", _("Proactive")
    REACTIVE = "reactive", _("Reactive")


class Interaction(AppendOnlyModel):
    """A call, mail, meeting or note, with the minutes it took. Written once, so that it can be cited as evidence."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        CHAT = "chat", _("Chat")
        NOTE = "note", _("Note")
        TASK = "task", _("Task")

    class Direction(models.TextChoices):
        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")
        INTERNAL = "internal", _("Internal")

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="interactions", db_index=False, verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="interactions", verbose_name=_("contact")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="interactions",
        verbose_name=_("user"),
    )
    external_id = models.CharField(_("external ID"), max_length=200, null=True, blank=True, unique=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
    direction = models.CharField(_("direction"), max_length=20, choices=Direction)
    mode = models.CharField(_("mode"), max_length=20, choices=Mode)
    minutes = models.PositiveIntegerField(_("minutes"), default=0, db_default=0)
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"), blank=True, db_default="")
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["account", "-occurred_at"],
                include=["direction", "mode", "minutes", "recorded_at"],
                name="interaction_by_account",
            ),
            models.Index(fields=["recorded_at"], name="interaction_by_arrival"),
            models.Index(fields=["-occurred_at", "id"], name="interaction_by_time"),
        )

    def __str__(self) -> str:
        return self.subject
