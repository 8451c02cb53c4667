"""Cache keys that carry their tenant."""

from cshub.db.active import ACTIVE
from cshub.tenancy.context import NoTenant


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """A key of the active tenant; without one there is no key."""
    if ACTIVE.schema is None:
        raise NoTenant(
            "The cache was used while no tenant is active. Enter one with tenant_context(), or say public_context()."
        )
    return f"{ACTIVE.schema}:{key_prefix}:{version}:{key}"
