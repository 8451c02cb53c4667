"""What happens to a tenant: it is provisioned, suspended, resumed, offboarded."""

import logging
import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from cshub.db.active import PUBLIC
from cshub.tenancy.clone import clone
from cshub.tenancy.context import public_context
from cshub.tenancy.grants import grant
from cshub.tenancy.models import Domain, Tenant
from cshub.tenancy.names import TEMPLATE, check_schema_name
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.schemas import applied_digests

if TYPE_CHECKING:
    from django.db.models import Model

HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
log = logging.getLogger(__name__)


class CannotProvision(ValueError):
    """The tenant cannot be set up as asked; the message says what to change."""


class HostTaken(CannotProvision):
    """The host name leads to another tenant already."""


class WrongStatus(ValueError):
    """The tenant is in a state in which this cannot be done."""


def provision(*, schema: str, host: str, name: str, by: "Model | None" = None, as_of: datetime) -> Tenant:
    """Set up a tenant: its row, its host, its schema as a copy of the template, its role. One transaction; safe to repeat."""
    check_schema_name(schema)
    host = host.strip().lower().rstrip(".")
    if not HOST.fullmatch(host):
        raise CannotProvision(f"{host!r} is no host name. Give it without scheme and port, as in acme.example.com.")
    with owner_rights(), public_context(), transaction.atomic():
        _lock(schema)
        tenant: Tenant
        tenant, _created = Tenant.objects.get_or_create(
            schema_name=schema, defaults={"name": name, "created_at": as_of}
        )
        if tenant.status in {Tenant.Status.OFFBOARDED, Tenant.Status.ERASED}:
            raise CannotProvision(f"The schema {schema} belonged to a tenant that has left. Choose another name.")
        if not applied_digests([schema]):
            _fill(schema)
        grant([schema])
        add_host(tenant=tenant, host=host)
        if tenant.status == Tenant.Status.PROVISIONING:
            Tenant.objects.filter(pk=tenant.pk).update(status=Tenant.Status.ACTIVE)
            tenant.status = Tenant.Status.ACTIVE
    log.info("tenant %s at %s provisioned by %s", schema, host, by or "the operator")
    return tenant


def add_host(*, tenant: Tenant, host: str) -> Domain:
    """Let a host name lead to the tenant; one that leads elsewhere is refused."""
    domain: Domain | None = Domain.objects.filter(domain=host).select_related("tenant").first()
    if domain is None:
        domain = Domain.objects.create(domain=host, tenant=tenant, is_primary=not tenant.domains.exists())
    if domain.tenant_id != tenant.pk:
        raise HostTaken(f"{host} leads to the tenant {domain.tenant.schema_name} already. Choose another host.")
    return domain


def suspend(*, tenant: Tenant, by: "Model | None" = None, as_of: datetime) -> None:
    """Close the tenant's doors; its data and its due work stay."""
    _move(tenant, Tenant.Status.ACTIVE, Tenant.Status.SUSPENDED, by, as_of)


def resume(*, tenant: Tenant, by: "Model | None" = None, as_of: datetime) -> None:
    """Open a suspended tenant's doors again."""
    _move(tenant, Tenant.Status.SUSPENDED, Tenant.Status.ACTIVE, by, as_of)


def offboard(*, tenant: Tenant, by: "Model | None" = None, as_of: datetime) -> None:
    """Mark that the tenant has left. Its data stays until it is erased."""
    _move(tenant, tenant.status, Tenant.Status.OFFBOARDED, by, as_of)


def each_tenant() -> list[Tenant]:
    """The tenants that are served, in the order of their names; enter each with tenant_context()."""
    with public_context():
        return list(Tenant.objects.filter(status=Tenant.Status.ACTIVE).exclude(schema_name=PUBLIC))


def _move(tenant: Tenant, before: str, after: str, by: "Model | None", as_of: datetime) -> None:
    with public_context():
        moved = Tenant.objects.filter(pk=tenant.pk, status=before).exclude(schema_name=PUBLIC).update(status=after)
    if not moved:
        raise WrongStatus(f"{tenant.schema_name} is not {before}; it cannot become {after}.")
    tenant.status = after
    log.info("tenant %s %s by %s at %s", tenant.schema_name, after, by or "the operator", as_of)


def _lock(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('provision ' || %s))", [schema])


def _fill(schema: str) -> None:
    if not applied_digests([TEMPLATE]):
        raise CannotProvision("There is no template to copy yet. Run `manage.py migrate` first.")
    clone(TEMPLATE, schema)
