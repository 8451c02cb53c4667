"""The doorbell: tenants ring when work is due, workers claim it, fairly and once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from cshub.db import sql
from cshub.db.active import ACTIVE, PUBLIC
from cshub.kernel.ids import uuid7
from cshub.tenancy.context import NoTenant, public_context
from cshub.tenancy.names import quoted, role_of
from cshub.tenancy.postgresql.base import here

LEASE = timedelta(minutes=10)

# The tenant's role has no right in the public schema; the login takes the public role for this one statement, in the tenant's transaction.
RING = """
INSERT INTO public.tenancy_duework AS bell (schema_name, kind, due_at) VALUES (%(schema)s, %(kind)s, %(due_at)s)
ON CONFLICT (schema_name, kind) DO UPDATE SET due_at = least(bell.due_at, excluded.due_at)
"""
RING_UNLESS_RUNG = """
INSERT INTO public.tenancy_duework AS bell (schema_name, kind, due_at) SELECT %(schema)s, %(kind)s, %(due_at)s
WHERE NOT EXISTS (SELECT FROM public.tenancy_duework WHERE schema_name = %(schema)s AND kind = %(kind)s AND due_at <= %(due_at)s)
ON CONFLICT (schema_name, kind) DO UPDATE SET due_at = least(bell.due_at, excluded.due_at)
"""
CLAIM = """
WITH ready AS (
    SELECT d.id, row_number() OVER (PARTITION BY d.schema_name ORDER BY d.due_at NULLS FIRST) AS turn
    FROM public.tenancy_duework d JOIN public.tenancy_tenant t USING (schema_name)
    WHERE t.status = 'active' AND d.kind = ANY (%(kinds)s)
      AND (d.claimed_until IS NULL AND d.due_at <= %(as_of)s OR d.claimed_until <= clock_timestamp())
), chosen AS (
    SELECT d.id FROM public.tenancy_duework d JOIN ready USING (id)
    WHERE d.claimed_until IS NULL AND d.due_at <= %(as_of)s OR d.claimed_until <= clock_timestamp()
    ORDER BY ready.turn, d.due_at NULLS FIRST, d.id
    FOR UPDATE OF d SKIP LOCKED LIMIT %(limit)s
)
UPDATE public.tenancy_duework d SET due_at = NULL, claimed_until = clock_timestamp() + given.lease, ticket = %(ticket)s
FROM chosen, unnest(%(kinds)s::text[], %(leases)s::interval[]) AS given (kind, lease)
WHERE given.kind = d.kind AND d.id = chosen.id RETURNING d.schema_name, d.kind, d.ticket
"""
RENEW = """
UPDATE public.tenancy_duework SET claimed_until = clock_timestamp() + %(lease)s
WHERE schema_name = %(schema)s AND kind = %(kind)s AND ticket = %(ticket)s
"""
GONE = "DELETE FROM public.tenancy_duework WHERE schema_name = %(schema)s AND kind = %(kind)s AND ticket = %(ticket)s AND due_at IS NULL"
RUNG_AGAIN = """
UPDATE public.tenancy_duework SET claimed_until = NULL, ticket = NULL, due_at = coalesce(due_at, %(due_at)s)
WHERE schema_name = %(schema)s AND kind = %(kind)s AND ticket = %(ticket)s
"""


@dataclass(frozen=True)
class Due:
    """A claim on one tenant's work of one kind."""

    schema: str
    kind: str
    ticket: UUID


def ring(kind: str, *, due_at: datetime) -> None:
    """Say that the active tenant has work of this kind at `due_at`; the earliest ring counts. Part of the caller's transaction."""
    if ACTIVE.schema in {None, PUBLIC}:
        raise NoTenant("Only a tenant can ring for work. Enter one with tenant_context().")
    if not here().in_atomic_block:
        raise transaction.TransactionManagementError(
            "Ring inside the transaction that makes the work: call it within atomic()."
        )
    back = "RESET ROLE" if here().as_owner else f"SET LOCAL ROLE {quoted(role_of(str(ACTIVE.schema)))}"
    there = "RESET ROLE" if here().as_owner else f"SET LOCAL ROLE {quoted(role_of(PUBLIC))}"
    sql.execute(f"{there}; {RING}; {back}", {"schema": ACTIVE.schema, "kind": kind, "due_at": due_at})


def ring_unless_rung(kind: str, *, due_at: datetime) -> bool:
    """Say that the active tenant has work, outside of any transaction and without waiting where it has been said; whether it had not been.

    For work that is committed already: whoever claims a bell that hangs now will see it. Costs a look, not a lock, when many ring at once.
    """
    if ACTIVE.schema in {None, PUBLIC}:
        raise NoTenant("Only a tenant can ring for work. Enter one with tenant_context().")
    back = "RESET ROLE" if here().as_owner else f"SET ROLE {quoted(role_of(str(ACTIVE.schema)))}"
    there = "RESET ROLE" if here().as_owner else f"SET ROLE {quoted(role_of(PUBLIC))}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{there}; {RING_UNLESS_RUNG}; {back}", {"schema": ACTIVE.schema, "kind": kind, "due_at": due_at}
        )
        cursor.nextset()
        return bool(cursor.rowcount)


def claim_due(
    kinds: Sequence[str],
    *,
    as_of: datetime,
    limit: int = 10,
    lease: timedelta = LEASE,
    leases: Mapping[str, timedelta] | None = None,
) -> list[Due]:
    """Take up to `limit` due pieces of work, one per tenant in turn; nobody else gets them before the lease ends.

    `leases` names kinds whose lease is another one. Finish each with `finish`; work that may outlast its lease calls `renew` on its way.
    A worker that dies lets the lease run out, and the work is due again. The lease is kept in the database's time.
    """
    each = [(leases or {}).get(kind, lease) for kind in kinds]
    values = {"kinds": list(kinds), "leases": each, "as_of": as_of, "limit": limit, "ticket": uuid7()}
    with public_context():
        return [Due(*row) for row in sql.rows(CLAIM, values)]


def renew(due: Due, *, lease: timedelta) -> bool:
    """Keep a claim for another `lease` from now. False: the claim is no longer ours."""
    values = {"schema": due.schema, "kind": due.kind, "ticket": due.ticket, "lease": lease}
    with public_context():
        return sql.execute(RENEW, values) == 1


def finish(due: Due, *, next_at: datetime | None = None) -> bool:
    """Give a claim back: the doorbell goes, or stays for what was rung meanwhile or for `next_at`. False: the claim was no longer ours."""
    values = {"schema": due.schema, "kind": due.kind, "ticket": due.ticket, "due_at": next_at}
    with public_context(), transaction.atomic():
        if next_at is None and sql.execute(GONE, values):
            return True
        return sql.execute(RUNG_AGAIN, values) == 1
