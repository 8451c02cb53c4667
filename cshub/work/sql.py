"""Locks of the database that background work needs."""

import hashlib

from cshub.db.active import ACTIVE
from cshub.db.sql import rows


def take_turn(purpose: str, name: str) -> bool:
    """Hold a lock until the transaction ends; False when somebody else holds it. Locks of tenants never meet."""
    digest = hashlib.sha256(f"{ACTIVE.schema}|{purpose}|{name}".encode()).digest()
    return bool(rows("select pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])[0][0])
