"""Entering and leaving a tenant: always a block, always back to where one came from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction

from cshub.db.active import ACTIVE, PUBLIC, Schema, TenantMismatch
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import NamedSchema

Named = TypeVar("Named", bound="Schema | None")


class NoTenant(TenantMismatch):
    """A tenant was asked for, and none is active or none has that name."""


@contextmanager
def tenant_context(tenant: Tenant) -> Iterator[Tenant]:
    """Work in a tenant's schema."""
    with _inside(tenant):
        yield tenant


@contextmanager
def schema_context(name: str) -> Iterator[Tenant]:
    """Work in the schema of the tenant with this name; a name no tenant has is an error."""
    with _inside(tenant_named(name)) as tenant:
        yield tenant


@contextmanager
def public_context() -> Iterator[None]:
    """Work in the public schema, said out loud."""
    with _inside(NamedSchema(PUBLIC)):
        yield


@contextmanager
def no_tenant() -> Iterator[None]:
    """Work for nobody: what is made here belongs to no tenant, and the database shows nothing."""
    with _inside(None):
        yield


def tenant_named(name: str) -> Tenant:
    """The tenant whose schema has this name."""
    with public_context():
        tenant: Tenant | None = Tenant.objects.filter(schema_name=name).exclude(status=Tenant.Status.ERASED).first()
    if tenant is None or name == PUBLIC:
        raise NoTenant(f"There is no tenant with the schema {name!r}.")
    return tenant


def active_tenant() -> Tenant:
    """The tenant this thread works for."""
    if isinstance(ACTIVE.tenant, Tenant) and ACTIVE.schema != PUBLIC:
        return ACTIVE.tenant
    if ACTIVE.schema in {None, PUBLIC}:
        raise NoTenant("No tenant is active. Enter one with tenant_context().")
    ACTIVE.enter(tenant := tenant_named(str(ACTIVE.schema)))
    return tenant


def on_commit(act: Callable[[], object]) -> None:
    """Run `act` after the transaction is committed, in the tenant that is active now."""
    tenant = ACTIVE.tenant

    def act_in_its_tenant() -> None:
        with _inside(tenant):
            act()

    transaction.on_commit(act_in_its_tenant)


@contextmanager
def _inside(tenant: Named) -> Iterator[Named]:
    before, open_before = ACTIVE.tenant, ACTIVE.open_iterators
    ACTIVE.enter(tenant)
    try:
        yield tenant
        left_open = ACTIVE.open_iterators - open_before
    finally:
        ACTIVE.enter(before)
    if left_open:
        raise TenantMismatch(
            f"{left_open} iterator(s) over rows are still open while their tenant is left. Finish or close them inside the block."
        )
