"""The public schema: which tenants there are, at which hosts, and where work is due. No customer data."""

import secrets
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from cshub.kernel.ids import uuid7


def new_pepper() -> str:
    """A secret of one tenant; everything signed for it is salted with it."""
    return secrets.token_hex(32)


class Tenant(TenantMixin):
    """One customer of the platform, in a schema of its own."""

    class Status(models.TextChoices):
        PROVISIONING = "provisioning", _("Being set up")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        OFFBOARDED = "offboarded", _("Offboarded")
        ERASED = "erased", _("Erased")

    auto_create_schema = False
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PROVISIONING)
    pepper = models.CharField(max_length=64, default=new_pepper, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        ordering: ClassVar = ["schema_name"]

    def __str__(self) -> str:
        return self.name

    def __enter__(self) -> Any:
        raise TypeError("Use `with tenant_context(tenant):`; `with tenant:` shares its stack between threads.")


class Domain(DomainMixin):
    """A host name and the tenant it leads to."""

    class Meta:
        verbose_name = _("host name")
        verbose_name_plural = _("host names")
        ordering: ClassVar = ["domain"]


class DueWork(models.Model):
    """The doorbell: some tenant has work of a kind that is due. What the work is stands in the tenant's own tables."""

    schema_name = models.CharField(max_length=63)
    kind = models.CharField(max_length=63)
    due_at = models.DateTimeField(null=True)  # empty while claimed and not rung again
    claimed_until = models.DateTimeField(null=True)
    ticket = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["schema_name", "kind"], name="one_doorbell_per_tenant_and_kind"),
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=False) | models.Q(claimed_until__isnull=False), name="due_or_claimed"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="due_work_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.schema_name}"
