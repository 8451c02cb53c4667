"""Work that is due is claimed once, fairly, and is never lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from cshub.tenancy import services
from cshub.tenancy.context import NoTenant, public_context, schema_context
from cshub.tenancy.due import Due, claim_due, finish, renew, ring
from cshub.tenancy.models import DueWork, Tenant

NOTHING: list[Due] = []


def rung(schema: str, kind: str, due_at: datetime) -> None:
    with schema_context(schema), transaction.atomic():
        ring(kind, due_at=due_at)


def doorbells() -> list[tuple[str, str, datetime | None]]:
    with public_context():
        return list(DueWork.objects.order_by("schema_name", "kind").values_list("schema_name", "kind", "due_at"))


def test_the_earliest_ring_counts_and_there_is_one_doorbell(acme: Tenant, as_of: datetime) -> None:
    for hours in (3, 1, 2):
        rung("acme", "mail", as_of + timedelta(hours=hours))
    assert doorbells() == [("acme", "mail", as_of + timedelta(hours=1))]


def test_a_ring_goes_with_its_transaction(acme: Tenant, as_of: datetime) -> None:
    with transaction.atomic():
        ring("mail", due_at=as_of)
        transaction.set_rollback(True)
    assert doorbells() == []


def test_a_ring_outside_of_a_transaction_or_a_tenant_is_refused(committed_acme: Tenant, as_of: datetime) -> None:
    with pytest.raises(TransactionManagementError, match="atomic"):
        ring("mail", due_at=as_of)
    with pytest.raises(NoTenant), public_context(), transaction.atomic():
        ring("mail", due_at=as_of)


def test_the_tenant_keeps_its_own_role_after_ringing(acme: Tenant, as_of: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()
        ring("mail", due_at=as_of)
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == before


def test_only_work_that_is_due_is_claimed_and_only_once(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    rung("globex", "mail", as_of + timedelta(minutes=1))
    rung("acme", "other", as_of)
    (claim,) = claim_due(["mail"], as_of=as_of)
    assert (claim.schema, claim.kind) == ("acme", "mail")
    assert claim_due(["mail"], as_of=as_of) == NOTHING


def test_finished_work_is_gone(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    (claim,) = claim_due(["mail"], as_of=as_of)
    assert finish(claim)
    assert doorbells() == []


def test_a_ring_while_the_work_is_done_is_kept(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    (claim,) = claim_due(["mail"], as_of=as_of)
    rung("acme", "mail", as_of + timedelta(seconds=5))
    assert claim_due(["mail"], as_of=as_of + timedelta(seconds=5)) == NOTHING  # not while somebody is at it
    assert finish(claim)
    assert doorbells() == [("acme", "mail", as_of + timedelta(seconds=5))]


def test_work_can_be_put_off(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    (claim,) = claim_due(["mail"], as_of=as_of)
    assert finish(claim, next_at=as_of + timedelta(hours=1))
    assert claim_due(["mail"], as_of=as_of) == NOTHING
    assert len(claim_due(["mail"], as_of=as_of + timedelta(hours=1))) == 1


def test_work_of_a_worker_that_died_is_due_again_and_the_zombie_cannot_finish_it(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    (dead,) = claim_due(["mail"], as_of=as_of, lease=timedelta(0))
    (heir,) = claim_due(["mail"], as_of=as_of)
    assert not finish(dead)
    assert finish(heir)


def test_each_kind_may_have_a_lease_of_its_own(acme: Tenant, as_of: datetime) -> None:
    for kind in ("mail", "other"):
        rung("acme", kind, as_of)
    claim_due(["mail", "other"], as_of=as_of, leases={"other": timedelta(0)})
    assert [claim.kind for claim in claim_due(["mail", "other"], as_of=as_of)] == ["other"]


def test_a_claim_is_renewed_until_somebody_else_has_it(acme: Tenant, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    (mine,) = claim_due(["mail"], as_of=as_of, lease=timedelta(0))
    assert renew(mine, lease=timedelta(minutes=1))
    assert claim_due(["mail"], as_of=as_of) == NOTHING
    assert renew(mine, lease=timedelta(0))
    (heir,) = claim_due(["mail"], as_of=as_of)
    assert not renew(mine, lease=timedelta(minutes=1))
    assert finish(heir)


def test_a_tenant_with_much_to_do_does_not_keep_another_waiting(acme: Tenant, as_of: datetime) -> None:
    for number in range(5):
        rung("acme", f"kind{number}", as_of - timedelta(hours=1))
    rung("globex", "kind0", as_of)
    kinds = [f"kind{number}" for number in range(5)]
    assert {claim.schema for claim in claim_due(kinds, as_of=as_of, limit=2)} == {"acme", "globex"}


def test_a_suspended_tenants_work_waits(committing: None, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    with schema_context("acme") as tenant:
        services.suspend(tenant=tenant, as_of=as_of)
    assert claim_due(["mail"], as_of=as_of) == NOTHING
    services.resume(tenant=tenant, as_of=as_of)
    assert len(claim_due(["mail"], as_of=as_of)) == 1


def test_two_claimers_at_once_never_take_the_same(committing: None, as_of: datetime) -> None:
    kinds = [f"kind{number}" for number in range(40)]
    for kind in kinds:
        rung("acme", kind, as_of)
        rung("globex", kind, as_of)

    def claim_all() -> list[tuple[str, str]]:
        taken = []
        while claims := claim_due(kinds, as_of=as_of, limit=3):
            taken += [(claim.schema, claim.kind) for claim in claims]
        connection.close()
        return taken

    with ThreadPoolExecutor(2) as threads:
        first, second = [future.result() for future in [threads.submit(claim_all), threads.submit(claim_all)]]
    assert len(first) + len(second) == len({*first, *second}) == 80


def test_a_claim_skips_what_another_is_just_taking(committing: None, as_of: datetime) -> None:
    rung("acme", "mail", as_of)
    rung("globex", "mail", as_of)

    def claim_elsewhere() -> list[Due]:
        try:
            return claim_due(["mail"], as_of=as_of)
        finally:
            connection.close()

    with public_context(), transaction.atomic(), ThreadPoolExecutor(1) as threads:
        (mine,) = claim_due(["mail"], as_of=as_of, limit=1)
        (other,) = threads.submit(claim_elsewhere).result(timeout=10)
    assert {mine.schema, other.schema} == {"acme", "globex"}
