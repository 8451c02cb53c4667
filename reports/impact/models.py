"""What the work was worth: outcomes, claims with evidence, the ledger, experiments and their estimates."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Account, Renewal, RevenueMovement
from cshub.db.models import AppendOnlyModel, TenantModel
from playbooks.models import PlaybookVersion
from reports.impact.querysets import ProofQuerySet


class Outcome(AppendOnlyModel):
    """Something that happened to an account's revenue: what a claim can be about. Derived from renewal decisions and movements, once each."""

    class Kind(models.TextChoices):
        RENEWED = "renewed", _("Renewed")
        CHURNED = "churned", _("Churned")
        EXPANDED = "expanded", _("Expanded")
        CONTRACTED = "contracted", _("Contracted")

    account = models.ForeignKey(Account, models.PROTECT, related_name="outcomes")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    renewal = models.OneToOneField(Renewal, models.PROTECT, null=True, blank=True, related_name="outcome")
    movement = models.OneToOneField(RevenueMovement, models.PROTECT, null=True, blank=True, related_name="outcome")
    amount = models.DecimalField(_("amount a year"), max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    occurred_on = models.DateField(_("occurred on"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(renewal__isnull=False, movement__isnull=True)
                | models.Q(renewal__isnull=True, movement__isnull=False),
                name="an_outcome_is_a_renewal_or_a_movement",
            ),
        )
        indexes = (models.Index(fields=["occurred_on", "id"], name="outcome_by_date"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class CreditBalance(TenantModel):
    """How much of an outcome has been credited. Changed under a row lock in the transaction of the ledger entry."""

    outcome = models.OneToOneField(Outcome, models.PROTECT, related_name="balance")
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    credited = models.DecimalField(max_digits=18, decimal_places=2, default=0, db_default=0)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit balance")
        verbose_name_plural = _("credit balances")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(credited__gte=0, credited__lte=models.F("amount")),
                name="credit_never_exceeds_movement",
            ),
        )

    def __str__(self) -> str:
        return f"{self.credited} of {self.amount}"


class Claim(TenantModel):
    """A person says: we contributed to this outcome, and here is what shows it."""

    class Kind(models.TextChoices):
        SAVE = "save", pgettext_lazy("kind of claim", "Save")
        RENEWAL = "influenced_renewal", _("Influenced renewal")
        EXPANSION = "expansion", _("Expansion")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting for review")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Support(models.TextChoices):
        NONE = "none", _("No evidence")
        ACTIVITY = "activity_logged", _("Activity logged")
        CONFIRMED = "customer_confirmed", _("Confirmed by the customer")

    number = models.PositiveIntegerField(_("number"), unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    account = models.ForeignKey(Account, models.PROTECT, related_name="claims")
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="claims")
    amount = models.DecimalField(_("claimed amount a year"), max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    narrative = models.TextField(_("what we did"))
    claimant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    support = models.CharField(_("support"), max_length=30, choices=Support, default=Support.NONE)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = (models.CheckConstraint(condition=models.Q(amount__gt=0), name="a_claim_claims_something"),)
        indexes = (models.Index(fields=["state", "-created_at"], name="claim_by_state"),)

    def __str__(self) -> str:
        return f"I-{self.number}"


class Evidence(AppendOnlyModel):
    """A record that shows a claim, as it was when it was cited."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="evidence")
    object_type = models.CharField(_("record"), max_length=60)
    object_id = models.UUIDField()
    label = models.CharField(_("what it is"), max_length=300)
    content = models.JSONField(_("content when cited"))
    content_hash = models.CharField(max_length=64)
    confirms = models.BooleanField(_("the customer's own words"), default=False)
    captured_at = models.DateTimeField(_("captured at"))

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("cited record")
        verbose_name_plural = _("cited records")
        constraints = (
            models.UniqueConstraint(
                fields=["claim", "object_type", "object_id"], name="a_record_is_cited_once_a_claim"
            ),
        )

    def __str__(self) -> str:
        return self.label


class Review(AppendOnlyModel):
    """Somebody other than the claimant agreed, or did not."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    claim = models.OneToOneField(Claim, models.PROTECT, related_name="review")
    claimant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField(_("decision"), max_length=20, choices=Decision)
    note = models.TextField(_("note"), blank=True, default="")
    decided_at = models.DateTimeField(_("decided at"))

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(claimant=models.F("reviewer")), name="the_reviewer_is_not_the_claimant"
            ),
        )

    def __str__(self) -> str:
        return self.decision


