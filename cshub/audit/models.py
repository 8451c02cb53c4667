"""What was done, by whom, and the chain that shows nothing was taken out or changed."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from cshub.audit.querysets import AuditEventQuerySet
from cshub.db.models import AppendOnlyModel, TenantModel
from cshub.db.walls import WalledQuerySet

HEAD_ID = UUID(int=1)


class AuditEvent(AppendOnlyModel):
    """One deed. It names people and objects by id and by words, without foreign keys: it outlives both."""

    seq = models.BigIntegerField(_("number"), unique=True)
    at = models.DateTimeField(_("at"))
    actor_id = models.UUIDField(_("actor"), null=True, blank=True)
    actor_label = models.CharField(_("who"), max_length=254, blank=True)
    verb = models.CharField(_("what"), max_length=100)
    object_type = models.CharField(_("kind of object"), max_length=100, blank=True)
    object_id = models.CharField(_("object"), max_length=64, blank=True)
    object_label = models.CharField(_("on what"), max_length=200, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ("-seq",)
        indexes = (
            models.Index(fields=("object_type", "object_id", "seq"), name="audit_by_object"),
            models.Index(fields=("actor_id", "seq"), name="audit_by_actor"),
            models.Index(fields=("verb", "seq"), name="audit_by_verb"),
        )

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


class AuditHead(TenantModel):
    """The number and hash of the last event: one row, locked while the next is written."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    objects = WalledQuerySet.as_manager()

    class Meta:
        verbose_name = _("head of the audit trail")
        verbose_name_plural = _("head of the audit trail")
        constraints = (models.CheckConstraint(condition=models.Q(id=HEAD_ID), name="audit_trail_has_one_head"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"
