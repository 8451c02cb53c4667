"""Tenants are entered by blocks that know their way back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.core.signing import BadSignature
from django.db import transaction

from accounts.models import Account
from cshub.db import sql
from cshub.db.active import ACTIVE
from cshub.db.walls import TenantMismatch
from cshub.tenancy.context import (
    NoTenant,
    active_tenant,
    no_tenant,
    on_commit,
    public_context,
    schema_context,
    tenant_context,
)
from cshub.tenancy.models import Tenant
from cshub.tenancy.signing import TenantSigner, pepper
from tests.accounts import make


def test_blocks_nest_and_come_back_also_after_an_exception(acme: Tenant) -> None:
    with pytest.raises(LookupError), schema_context("globex"), public_context(), no_tenant():
        raise LookupError
    assert active_tenant() == acme


@pytest.mark.parametrize("name", ["initech", "tenant_template", "public", "pg_catalog", ""])
def test_a_name_no_tenant_has_is_an_error(acme: Tenant, name: str) -> None:
    with pytest.raises(NoTenant), schema_context(name):
        pass
    assert ACTIVE.schema == "acme"


def test_a_block_cannot_be_left_with_an_open_iterator(acme: Tenant) -> None:
    with schema_context("globex"):
        make.account()
        make.account()
    kept: list[Any] = []

    def leave_one_open() -> None:
        with schema_context("globex"):
            kept.append(Account.objects.iterator())
            next(kept[0])

    with pytest.raises(TenantMismatch, match="still open"):
        leave_one_open()
    kept.clear()
    assert ACTIVE.open_iterators == 0


def test_an_iterator_that_is_given_up_is_closed(acme: Tenant) -> None:
    with schema_context("globex"):
        make.account()
        make.account()
        for _account in Account.objects.iterator():
            break
    assert ACTIVE.open_iterators == 0


def test_a_tenant_is_not_a_block_itself(acme: Tenant) -> None:
    with pytest.raises(TypeError, match="tenant_context"), acme:
        pass


def test_what_waits_for_the_commit_runs_in_its_tenant(acme: Tenant, django_capture_on_commit_callbacks: Any) -> None:
    seen: list[str | None] = []
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        with schema_context("globex"):
            on_commit(lambda: seen.append(ACTIVE.schema))
        on_commit(lambda: seen.append(ACTIVE.schema))
    assert seen == ["globex", "acme"]


def test_a_queryset_made_for_nobody_serves_each_tenant_by_its_clones(acme: Tenant) -> None:
    with no_tenant():
        everywhere = Account.objects.order_by("name")
    make.account(name="ours")
    with schema_context("globex"):
        assert list(everywhere.all()) == []
    assert [account.name for account in everywhere.all()] == ["ours"]


def test_a_queryset_made_for_nobody_belongs_to_its_first_user(acme: Tenant) -> None:
    with no_tenant():
        everywhere = Account.objects.all()
    list(everywhere)
    with pytest.raises(TenantMismatch), schema_context("globex"):
        list(everywhere)


def test_cached_values_stay_in_their_tenant(acme: Tenant) -> None:
    cache.set("key", "acme's")
    with schema_context("globex"):
        assert cache.get("key") is None
        cache.set("key", "globex's")
    assert cache.get("key") == "acme's"
    with pytest.raises(NoTenant), no_tenant():
        cache.get("key")


def test_a_signed_value_holds_for_one_tenant_and_one_purpose(acme: Tenant) -> None:
    signed = TenantSigner("survey").sign("7")
    assert TenantSigner("survey").unsign(signed) == "7"
    with pytest.raises(BadSignature):
        TenantSigner("unsubscribe").unsign(signed)
    with pytest.raises(BadSignature), schema_context("globex"):
        TenantSigner("survey").unsign(signed)
    with pytest.raises(BadSignature), public_context():
        TenantSigner("survey").unsign(signed)
    with pytest.raises(NoTenant), no_tenant():
        TenantSigner("survey")


def test_the_pepper_is_the_tenants(acme: Tenant, globex: Tenant) -> None:
    with tenant_context(acme):
        assert pepper() == acme.pepper != globex.pepper


def test_threads_work_for_different_tenants_at_the_same_time(committing: None) -> None:
    from django.db import connection

    for schema in ("acme", "globex"):
        with schema_context(schema):
            make.account(name=schema)

    def look(schema: str) -> set[str]:
        seen = set()
        for _time in range(50):
            with schema_context(schema):
                seen |= {account.name for account in Account.objects.all()} | {
                    name for (name,) in sql.rows("SELECT current_schema()")
                }
        connection.close()
        return seen

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(look, ["acme", "globex", "acme", "globex"])) == [
            {"acme"},
            {"globex"},
            {"acme"},
            {"globex"},
        ]