class LedgerEntry(AppendOnlyModel):
    """Money credited to a claim, or taken back. Numbered without gaps and chained by hashes."""

    class Kind(models.TextChoices):
        CREDIT = "credit", _("Credit")
        REVERSAL = "reversal", _("Reversal")

    seq = models.PositiveBigIntegerField(_("number"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="ledger_entries")
    account = models.ForeignKey(Account, models.PROTECT, related_name="ledger_entries")
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="ledger_entries")
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    occurred_on = models.DateField(_("occurred on"))
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    reason = models.TextField(_("reason"), blank=True, default="")
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    previous_hash = models.CharField(max_length=64)
    entry_hash = models.CharField(max_length=64)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="credit", amount__gt=0, reverses__isnull=True)
                | models.Q(kind="reversal", amount__lt=0, reverses__isnull=False),
                name="a_reversal_takes_back_a_credit",
            ),
        )

    def __str__(self) -> str:
        return f"{self.seq}: {self.amount} {self.currency}"


class LedgerHead(TenantModel):
    """The last number and hash of the ledger; locked while an entry is written."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    seq = models.PositiveBigIntegerField(default=0)
    claim_number = models.PositiveIntegerField(default=0)
    entry_hash = models.CharField(max_length=64, default="")

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("head of the ledger")
        verbose_name_plural = _("head of the ledger")
        constraints = (models.CheckConstraint(condition=models.Q(only=True), name="there_is_one_ledger_head"),)

    def __str__(self) -> str:
        return str(self.seq)


class Experiment(AppendOnlyModel):
    """The comparison a playbook version registered when it was approved. Nothing in it can change."""

    version = models.OneToOneField(PlaybookVersion, models.PROTECT, related_name="experiment")
    question = models.TextField(_("question"))
    primary_outcome = models.CharField(_("primary outcome"), max_length=20)
    holdout_share = models.DecimalField(max_digits=4, decimal_places=3)
    strata = models.JSONField(_("strata"))
    salt = models.CharField(max_length=64)
    horizon_days = models.PositiveIntegerField()
    registered_at = models.DateTimeField(_("registered at"))
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")

    def __str__(self) -> str:
        return self.question


class Estimate(AppendOnlyModel):
    """The experiment's number at a date: with its interval, its diagnostics and its verdict, which can be that nothing can be said yet.

    `point`, `low` and `high` stand together or not at all: a number without its interval is not kept.
    """

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="estimates")
    as_of = models.DateTimeField(_("as of"))
    outcome = models.CharField(_("measured on"), max_length=20)
    method = models.CharField(_("method"), max_length=300)
    grade = models.CharField(_("grade"), max_length=1)
    verdict = models.CharField(_("verdict"), max_length=40)
    point = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    treated_count = models.PositiveIntegerField()
    held_out_count = models.PositiveIntegerField()
    reasons = models.JSONField(default=list)
    diagnostics = models.JSONField(default=dict)
    data_hash = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("estimate")
        verbose_name_plural = _("estimates")
        constraints = (
            models.UniqueConstraint(
                fields=["experiment", "outcome", "as_of"], name="an_experiment_is_estimated_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(point__isnull=True, low__isnull=True, high__isnull=True)
                | models.Q(point__isnull=False, low__isnull=False, high__isnull=False),
                name="a_point_stands_in_its_interval",
            ),
        )

    def __str__(self) -> str:
        return self.verdict
