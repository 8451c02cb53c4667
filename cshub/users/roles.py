"""Who people are to the access tables: the roles, the sets of them that rows name, and how a row is written."""

from __future__ import annotations

from typing import Final

CSM, AGENT, MANAGER, FINANCE, ADMIN = "csm", "agent", "manager", "finance", "admin"

PUBLIC: Final = frozenset({"public"})  # also without signing in
EVERYBODY: Final = frozenset({CSM, AGENT, MANAGER, FINANCE, ADMIN})  # everybody who is signed in
SIGNED_IN = EVERYBODY
CUSTOMER_WORK: Final = frozenset({CSM, AGENT, MANAGER, ADMIN})  # those who work with customers
WRITERS = CUSTOMER_WORK  # who may change facts and work; finance reads
PROOF: Final = frozenset({CSM, MANAGER, FINANCE, ADMIN})  # those who make or judge impact
CLAIMANTS: Final = PROOF & CUSTOMER_WORK  # who logs impact; finance judges it
APPROVERS: Final = frozenset({MANAGER, ADMIN})  # who lets playbooks run
REVIEWERS: Final = frozenset({MANAGER, FINANCE, ADMIN})  # who accepts claims and freezes reports
STAFF = APPROVERS  # who may enter the admin site
AUDITORS: Final = frozenset({FINANCE, ADMIN})  # who reads the audit trail
ADMINS: Final = frozenset({ADMIN})

Row = dict[str, frozenset[str]]


def page(read: frozenset[str] = EVERYBODY, write: frozenset[str] | None = None) -> Row:
    """A page that is read, and posted to when `write` names roles."""
    return {"GET": read} if write is None else {"GET": read, "POST": write}


def action(roles: frozenset[str]) -> Row:
    """A route that only takes POST."""
    return {"POST": roles}


def resource(read: frozenset[str] = EVERYBODY, write: frozenset[str] = WRITERS) -> Row:
    """A route of the API with every verb; the viewset decides which of them exist."""
    return {"GET": read, "POST": write, "PUT": write, "PATCH": write, "DELETE": write}
