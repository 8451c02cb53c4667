"""Files that came in: what was imported, with which mapping, and which rows have to wait."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, MetricDefinition
from accounts.querysets import FactQuerySet
from cshub.db.models import TenantModel
from cshub.db.walls import WalledModel
from cshub.work.models import Job


class Kind(models.TextChoices):
    """What the rows of a file are."""

    ACCOUNTS = "accounts", _("Accounts")
    CONTACTS = "contacts", _("Contacts")
    CONTRACTS = "contracts", _("Contracts")
    ORDERS = "orders", _("Orders")
    INVOICES = "invoices", _("Invoices")
    USAGE = "usage", _("Usage")
    SURVEYS = "surveys", _("Survey answers")
    TICKETS = "tickets", _("Tickets")
    INTERACTIONS = "interactions", _("Interactions")


class ImportMapping(TenantModel):
    """A saved way to read a file: which column goes to which field, and how its values are read."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    columns = models.JSONField(
        _("columns"), help_text=_("Field, source column, reading and value table of each matched column.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = (models.UniqueConstraint(fields=["kind", "name"], name="mapping_names_are_unique_in_their_kind"),)

    def __str__(self) -> str:
        return self.name


class ImportBatch(TenantModel):
    """One file on its way in: uploaded, matched, checked, imported."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Importing")
        IMPORTED = "imported", _("Imported")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.UPLOADED)
    file_name = models.CharField(_("file name"), max_length=255)
    stored_as = models.CharField(
        _("kept as"),
        max_length=255,
        editable=False,
        help_text=_("Path below the tenant's folder; random, never the file's own name."),
    )
    file_digest = models.CharField(_("digest"), max_length=64, editable=False)
    reading = models.JSONField(
        _("read as"), default=dict, help_text=_("Encoding, delimiter, decimal sign, date order; guessed, changeable.")
    )
    columns = models.JSONField(_("matched columns"), default=list)
    row_count = models.PositiveIntegerField(
        _("rows"), null=True, blank=True, help_text=_("Rows of the file without its header.")
    )
    done_count = models.PositiveIntegerField(
        _("rows done"),
        default=0,
        editable=False,
        help_text=_("Number of the last row that is in; a stopped import goes on behind it."),
    )
    added_count = models.PositiveIntegerField(_("added"), default=0)
    updated_count = models.PositiveIntegerField(_("updated"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    rejected_count = models.PositiveIntegerField(_("need a fix"), default=0)
    error = models.TextField(_("error"), blank=True, default="")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("job"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    imported_at = models.DateTimeField(_("imported at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone = models.JSONField(
        _("undone"), default=dict, blank=True, help_text=_("Rows removed, put back and left alone, once it was undone.")
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = (models.Index(fields=["-created_at", "id"], name="import_by_time"),)

    def __str__(self) -> str:
        return self.file_name


class RejectedRow(TenantModel):
    """A row that could not go in, with what is wrong and what mends it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rejected_rows", verbose_name=_("import"))
    row_number = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.TextField(_("value"), blank=True)
    code = models.CharField(_("code"), max_length=50)
    problem = models.TextField(_("problem and how to fix it"))
    original = models.JSONField(_("original row"))

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        constraints = (models.UniqueConstraint(fields=["batch", "row_number"], name="a_row_is_rejected_once"),)

    def __str__(self) -> str:
        return f"{self.row_number}: {self.problem}"


class ImportedRow(WalledModel):
    """A row of a table that an import wrote: as it was before, for 30 days, so that the import can be undone.

    Written by `accounts.ingest.sql.traces` in the transaction of the facts. `version` is the row's xmin after the import: whoever
    writes the row later changes it. Rows that were added are kept many in one: their ids in `added`, with the file's rows they came from
    in `added_rows`; days of usage by their accounts, and in `key` the metric and day that these share.
    """

    pk = models.CompositePrimaryKey("batch_id", "place", "row_number", "part")
    batch = models.ForeignKey(
        ImportBatch,
        models.CASCADE,
        related_name="imported_rows",
        db_index=False,
        db_constraint=False,
        verbose_name=_("import"),
    )
    place = models.CharField(_("table"), max_length=63)
    row_number = models.PositiveIntegerField(_("row"))
    part = models.PositiveSmallIntegerField(_("part"), default=0, db_default=0)
    key = ArrayField(models.TextField(), verbose_name=_("key"))
    before = models.JSONField(_("as it was before"), null=True, help_text=_("Empty: the import added the row."))
    version = models.BigIntegerField(
        _("version"),
    )
    left_because = models.CharField(_("left alone because"), max_length=30, blank=True, default="", db_default="")
    added = ArrayField(models.UUIDField(), verbose_name=_("added records"), null=True, editable=False)
    added_rows = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("rows of the added records"), null=True, editable=False
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")

    def __str__(self) -> str:
        return f"{self.place} {self.row_number}"


class MetricPoint(WalledModel):
    """One measurement of a metric at a moment. A day made of points is worth what they come to by the metric's aggregation, in any order."""

    pk = models.CompositePrimaryKey("account_id", "metric_id", "measured_at")
    account = models.ForeignKey(
        Account, models.CASCADE, related_name="metric_points", db_index=False, verbose_name=_("account")
    )
    metric = models.ForeignKey(
        MetricDefinition, models.PROTECT, related_name="+", db_index=False, verbose_name=_("metric")
    )
    measured_at = models.DateTimeField(_("measured at"))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = FactQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")

    def __str__(self) -> str:
        return f"{self.metric_id} {self.measured_at}: {self.value}"
