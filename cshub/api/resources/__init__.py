"""The resources of the apps below the kit; apps above it bring their own api.py."""

from cshub.api.resources import api_keys, audit_events, jobs, users

__all__ = ["api_keys", "audit_events", "jobs", "users"]
