"""Facts in the tenant's admin."""

from accounts.admin import book, commerce, core, service

__all__ = ["book", "commerce", "core", "service"]
