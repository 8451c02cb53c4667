"""Where events come from, what came in, whom it was about, and what has to wait."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.ingest.events.querysets import SourceQuerySet
from accounts.models import Account, Contact, MetricDefinition
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel
from cshub.db.walls import WalledModel

EVENTS_A_MINUTE = 600_000


class Call(models.TextChoices):
    """The calls of the tracking protocol."""

    TRACK = "track", _("Track")
    IDENTIFY = "identify", _("Identify")
    GROUP = "group", _("Group")
    PAGE = "page", _("Page")
    SCREEN = "screen", _("Screen")
    ALIAS = "alias", _("Alias")
    BATCH = "batch", _("Batch")


class Source(TenantModel):
    """A program that sends events, with its write key: only the digest is kept, the key itself is shown once."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    prefix = models.CharField(_("write key"), max_length=20, unique=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    previous_digest = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    previous_until = models.DateTimeField(_("old key works until"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("takes events"), default=True, db_default=True)
    events_a_minute = models.PositiveIntegerField(
        _("events a minute, at most"), default=EVENTS_A_MINUTE, db_default=EVENTS_A_MINUTE
    )
    last_received_at = models.DateTimeField(_("last received"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("name",)
        constraints = (models.CheckConstraint(condition=models.Q(events_a_minute__gte=1), name="a_source_may_send"),)

    def __str__(self) -> str:
        return self.name


class RawBatch(WalledModel):
    """One request as it came in, written before it was answered; its events are worked off later."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        FOLDED = "folded", _("Worked off")
        FAILED = "failed", _("Stuck")

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="batches", db_index=False, verbose_name=_("source"))
    kind = models.CharField(_("call"), max_length=10, choices=Call)
    received_at = models.DateTimeField(_("received at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    body = models.TextField(_("body"))
    event_count = models.PositiveIntegerField(_("events"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    stored_count = models.PositiveIntegerField(_("stored"), default=0, db_default=0)
    duplicate_count = models.PositiveIntegerField(_("duplicates"), default=0, db_default=0)
    held_count = models.PositiveIntegerField(_("held"), default=0, db_default=0)
    rejected_count = models.PositiveIntegerField(_("in quarantine"), default=0, db_default=0)
    error = models.TextField(_("error"), default="", db_default="", blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("request with events")
        verbose_name_plural = _("requests with events")
        indexes = (
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="raw_batch_waiting"),
            models.Index(fields=["id"], condition=models.Q(state="failed"), name="raw_batch_failed"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class EventName(WalledModel):
    """A name of events as a small number, with the metric its days are summed up in."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200, unique=True)
    metric = models.OneToOneField(MetricDefinition, models.PROTECT, related_name="+", verbose_name=_("metric"))
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("event name")
        verbose_name_plural = _("event names")

    def __str__(self) -> str:
        return self.name


class AppUser(WalledModel):
    """A user of the tenant's product as a number: who they are by their own ID, whom that ID turned out to be, at which account, and as which contact we know them."""

    id = models.BigAutoField(primary_key=True)
    external_id = models.CharField(_("user ID"), max_length=200)
    is_anonymous = models.BooleanField(_("anonymous"))
    alias_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("an earlier ID of")
    )
    alias_at = models.DateTimeField(_("known as that since"), null=True, blank=True)
    same_as = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="aliases", verbose_name=_("the same as")
    )
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="app_users", verbose_name=_("account")
    )
    account_at = models.DateTimeField(_("at this account since"), null=True, blank=True)
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="app_users", verbose_name=_("contact")
    )
    traits = models.JSONField(_("traits"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    traits_at = models.DateTimeField(_("said at"), null=True, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("product user")
        verbose_name_plural = _("product users")
        constraints = (
            models.UniqueConstraint(fields=["external_id", "is_anonymous"], name="a_product_user_is_known_once"),
        )

    def __str__(self) -> str:
        return self.external_id


class AppGroup(WalledModel):
    """What `group` calls said of an account, by the account's external ID."""

    external_id = models.CharField(_("group ID"), max_length=200, primary_key=True)
    traits = models.JSONField(_("traits"), default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    traits_at = models.DateTimeField()

    objects = FactQuerySet.as_manager()

    def __str__(self) -> str:
        return self.external_id


class SeenMessage(WalledModel):
    """A message that was taken in, by source and the digest of its ID: whatever time it carries, it counts once."""

    pk = models.CompositePrimaryKey("source_id", "message")
    source = models.ForeignKey(Source, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    message = models.UUIDField()
    seen_on = models.DateField()

    objects = FactQuerySet.as_manager()

    class Meta:
        indexes = (BrinIndex(fields=["seen_on"], name="seen_message_by_day"),)

    def __str__(self) -> str:
        return str(self.message)


class UsageEvent(WalledModel):
    """Something a user did, under the ID it was sent with: one row an event, found again by the request it came in and its place there."""

    pk = models.CompositePrimaryKey("batch_id", "position", "occurred_at")
    batch_id = models.BigIntegerField()
    position = models.IntegerField()
    occurred_at = models.DateTimeField(_("occurred at"))
    source = models.ForeignKey(Source, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    user = models.ForeignKey(
        AppUser, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    name = models.ForeignKey(EventName, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    message = models.UUIDField()
    properties = models.JSONField(_("properties"), default=dict)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.position}"


class DailyUser(WalledModel):
    """Who used an account's product on a day, for each name of events and, under the name 0, for all of them."""

    pk = models.CompositePrimaryKey("user_id", "day", "account_id", "name_id")
    account = models.ForeignKey(Account, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    day = models.DateField()
    name_id = models.IntegerField()
    user = models.ForeignKey(AppUser, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    objects = FactQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.day} {self.user_id}"


class HeldEvent(WalledModel):
    """An event of a user whose account nobody has named yet; a `group` call brings it in."""

    pk = models.CompositePrimaryKey("batch_id", "position")
    batch_id = models.BigIntegerField()
    position = models.IntegerField()
    occurred_at = models.DateTimeField(_("occurred at"))
    source = models.ForeignKey(Source, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(AppUser, models.CASCADE, null=True, related_name="+")
    group_ref = models.CharField(_("group ID"), max_length=200, default="", db_default="", blank=True)
    name = models.ForeignKey(EventName, models.CASCADE, related_name="+", db_index=False)
    message = models.UUIDField()
    properties = models.JSONField(_("properties"), default=dict)
    held_at = models.DateTimeField(_("held since"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("held event")
        verbose_name_plural = _("held events")
        indexes = (models.Index(fields=["group_ref"], condition=~models.Q(group_ref=""), name="held_event_by_group"),)

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.position}"


class RejectedEvent(TenantModel):
    """An event that could not be taken as it is: kept whole with the reason, to be replayed or dismissed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("In quarantine")
        REPLAYED = "replayed", _("Replayed")
        DISMISSED = "dismissed", _("Dismissed")

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="rejected_events", db_index=False, verbose_name=_("source")
    )
    batch_id = models.BigIntegerField(_("request"), null=True, blank=True)
    position = models.IntegerField(_("position"), null=True, blank=True)
    kind = models.CharField(_("call"), max_length=10, choices=Call)
    code = models.CharField(_("reason"), max_length=30)
    value = models.CharField(_("value"), max_length=200, default="", db_default="", blank=True)
    payload = models.TextField(_("event"))
    fingerprint = models.UUIDField(_("fingerprint"), editable=False)
    arrival_count = models.PositiveIntegerField(_("arrivals"), default=1, db_default=1)
    received_at = models.DateTimeField(_("received at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("event in quarantine")
        verbose_name_plural = _("events in quarantine")
        constraints = (
            models.UniqueConstraint(fields=["source", "fingerprint"], name="an_event_is_in_quarantine_once"),
        )
        indexes = (
            models.Index(fields=["state", "-received_at", "id"], name="rejected_event_by_time"),
            models.Index(fields=["batch_id", "position"], name="rejected_event_by_place"),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.code}"


class EventPolicy(WalledModel):
    """How long events are kept, and how many names are counted apart: one row, where the tenant chose otherwise than usual."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    kept_months = models.PositiveSmallIntegerField(_("months events are kept"), default=24)
    raw_days = models.PositiveSmallIntegerField(_("days requests are kept as they came"), default=7)
    held_days = models.PositiveSmallIntegerField(_("days an event waits for its account"), default=30)
    most_names = models.PositiveIntegerField(_("names counted apart"), default=500)

    objects = FactQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(kept_months__gte=1), name="events_are_kept_for_a_month"),
            models.CheckConstraint(condition=models.Q(raw_days__gte=1), name="requests_are_kept_for_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.kept_months}"
