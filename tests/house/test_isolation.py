"""Whatever a tenant keeps, another tenant neither reads nor writes: each model, each table, both walls."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from cshub.db import sql
from cshub.db.models import AppendOnly
from cshub.db.walls import TenantMismatch, WalledQuerySet
from cshub.tenancy.models import Tenant
from tests.house.rows import key_of, row_of, tenant_models, tenant_tables

Inside = Callable[[str], AbstractContextManager[Tenant]]
MODELS = tenant_models()


def label(model: type[Any]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_a_row_stays_where_it_was_born(acme: Tenant, inside: Inside, model: type[Any]) -> None:
    row, rows = row_of(model), model.objects.all()
    key = key_of(row)
    assert model.objects.filter(**key).exists()
    with inside("globex"):
        assert not model.objects.filter(**key).exists()
        with pytest.raises((TenantMismatch, AppendOnly)):
            row.save()
        for reach in (row.delete, row.refresh_from_db, rows.count, rows.exists, rows.delete, lambda: list(rows)):
            with pytest.raises(TenantMismatch):
                reach()
        for reach in (lambda: model.objects.bulk_create([row]), lambda: rows.update(**key)):
            with pytest.raises(TenantMismatch):
                reach()
    assert model.objects.filter(**key).exists()


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_every_way_to_its_rows_is_walled(model: type[Any]) -> None:
    ways = [*model._meta.managers, model._default_manager]
    assert "objects" in {manager.name for manager in ways}
    assert all(issubclass(manager._queryset_class, WalledQuerySet) for manager in ways)


@pytest.mark.parametrize("table", tenant_tables())
def test_the_role_of_one_tenant_reaches_no_table_of_another(acme: Tenant, table: str) -> None:
    for statement in (
        "SELECT 1 FROM globex.{} LIMIT 1",
        "INSERT INTO globex.{} DEFAULT VALUES",
        "DELETE FROM globex.{}",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            sql.execute(statement.format(connection.ops.quote_name(table)))
