"""Facts in the tenant's admin."""

from accounts.admin import core

__all__ = ["core"]
