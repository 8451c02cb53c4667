"""Learns how long contracts are renewed and how customers reorder, and keeps what was learned, or why nothing could be."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from health.engine.value import repeat, subscription
from health.engine.value.purchases import History
from health.engine.value.worth import CannotValue
from health.value.models import ValueFit
from health.value.sql import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Kind = ValueFit.Kind
LEARN_EVERY = timedelta(days=7)


def ensure_learned(*, as_of: datetime) -> list[ValueFit]:
    """The newest fits, made anew where that was LEARN_EVERY ago: one for long and short contracts each, and one for each currency of orders."""
    newest = ValueFit.objects.filter(as_of__lte=as_of).order_by("-as_of").first()
    if newest is None or newest.as_of + LEARN_EVERY <= as_of:
        ValueFit.objects.bulk_create([*_of_contracts(as_of), *_of_orders(as_of)], ignore_conflicts=True)
        newest = ValueFit.objects.filter(as_of__lte=as_of).order_by("-as_of").first()
    return list(ValueFit.objects.filter(as_of=newest.as_of)) if newest else []


def survival_of(fit: ValueFit) -> subscription.Survival:
    """The fit as the engine computes with it; the same life table gives the same numbers."""
    return subscription.fit_survival(_table(_numbers(fit)))


def reorders_of(fit: ValueFit) -> tuple[repeat.Buying, repeat.Spending]:
    """The fit as the engine computes with it."""
    numbers = _numbers(fit)
    return repeat.Buying(**numbers["buying"]), repeat.Spending(**numbers["spending"])


def history_of(rows: Sequence[Any]) -> History:
    """Rows of health.value.sql.reading.histories as the engine reads them."""
    columns = ([float(getattr(row, name)) for row in rows] for name in ("repeats", "recency", "age", "spent_cents"))
    return History(tuple(str(row.account_id) for row in rows), *(np.array(column) for column in columns))


def _of_contracts(as_of: datetime) -> list[ValueFit]:
    rows = reading.life_tables(today=as_of.astimezone(UTC).date(), as_of=as_of)
    return [_survival(scope, rows, as_of) for scope in sorted({row.scope for row in rows})]


def _survival(scope: str, rows: Sequence[Any], as_of: datetime) -> ValueFit:
    mine = {row.place: row for row in rows if row.scope == scope}
    places = range(1, max(mine) + 1)
    counts = {
        name: [getattr(mine[place], name) if place in mine else 0 for place in places] for name in ("exposed", "lost")
    }
    exposed, lost = sum(counts["exposed"]), sum(counts["lost"])
    parameters, refusal = None, ""
    if lost < subscription.FEWEST_LOST:
        refusal = "too_few_lost"
    elif len(places) < subscription.FEWEST_PERIODS:
        refusal = "too_few_renewals"
    else:
        try:
            fitted = subscription.fit_survival(_table(counts))
            parameters = {**counts, "alpha": fitted.alpha, "beta": fitted.beta, "alike": fitted.alike}
        except CannotValue:
            refusal = "no_difference"
    return _fit(Kind.SURVIVAL, scope, parameters, refusal, (exposed, lost), as_of)


def _of_orders(as_of: datetime) -> list[ValueFit]:
    rows = reading.histories(today=as_of.astimezone(UTC).date(), as_of=as_of)
    currencies = sorted({row.currency for row in rows})
    return [_reorders(code, [row for row in rows if row.currency == code], as_of) for code in currencies]


def _reorders(currency: str, rows: Sequence[Any], as_of: datetime) -> ValueFit:
    history = history_of(rows)
    again = int(((history.repeats > 0) & (history.spent_cents > 0)).sum())
    parameters, refusal = None, ""
    if len(history) < repeat.FEWEST_CUSTOMERS or again < repeat.FEWEST_REPEATERS:
        refusal = "too_few_orders"
    else:
        try:
            parameters = {
                "buying": asdict(repeat.fit_buying(history)),
                "spending": asdict(repeat.fit_spending(history)),
            }
        except CannotValue:
            refusal = "no_difference"
    return _fit(Kind.REORDERS, currency, parameters, refusal, (len(history), again), as_of)


def _fit(
    kind: str, scope: str, parameters: dict[str, Any] | None, refusal: str, counts: tuple[int, int], as_of: datetime
) -> ValueFit:
    whole = json.dumps({"kind": kind, "scope": scope, "parameters": parameters}, sort_keys=True)
    return ValueFit(
        kind=kind,
        scope=scope,
        as_of=as_of,
        parameters=parameters,
        refusal=refusal,
        observed=counts[0],
        happened=counts[1],
        digest=hashlib.sha256(whole.encode()).hexdigest(),
    )


def _numbers(fit: ValueFit) -> dict[str, Any]:
    """What was learned; a fit that was refused is not asked for it."""
    assert fit.parameters is not None
    return dict(fit.parameters)


def _table(counts: dict[str, Any]) -> subscription.LifeTable:
    return subscription.LifeTable(tuple(map(float, counts["exposed"])), tuple(map(float, counts["lost"])))
