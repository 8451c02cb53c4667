"""What people at an account said when asked."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel


class SurveyResponse(TenantModel):
    """One answer to a survey. Scores run 0–10 for NPS and 1–5 or 1–7 for CSAT and CES."""

    class Kind(models.TextChoices):
        NPS = "nps", "NPS"
        CSAT = "csat", "CSAT"
        CES = "ces", "CES"

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="survey_responses", db_index=False, verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="survey_responses", verbose_name=_("contact")
    )
    external_id = models.CharField(_("external ID"), max_length=200, null=True, blank=True, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    score = models.PositiveSmallIntegerField(_("score"))
    verbatim = models.TextField(_("comment"), blank=True, db_default="")
    occurred_at = models.DateTimeField(_("answered at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("survey answer")
        verbose_name_plural = _("survey answers")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="nps", score__lte=10)
                | models.Q(kind="csat", score__range=(1, 5))
                | models.Q(kind="ces", score__range=(1, 7)),
                name="survey_score_is_on_its_scale",
            ),
        )
        indexes = (
            models.Index(  # carries what is read of all accounts at once
                fields=["account", "-occurred_at"], include=["kind", "score", "recorded_at"], name="response_by_account"
            ),
            models.Index(fields=["recorded_at"], name="response_by_arrival"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.score}"
