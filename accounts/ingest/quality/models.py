"""How often each kind of fact is expected, and which accounts look like one customer."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.ingest.models import Kind
from accounts.models import Account
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel
from cshub.db.walls import WalledModel


class Rhythm(TenantModel):
    """After how many days without news a kind of fact counts as stale here. Kinds without a row have their usual rhythm."""

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, unique=True)
    stale_after_days = models.PositiveSmallIntegerField(_("stale after so many days"))
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("rhythm")
        verbose_name_plural = _("rhythms")
        ordering = ("kind",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(stale_after_days__range=(1, 3650)), name="a_rhythm_is_a_number_of_days"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.stale_after_days}"


class LikelyDuplicate(TenantModel):
    """Two accounts that look like one customer, with what they have in common. The one recorded earlier stands first. Rewritten by each search."""

    first = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("one account"))
    second = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("other account"))
    strength = models.DecimalField(
        _("strength"), max_digits=4, decimal_places=3, help_text=_("0 to 1, from everything the two have in common.")
    )
    name_likeness = models.DecimalField(
        _("likeness of names"), max_digits=4, decimal_places=3, help_text=_("1: the same without the legal form.")
    )
    domain = models.CharField(_("web domain in common"), max_length=253, blank=True, db_default="")
    email_count = models.PositiveIntegerField(_("e-mail addresses in common"), default=0, db_default=0)
    found_at = models.DateTimeField(_("found at"))

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("likely duplicate")
        verbose_name_plural = _("likely duplicates")
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_found_once"),
            models.CheckConstraint(
                condition=~models.Q(first=models.F("second")), name="an_account_is_no_duplicate_of_itself"
            ),
        )
        indexes = (models.Index(fields=["-strength", "id"], name="likely_duplicate_by_strength"),)

    def __str__(self) -> str:
        return f"{self.first_id} ≈ {self.second_id}"


class DuplicateSearch(WalledModel):
    """When the tenant's accounts were last compared, and what came of it: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    searched_at = models.DateTimeField(_("searched at"))
    pair_count = models.PositiveIntegerField(_("pairs"))

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")

    def __str__(self) -> str:
        return f"{self.searched_at}"
