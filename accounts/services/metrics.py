"""Declares what is measured: a unit, and how the measurements of a day add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import MetricDefinition, UsageDaily
from accounts.services.refusals import ExternalIdTaken, UnusableAmount
from cshub.audit import services as audit

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

DECLARED = ("key", "name", "unit", "aggregation")


@transaction.atomic
def declare_metric(
    *, key: str, name: str, by: User | None, as_of: datetime, unit: str = "", aggregation: str = "sum"
) -> MetricDefinition:
    """Say what a metric is before it is measured. Raises ExternalIdTaken where the key is taken, UnusableAmount, or ValidationError by field."""
    metric = MetricDefinition(key=key, name=name, unit=unit, aggregation=aggregation)
    metric.clean_fields()
    if key not in (slugify(key), slugify(key, allow_unicode=True)):
        raise UnusableAmount(
            _("“%(key)s” is not a key: write small letters, digits and hyphens, such as active-seats.") % {"key": key},
            field="key",
        )
    if MetricDefinition.objects.filter(key=key).exists():
        raise ExternalIdTaken(
            _("The metric “%(key)s” is declared already. Change that one, or choose another key.") % {"key": key},
            field="key",
        )
    metric.save(force_insert=True)
    audit.record("metric.declared", target=metric, by=by, at=as_of, after=audit.snapshot(metric, DECLARED))
    return metric


@transaction.atomic
def revise_metric(
    metric: MetricDefinition,
    *,
    by: User | None,
    as_of: datetime,
    name: str | None = None,
    unit: str | None = None,
    aggregation: str | None = None,
) -> MetricDefinition:
    """Change what a metric is called; unit and aggregation only while nothing was measured: numbers would change their meaning.

    Raises UnusableAmount, or ValidationError by field.
    """
    locked: MetricDefinition = MetricDefinition.objects.select_for_update().get(pk=metric.pk)
    wanted = {"name": name, "unit": unit, "aggregation": aggregation}
    differing = {
        field: value for field, value in wanted.items() if value is not None and getattr(locked, field) != value
    }
    if not differing:
        return locked
    if set(differing) - {"name"} and UsageDaily.objects.filter(metric=locked).exists():
        at = next(name for name in ("unit", "aggregation") if name in differing)
        raise UnusableAmount(
            _("“%(metric)s” has values already, and they would change their meaning. Declare another metric.")
            % {"metric": locked},
            field=at,
        )
    before = audit.snapshot(locked, differing)
    for field, value in differing.items():
        setattr(locked, field, value)
    locked.clean_fields()
    locked.save(update_fields=[*differing])
    audit.record(
        "metric.revised", target=locked, by=by, at=as_of, before=before, after=audit.snapshot(locked, differing)
    )
    return locked
