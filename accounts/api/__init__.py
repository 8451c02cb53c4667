"""Facts over REST."""

from accounts.api import accounts, commerce, timeline, usage

__all__ = ["accounts", "commerce", "timeline", "usage"]
