"""What is written once stays as it was written: the database refuses the application every change, also by SQL."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from cshub.db import sql
from cshub.tenancy.models import Tenant
from tests.house.rows import key_of, row_of, tenant_models

KEPT = [model for model in tenant_models() if getattr(model, "append_only", False)]
PROMISED = {  # DOMAIN: the ledger, the audit trail, movements and published reports; what decisions and evidence rest on
    "accounts.RevenueMovement", "accounts.RenewalDecision", "accounts.Interaction", "audit.AuditEvent", "health.HealthScore", "playbooks.Approval",
    "playbooks.Enrollment", "impact.Outcome", "impact.Evidence", "impact.Review", "impact.LedgerEntry", "impact.Experiment", "impact.Estimate",
    "reports.CostEntry", "reports.FinanceAssumption", "reports.FrozenReport",
}  # fmt: skip


def label(model: type[Any]) -> str:
    return model._meta.label


def test_what_was_promised_is_kept() -> None:
    assert {model._meta.label for model in KEPT} >= PROMISED


@pytest.mark.parametrize("model", KEPT, ids=label)
def test_a_kept_row_is_neither_changed_nor_taken_out(acme: Tenant, model: type[Any]) -> None:
    row = row_of(model)
    rows = model.objects.filter(**key_of(row))
    column = next(field for field in model._meta.concrete_fields if not field.primary_key and field.column)
    table, name = (connection.ops.quote_name(each) for each in (model._meta.db_table, column.column))
    attempts = (
        lambda: rows.update(**{column.attname: getattr(row, column.attname)}),
        lambda: rows._raw_delete("default"),
        lambda: sql.execute(f"UPDATE {table} SET {name} = {name}"),
        lambda: sql.execute(f"DELETE FROM {table}"),
        lambda: sql.execute(f"TRUNCATE {table} CASCADE"),
    )
    for attempt in attempts:
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            attempt()
    assert rows.exists()
    with pytest.raises(Exception, match=r"never changed|permission denied"), transaction.atomic():
        row.save()
