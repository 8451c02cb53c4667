"""Signed values that hold for one tenant and one purpose."""

from django.core.signing import TimestampSigner

from cshub.db.active import ACTIVE, PUBLIC
from cshub.tenancy.context import active_tenant


def pepper() -> str:
    """The active tenant's secret, or the platform's constant in the public schema. Mix it into every hash that must not hold elsewhere."""
    return "platform" if ACTIVE.schema == PUBLIC else active_tenant().pepper


class TenantSigner(TimestampSigner):
    """Django's signer, salted with purpose and tenant; `unsign(value, max_age=…)` and `unsign_object` as there."""

    def __init__(self, purpose: str) -> None:
        super().__init__(salt=f"cshub.{purpose}.{pepper()}")
