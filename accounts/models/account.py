"""The tenant's customer, and what it is worth a year."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Left, Now
from django.utils.translation import gettext_lazy as _

from accounts.querysets import AccountQuerySet, FactQuerySet
from cshub.db.folding import Folded
from cshub.db.models import TenantModel
from cshub.db.walls import WalledModel

MOST_SEARCHED = (
    600  # name and ID are shorter; decomposed they may not be, and an index row holds so many letters of four bytes
)


class Account(TenantModel):
    """A customer of the tenant. Its revenue is the sum of its movements and stands in AccountRevenue; its health in health.AccountHealth."""

    class Status(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        ONBOARDING = "onboarding", _("Onboarding")
        ACTIVE = "active", _("Active")
        CHURNED = "churned", _("Churned")
        MERGED = "merged", _("Merged into another")

    class Stage(models.TextChoices):
        HANDOFF = "handoff", _("Handoff")
        ONBOARDING = "onboarding", _("Onboarding")
        ADOPTION = "adoption", _("Adoption")
        VALUE = "value", _("Value realized")
        GROWTH = "growth", _("Growth")
        RENEWAL = "renewal", _("Renewal")
        ADVOCACY = "advocacy", _("Advocacy")
        CHURNED = "churned", _("Churned")

    external_id = models.CharField(
        _("external ID"), max_length=200, unique=True, help_text=_("The key your own systems use.")
    )
    name = models.CharField(_("name"), max_length=300)
    domain = models.CharField(_("web domain"), max_length=253, blank=True, db_default="")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        db_index=False,
        verbose_name=_("parent account"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="accounts",
        db_index=False,
        verbose_name=_("owner"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=Status, default=Status.ACTIVE, db_default=Status.ACTIVE
    )
    stage = models.CharField(_("lifecycle stage"), max_length=20, choices=Stage, blank=True, db_default="")
    stage_since = models.DateTimeField(_("in this stage since"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="absorbed",
        db_index=False,
        verbose_name=_("merged into"),
    )
    segment = models.CharField(_("segment"), max_length=100, blank=True, db_default="")
    industry = models.CharField(_("industry"), max_length=100, blank=True, db_default="")
    region = models.CharField(_("region"), max_length=100, blank=True, db_default="")
    timezone = models.CharField(_("time zone"), max_length=64, blank=True, db_default="")
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="")
    customer_since_on = models.DateField(_("customer since"), null=True, blank=True)
    churned_on = models.DateField(_("churned on"), null=True, blank=True)
    attributes = models.JSONField(
        _("further fields"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    folded = models.GeneratedField(
        expression=Left(Folded("name", "external_id"), MOST_SEARCHED),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )  # what search looks through; ordered by bytes, so that an index finds beginnings
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = (
            models.CheckConstraint(condition=~models.Q(external_id=""), name="account_has_an_external_id"),
            models.CheckConstraint(condition=~models.Q(name=""), name="account_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="account_is_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(status="merged", merged_into__isnull=False)
                | (~models.Q(status="merged") & models.Q(merged_into__isnull=True)),
                name="merged_account_names_its_survivor",
            ),
        )
        indexes = (
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["recorded_at"], name="account_by_arrival"),
            models.Index(fields=["owner", "name", "id"], name="account_by_owner"),
            models.Index(  # few accounts stand below another
                fields=["parent"], condition=models.Q(parent__isnull=False), name="account_by_parent"
            ),
            models.Index(
                fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="account_by_survivor"
            ),
            models.Index(fields=["status", "id"], name="account_by_status"),
            models.Index(fields=["region", "id"], name="account_by_region"),
            models.Index(fields=["segment", "id"], name="account_by_segment"),
            models.Index(fields=["folded", "id"], name="account_by_folded_beginning"),
            GinIndex(fields=["folded"], opclasses=["public.gin_trgm_ops"], name="account_by_folded_text"),
        )

    def __str__(self) -> str:
        return self.name


class AccountRevenue(WalledModel):
    """Current ARR and next renewal of an account: narrow, so that lists sort fast. Written only with the movements it sums up."""

    account = models.OneToOneField(
        Account, models.CASCADE, primary_key=True, related_name="revenue", verbose_name=_("account")
    )
    arr = models.DecimalField(_("annual recurring revenue"), max_digits=18, decimal_places=2, default=0, db_default=0)
    currency = models.CharField(_("currency"), max_length=3)
    next_renewal_on = models.DateField(_("next renewal"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("revenue of an account")
        verbose_name_plural = _("revenue of accounts")
        constraints = (models.CheckConstraint(condition=models.Q(arr__gte=0), name="arr_is_never_negative"),)
        indexes = (
            models.Index(fields=["-arr", "account"], name="revenue_by_arr"),
            models.Index(fields=["next_renewal_on", "account"], name="revenue_by_renewal"),
        )

    def __str__(self) -> str:
        return f"{self.arr} {self.currency}"


class ChangedAccount(WalledModel):
    """An account whose facts changed after it was last scored. Whoever scores it takes the row away.

    The database does not look each account up: notes are written by the million, and one of an account that is gone is taken and means nothing.
    """

    account = models.OneToOneField(
        Account,
        models.CASCADE,
        primary_key=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("account"),
    )
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("changed account")
        verbose_name_plural = _("changed accounts")

    def __str__(self) -> str:
        return f"{self.account_id}"
