"""The smallest valid row of any tenant model, whatever it points to made along with it."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from cshub.audit.models import HEAD_ID
from cshub.db.walls import WalledModel
from tests.database import AS_OF

_numbers = count(1)

# What the constraints of a model ask for and its fields do not say.
BESIDES: dict[str, dict[str, Any]] = {
    "accounts.ContactWindow": {"weekday": 0, "starts_at": time(9), "ends_at": time(12)},
    "accounts.StageChange": {"from_stage": ""},
    "accounts.SurveyResponse": {"score": 9},
    "audit.AuditHead": {"id": HEAD_ID},
    "health.AccountHealth": {"score": 50},
    "health.HealthTransition": {"to_band": "risk"},
    "predictions.AccountPrediction": {"low": 0, "probability": 0.5},
    "reports.CostEntry": {"ends_on": AS_OF.date() + timedelta(days=1)},
    "value.AccountValue": {"refusal": "no_margin", "cost_refusal": "no_rate"},
    "value.ValueFit": {"refusal": "too_few_lost"},
    "value.ValueTerms": {"months": 36, "high_from": 2},
    "users.Absence": {"ends_on": AS_OF.date() + timedelta(days=1)},
    "reports.ReportRun": {"ends_on": AS_OF.date() + timedelta(days=1)},
}
# A row that points to one of two things: which of them.
CHOSEN: dict[str, str] = {"impact.Outcome": "renewal"}

MADE: dict[type, Any] = {
    models.UUIDField: uuid4,
    models.DateTimeField: lambda: AS_OF,
    models.DateField: lambda: AS_OF.date(),
    models.JSONField: dict,
    models.BooleanField: lambda: True,
    models.DecimalField: lambda: 1,
    models.FloatField: lambda: 1.0,
    ArrayField: list,
}


def tenant_models() -> list[type[WalledModel]]:
    """Every model whose rows are a tenant's."""
    own = (config for config in apps.get_app_configs() if config.name in settings.TENANT_APPS)
    found = (model for config in own for model in config.get_models(include_auto_created=True))
    return [model for model in found if issubclass(model, WalledModel)]


def tenant_tables() -> list[str]:
    """Every table of a tenant's schema that a model describes, those of Django itself too."""
    own = (config for config in apps.get_app_configs() if config.name in settings.TENANT_APPS)
    return sorted({model._meta.db_table for config in own for model in config.get_models(include_auto_created=True)})


def row_of(model: type[Any]) -> Any:
    """A saved row of the model in the active tenant."""
    fields = dict(BESIDES.get(model._meta.label, {}))
    for field in model._meta.concrete_fields:
        if field.name not in fields and field.attname not in fields and _has_to_be_given(model, field):
            fields[field.name] = _value(field)
    row = model(**fields)
    row.save(force_insert=True)
    return row


def _has_to_be_given(model: type[Any], field: Any) -> bool:
    if isinstance(field, models.CompositePrimaryKey):
        return False
    if field.name == CHOSEN.get(model._meta.label):
        return True
    return not (field.null or field.has_default() or field.has_db_default())


def _value(field: Any) -> Any:
    if field.is_relation:
        return row_of(field.related_model)
    if field.choices:
        return field.choices[0][0]
    for kind, make in MADE.items():
        if isinstance(field, kind):
            return make()
    number = next(_numbers)
    if isinstance(field, models.IntegerField):
        return number
    return ("EUR" if field.name == "currency" else f"{field.name}-{number}")[: field.max_length]


def key_of(row: Any) -> dict[str, Any]:
    """What finds this row again, composite keys too."""
    key = row.pk if isinstance(row.pk, tuple) else (row.pk,)
    names = [field.attname for field in row._meta.pk_fields]
    assert all(isinstance(part, UUID | str | int | date | datetime) for part in key)
    return dict(zip(names, key, strict=True))
