"""Which tenant this thread works for: the one place that knows, read by the wall in Python and by the database connection."""

import threading
from typing import Protocol

PUBLIC = "public"
PROMPT = "prompt"  # alias of the session that a thread of the web server keeps from request to request


class Schema(Protocol):
    """Anything that names a schema: a tenant, or a name alone."""

    @property
    def schema_name(self) -> str: ...


class TenantMismatch(RuntimeError):
    """An object of one tenant was used while another tenant, or none, was active."""


class Active(threading.local):
    """The thread's tenant. A new thread has none, and without one the database shows nothing."""

    tenant: Schema | None = None
    schema: str | None = None
    open_iterators: int = 0

    def enter(self, tenant: Schema | None) -> None:
        self.tenant = tenant
        self.schema = tenant.schema_name if tenant is not None else None


ACTIVE = Active()


def active_schema() -> str | None:
    """The schema this thread works in; None when no tenant is active."""
    return ACTIVE.schema
