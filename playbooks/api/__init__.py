"""Playbooks and tasks over REST: the same verbs as the pages."""

from playbooks.api import tasks, versions

__all__ = ["tasks", "versions"]
