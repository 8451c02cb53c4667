"""The walls hold the house: take one away, and the same probes get through."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Account
from cshub.db import walls
from cshub.tenancy import checks
from cshub.tenancy.context import tenant_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.postgresql import base
from tests.tenancy import probes
from tests.tenancy.conftest import MakePooler
from tests.tenancy.test_session import of_globex_after_a_rolled_back_savepoint, state_of_the_borrowed_session
from tests.tenancy.test_walls import name


@pytest.mark.parametrize("probe", probes.PYTHON, ids=name)
def test_without_the_wall_in_python_it_leaks(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, probe: Callable[[], bool]
) -> None:
    probes.furnish()
    monkeypatch.setattr(walls.WalledQuerySet, "_bind", lambda queryset: None)
    monkeypatch.setattr(walls, "refuse_stranger", lambda instance: None)
    monkeypatch.setattr(base.BoundToSchema, "_refuse_other_schema", lambda cursor: None)
    assert probe()


@pytest.mark.parametrize("probe", probes.POSTGRESQL, ids=name)
def test_with_one_login_that_may_do_everything_it_leaks(committing: None, probe: Callable[[], bool]) -> None:
    with owner_rights(), transaction.atomic():
        probes.furnish()
        assert probe()
        transaction.set_rollback(True)


@pytest.mark.parametrize("probe", probes.POOLER, ids=name)
def test_without_the_refusal_a_pooler_mixes_tenants(
    behind_pooler: MakePooler, monkeypatch: pytest.MonkeyPatch, probe: Callable[[], bool]
) -> None:
    probes.furnish()
    behind_pooler(1)
    monkeypatch.setattr(checks, "refuse_mixing_pooler", lambda: None)
    assert probe()


def test_without_forgetting_after_a_rollback_it_leaks(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    probes.furnish()
    monkeypatch.setattr(base.DatabaseWrapper, "_savepoint_rollback", base.base.DatabaseWrapper._savepoint_rollback)
    assert of_globex_after_a_rolled_back_savepoint() == ["acme"]


def test_without_the_role_the_login_sees_nothing_at_all(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search path alone gives no access: forgetting SET ROLE fails closed."""
    probes.furnish()
    monkeypatch.setattr(base, "place", lambda schema, as_owner: f'SET search_path = "{schema}", pg_temp; SET ROLE NONE')
    with pytest.raises(DatabaseError, match="does not exist"), tenant_context(acme), transaction.atomic():
        Account.objects.count()


def test_without_the_reset_a_pooled_session_keeps_its_tenant(committing: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "give_back", lambda session: None)
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 5}}
    wrapper = base.DatabaseWrapper({**connection.settings_dict, "OPTIONS": options}, "pooled")
    try:
        assert state_of_the_borrowed_session(wrapper) != (True, False, True, True)
    finally:
        wrapper.close()
        wrapper.close_pool()
