"""Who is told by mail whose health changed, and until when they know."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cshub.db.models import TenantModel
from cshub.db.walls import WalledQuerySet


class HealthMailing(TenantModel):
    """How often a person is told which accounts of their book changed band. Without a row it is every day."""

    class Every(models.TextChoices):
        DAY = "day", _("Every morning")
        WEEK = "week", _("Monday morning")
        NEVER = "never", _("Never")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="health_mailing", verbose_name=_("user")
    )
    every = models.CharField(_("mail about health"), max_length=10, choices=Every, default=Every.DAY)
    told_until = models.DateTimeField(_("told until"), null=True, blank=True)

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail about health")
        verbose_name_plural = _("mails about health")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(every__in=("day", "week", "never")), name="health_mails_come_daily_weekly_or_never"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.every}"
