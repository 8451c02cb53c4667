"""Files of usage: a metric's value for an account and a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, KindOfFile, Outcome, Turn, fault, outcome
from accounts.ingest.kinds.problems import IN_THE_FUTURE, UNKNOWN_ACCOUNT
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql import staging
from accounts.ingest.sql import usage as statements
from accounts.ingest.sql.staging import staged
from accounts.ingest.sql.traces import Trace, traced
from accounts.models import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

FIELDS = (
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "external id", "account external id", "customer", "customer id", "id", "klient")),
    Field("metric", _("Metric"), fields.KEY, needed=True, longest=80, synonyms=("event", "measure", "feature", "metryka")),
    Field("day", _("Day"), fields.DATE, synonyms=("date", "on", "data", "dzień", "дата")),
    Field("value", _("Value"), fields.NUMBER, needed=True, synonyms=("count", "events", "amount", "wartość")),
    Field("measured_at", _("Measured at"), fields.MOMENT, synonyms=("timestamp", "measured", "time", "at")),
    Field("unit", _("Unit"), longest=40, synonyms=("unit of measure", "jednostka")),
    Field("aggregation", _("How a day adds up"), fields.CHOICE, choices=tuple(MetricDefinition.Aggregation.values), synonyms=("aggregate",)),
    Field("active_users", _("Active users"), fields.WHOLE, longest=2_000_000_000, synonyms=("users", "active", "distinct users")),
)  # fmt: skip
TRACES = (
    Trace("ingest_metricpoint", statements.POINTS, ("value",), {"account_id": "uuid", "metric_id": "text", "measured_at": "timestamptz"}),
    Trace("accounts_usagedaily", statements.DAYS, ("value", "active_users"), {"account_id": "uuid", "metric_id": "text", "day": "date"}, has_many=True),
)  # fmt: skip
LARGEST = Decimal(10) ** 14
PLACES = Decimal("0.0001")


_PROBLEMS = {
    "unknown_account": UNKNOWN_ACCOUNT,
    "other_unit": (
        "unit",
        _("“%(metric)s” is declared in “%(known_unit)s”, and this row is in “%(unit)s”. Convert the value."),
    ),
    "other_aggregation": (
        "aggregation",
        _(
            "“%(metric)s” is declared as %(known_aggregation)s, and this row says %(aggregation)s. Use another metric for it."
        ),
    ),
    "in_the_future": ("day", IN_THE_FUTURE),
    "day_and_points": (
        "day",
        _("Some rows of this day are measurements with a time, and one is the whole day. Send the one or the other."),
    ),
    "has_points": (
        "day",
        _("This day is made of measurements with a time. Send the measurement again instead of the whole day."),
    ),
    "is_whole": (
        "measured_at",
        _("The value of this day was given as a whole. Send the whole day again instead of single measurements."),
    ),
    "too_large": ("value", _("The value has more than 14 digits before the decimals. Check it.")),
}


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    value, get = values["value"].quantize(PLACES, rounding=ROUND_HALF_UP), values.get
    if not -LARGEST < value < LARGEST:
        raise AtField("value", "too_long", _("The value has more than 14 digits before the decimals. Check it."))
    name = values["metric"]
    key = metric_key(name)
    if not key:
        raise AtField("metric", "no_metric", _("A metric's name needs letters or digits. Correct it."))
    at, day = get("measured_at"), get("day")
    if at is not None:
        day = _day_of(at, day)
    elif day is None:
        raise AtField("day", "missing_value", _("Give the day, or the moment of the measurement."))
    return values["account"], key, name, day, at, value, get("active_users"), get("unit"), get("aggregation")


def straight(columns: Mapping[str, Sequence[Any]]) -> Sequence[Sequence[Any]] | None:
    """The columns of the lines, where rows say whole days; PostgreSQL rounds the values to the same four places."""
    nothing = [None] * len(columns["account"])
    days, values = columns.get("day", nothing), columns["value"]
    if (
        None in days
        or any(columns.get("measured_at", ()))
        or not -LARGEST + 1 < min(values) <= max(values) < LARGEST - 1
    ):
        return None
    keys = {name: metric_key(name) for name in set(columns["metric"])}
    if not all(keys.values()):
        return None
    of_metric = [keys[name] for name in columns["metric"]]
    more = (columns.get(name, nothing) for name in ("active_users", "unit", "aggregation"))
    return [columns["account"], of_metric, columns["metric"], days, nothing, values, *more]


def _day_of(at: datetime, day: date | None) -> date:
    of_moment = at.astimezone(UTC).date()
    if day is not None and day != of_moment:
        raise AtField("day", "another_day", _("The day is not that of the measurement in UTC. Leave the day empty."))
    return of_moment


@lru_cache(maxsize=1_000)
def metric_key(name: str) -> str:
    """The key of a metric by its name; empty where that has neither letters nor digits."""
    return slugify(name)[:80] or slugify(name, allow_unicode=True)[:80]


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, define new metrics and write the days that differ or are missing."""
    given = turn.given() | {"batch": turn.batch_id}
    given |= statements.told_by(lines, latest_on=given["latest_on"])
    plan = statements.PLAN_OF_DAYS if given["are_days"] else statements.PLAN
    with staged(statements.COLUMNS, lines, plan, given, tables=statements.TABLES, analyzes_plan=False):
        is_plain = given["are_days"] and not statements.plan_further(given)
        done = outcome(turn, [])
        done = replace(done, unchanged=len(lines) - done.added - done.updated - done.faulty)
        if done.faulty:
            done.faults.extend(fault(_PROBLEMS, row) for row in staging.faults())
        if done.added:
            done = replace(done, new_metrics=tuple(statements.new_metrics()))
        if not turn.is_dry and (done.added or done.updated):
            _write_days(turn, given, done, is_plain=is_plain)
        return done


def _write_days(turn: Turn, given: dict[str, Any], done: Outcome, *, is_plain: bool) -> None:
    has_points, keeps = given["has_points"], turn.batch_id is not None
    if is_plain and not done.updated:  # nothing is joined
        staging.write(statements.writes_of_days(adds=True, revises=False, keeps=keeps), given)
        return
    staging.analyze_plan()
    with traced(TRACES if has_points else TRACES[1:], batch_id=turn.batch_id):
        if is_plain:
            wanted = statements.writes_of_days(adds=done.added > 0, revises=True, keeps=keeps)
        else:
            wanted = statements.writes(has_points=has_points, keeps=keeps)
        staging.write(wanted, given)


USAGE = KindOfFile(
    "usage",
    FIELDS,
    ("account", "metric", "day", "measured_at"),
    finish,
    write,
    traces=TRACES,
    puts_together=True,
    straight=straight,
)
