"""Who looks after an account, which stage it is in, what it was merged with, and what belongs to it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.models.timeline import Interaction
from accounts.querysets import FactQuerySet
from cshub.db.models import AppendOnlyModel, TenantModel


class Ownership(TenantModel):
    """Somebody owned an account from one moment to another; the open row is the present owner."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="ownerships", verbose_name=_("account"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="ownerships", verbose_name=_("user")
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        constraints = (
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(until__isnull=True), name="an_account_has_one_owner_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="ownership_ends_after_it_starts",
            ),
        )
        indexes = (models.Index(fields=["account", "-since"], name="ownership_by_account"),)

    def __str__(self) -> str:
        return f"{self.user} {self.since}"


class StageChange(AppendOnlyModel):
    """An account moved to another lifecycle stage."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="stage_changes", verbose_name=_("account"))
    from_stage = models.CharField(_("from"), max_length=20, choices=Account.Stage, blank=True)
    to_stage = models.CharField(_("to"), max_length=20, choices=Account.Stage)
    occurred_at = models.DateTimeField(_("occurred at"))
    reason = models.CharField(_("reason"), max_length=300, blank=True, db_default="")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(from_stage=models.F("to_stage")), name="a_stage_change_changes_the_stage"
            ),
        )
        indexes = (models.Index(fields=["account", "-occurred_at"], name="stage_change_by_account"),)

    def __str__(self) -> str:
        return f"{self.from_stage} → {self.to_stage}"


class AccountMerge(AppendOnlyModel):
    """Two accounts turned out to be one (merge), or one of them came apart again (split). Neither is churn."""

    class Kind(models.TextChoices):
        MERGE = "merge", _("Merge")
        SPLIT = "split", _("Split")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    survivor = models.ForeignKey(Account, models.PROTECT, related_name="merges", verbose_name=_("account that stayed"))
    absorbed = models.ForeignKey(
        Account, models.PROTECT, related_name="merged_away", verbose_name=_("account that went into it")
    )
    occurred_on = models.DateField(_("occurred on"))
    reason = models.CharField(_("reason"), max_length=300, blank=True, db_default="")
    moved = models.JSONField(
        _("what moved"), default=dict, help_text=_("Ids of the rows that changed their account, by table.")
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge of accounts")
        verbose_name_plural = _("merges of accounts")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(survivor=models.F("absorbed")), name="an_account_is_not_merged_with_itself"
            ),
        )

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class DistinctPair(TenantModel):
    """Two accounts that look alike and are not: somebody said so, nobody is asked again. The smaller id stands first."""

    first = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("one account"))
    second = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("other account"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("said by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair told apart")
        verbose_name_plural = _("pairs told apart")
        constraints = (models.UniqueConstraint(fields=["first", "second"], name="a_pair_is_told_apart_once"),)

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class CustomField(TenantModel):
    """A field the tenant added to accounts, contacts or contracts; its values stand in their `attributes` under the field's key."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", _("Account")
        CONTACT = "contact", _("Contact")
        CONTRACT = "contract", _("Contract")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")

    subject = models.CharField(_("belongs to"), max_length=10, choices=Subject)
    key = models.SlugField(_("key"), max_length=60)
    label = models.CharField(_("label"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    choices = models.JSONField(_("choices"), default=list, db_default=models.Value([], models.JSONField()), blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("further field")
        verbose_name_plural = _("further fields")
        ordering = ("subject", "label", "id")
        constraints = (
            models.UniqueConstraint(fields=["subject", "key"], name="custom_field_keys_are_unique_in_their_subject"),
            models.CheckConstraint(
                condition=~models.Q(kind="choice") | ~models.Q(choices=[]), name="a_choice_has_something_to_choose"
            ),
        )

    def __str__(self) -> str:
        return self.label


class Attachment(TenantModel):
    """A file kept with an account. The bytes lie below the tenant's folder under a random name."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="attachments", verbose_name=_("account"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="attachments", verbose_name=_("contact")
    )
    interaction = models.ForeignKey(
        Interaction, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("interaction")
    )
    file_name = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    stored_as = models.CharField(_("kept as"), max_length=255, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = (models.Index(fields=["account", "-recorded_at"], name="attachment_by_account"),)

    def __str__(self) -> str:
        return self.file_name
