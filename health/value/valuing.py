"""Computes the value of many accounts at once: what they will bring, what serving them costs, and the tier."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from health.engine.value.months import Ahead, Running, annuity, worth_of_a_month
from health.engine.value.repeat import repeat_values
from health.value.learning import history_of, reorders_of, survival_of
from health.value.models import Method, ValueFit
from health.value.serving import Served, served
from health.value.sql.reading import LONG_TERM
from health.value.tiers import tiered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from health.value.assumed import Assumed

Row = dict[str, Any]
WEEKS_A_MONTH = 365.25 / 12 / 7
DAYS_A_MONTH = 30.4375


@dataclass(frozen=True)
class Brought:
    """What an account will bring, in units of its currency, or why that is unknown; `factor` is today's worth of 1 a month from it."""

    method: str = ""
    amount: float | None = None
    low: float | None = None
    high: float | None = None
    at_stake: float | None = None
    currency: str = ""
    margin: float | None = None
    factor: float | None = None
    fit: ValueFit | None = None
    refusal: str = ""
    inputs: tuple[Any, ...] = ()


@dataclass
class Learned:
    """The fits by kind and scope, ready to compute with, and the histories of those who reorder, by account."""

    fits: Mapping[tuple[str, str], ValueFit]
    orders: Mapping[UUID, Any]
    _ready: dict[UUID, Any] = field(default_factory=dict)

    def fit(self, kind: str, scope: str) -> ValueFit | None:
        return self.fits.get((kind, scope))

    def ready(self, fit: ValueFit) -> Any:
        if fit.pk not in self._ready:
            self._ready[fit.pk] = survival_of(fit) if fit.kind == ValueFit.Kind.SURVIVAL else reorders_of(fit)
        return self._ready[fit.pk]


def valued(customers: Sequence[Row], learned: Learned, assumed: Assumed) -> list[Row]:
    """One row for each customer as health.value.sql.writing.keep takes it. One query for the work done, and one for each further currency."""
    brought = {
        **_of_contracts([each for each in customers if each["arr"] > 0], learned, assumed),
        **_of_orders([each for each in customers if not each["arr"] > 0], learned, assumed),
    }
    work = served(customers, {key: each.currency for key, each in brought.items()}, assumed)
    return [_row(each, brought[each["account_id"]], work[each["account_id"]], assumed) for each in customers]


def _of_contracts(customers: Sequence[Row], learned: Learned, assumed: Assumed) -> dict[UUID, Brought]:
    """All contracts of all customers in one computation for long and one for short ones, then summed up by account."""
    flat = [part for each in customers for part in _parts(each)]
    scopes = ["long" if part[3] >= LONG_TERM else "short" for part in flat]
    fits = {scope: learned.fit(ValueFit.Kind.SURVIVAL, scope) for scope in ("long", "short")}
    figures = np.full((len(flat), 7), np.nan)
    for scope, fit in fits.items():
        chosen = [place for place, each in enumerate(scopes) if each == scope]
        if fit is None or fit.parameters is None or not len(chosen):
            continue
        left, term, survived = (np.array([flat[place][column] for place in chosen]) for column in (2, 3, 4))
        ahead = worth_of_a_month(
            learned.ready(fit), Running(left, term, survived), months=assumed.months, discount=float(assumed.discount)
        )
        figures[chosen] = np.column_stack(_columns(ahead))
    told = figures.tolist()
    places: dict[UUID, list[int]] = defaultdict(list)
    for place, part in enumerate(flat):
        places[part[0]].append(place)
    found = {}
    for each in customers:
        mine = places[each["account_id"]]
        found[each["account_id"]] = _contracted(
            each, [(*flat[place], *told[place]) for place in mine], {scopes[place] for place in mine}, fits, assumed
        )
    return found


def _parts(customer: Row) -> Iterator[tuple[Any, ...]]:
    """(account, yearly revenue, months left, term, renewals survived) of each contract; together they are the account's revenue."""
    arr, arrs = float(customer["arr"]), customer["arrs"]
    if not arrs:
        yield customer["account_id"], arr, customer["otherwise_left"], 12, customer["years"] or 0
        return
    scale = arr / sum(arrs)  # revenue that stands on no line is spread over the contracts
    for paid, left, term, survived in zip(
        arrs, customer["months_left"], customer["terms"], customer["survived"], strict=True
    ):
        yield customer["account_id"], paid * scale, left, term, survived


def _columns(ahead: Ahead) -> tuple[Any, ...]:
    return ahead.until, ahead.first, ahead.after, ahead.after_low, ahead.after_high, ahead.low, ahead.high


def _contracted(
    customer: Row,
    parts: Sequence[tuple[Any, ...]],
    scopes: set[str],
    fits: Mapping[str, ValueFit | None],
    assumed: Assumed,
) -> Brought:
    margin, currency = assumed.margin_of(customer["segment"]), customer["currency"]
    fit = fits[min(scopes)]
    if margin is None:
        return Brought(currency=currency, refusal="no_margin")
    missing = next(
        (fits[scope] for scope in sorted(scopes) if (one := fits[scope]) is None or one.parameters is None), fit
    )
    if missing is None or missing.parameters is None:
        return Brought(currency=currency, margin=float(margin), refusal="no_survival", fit=missing)
    monthly = [float(margin) * part[1] / 12 for part in parts]
    worth = [_worth(part, customer) for part in parts]
    whole, low, high, after = (
        sum(paid * each[place] for paid, each in zip(monthly, worth, strict=True)) for place in range(4)
    )
    return Brought(
        method=Method.SUBSCRIPTION,
        amount=whole,
        low=min(low, whole),
        high=max(high, whole),
        at_stake=after,
        currency=currency,
        margin=float(margin),
        factor=whole / sum(monthly),
        fit=fit,
        inputs=(*(part[1:5] for part in parts), _chance(customer)),
    )


def _worth(part: tuple[Any, ...], customer: Row) -> tuple[float, float, float, float]:
    """Of 1 a month: estimate, lower and upper end, and the part after the renewal. A renewal that is due within the horizon of the prediction
    is made with the account's own probability, every other with that of contracts that stand alike."""
    left, (until, first, after, after_low, after_high, low, high) = part[2], part[5:]
    chance = _chance(customer)
    if chance is None or left * DAYS_A_MONTH > chance[3]:
        return until + first * after, low, high, after
    leaves, least, most, _days = chance
    return (
        until + (1 - leaves) * after,
        until + (1 - most) * after_low,
        until + (1 - least) * after_high,
        after,
    )


def _chance(customer: Row) -> tuple[float, float, float, int] | None:
    if customer["probability"] is None:
        return None
    ends = (float(customer[name]) for name in ("probability", "probability_low", "probability_high"))
    return (*ends, customer["horizon_days"])


def _of_orders(customers: Sequence[Row], learned: Learned, assumed: Assumed) -> dict[UUID, Brought]:
    found: dict[UUID, Brought] = {}
    alike: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for each in customers:
        key, margin = each["account_id"], assumed.margin_of(each["segment"])
        bought = learned.orders.get(key)
        if bought is None:
            found[key] = Brought(currency=each["currency"], refusal="no_revenue")
            continue
        fit = learned.fit(ValueFit.Kind.REORDERS, bought.currency)
        if margin is None or fit is None or fit.parameters is None:
            refusal = "no_margin" if margin is None else "no_reorders"
            found[key] = Brought(
                currency=bought.currency, refusal=refusal, fit=fit, margin=None if margin is None else float(margin)
            )
        else:
            alike[bought.currency, margin].append(bought)
    for (currency, margin), rows in alike.items():
        found |= _reordered(rows, currency, float(margin), learned, assumed)
    return found


def _reordered(
    rows: Sequence[Any], currency: str, margin: float, learned: Learned, assumed: Assumed
) -> dict[UUID, Brought]:
    fit = learned.fits[ValueFit.Kind.REORDERS, currency]
    weeks, discount = assumed.months * WEEKS_A_MONTH, float(assumed.discount)
    buying, spending = learned.ready(fit)
    values = repeat_values(buying, spending, history_of(rows), weeks=weeks, margin=margin, discount=discount)
    factor = annuity(assumed.months, discount)
    found = {}
    for row, value in zip(rows, values, strict=True):
        low, high = (None if end is None else end / 100 for end in (value.lo_cents, value.hi_cents))
        found[row.account_id] = Brought(
            method=Method.REPEAT,
            amount=value.est_cents / 100,
            low=low,
            high=high,
            at_stake=value.est_cents / 100,
            currency=currency,
            margin=margin,
            factor=factor,
            fit=fit,
            inputs=tuple(str(part) for part in row[2:]),
        )
    return found


def _row(customer: Row, brought: Brought, work: Served, assumed: Assumed) -> Row:
    ahead = None if work.cost is None or brought.factor is None else work.monthly * brought.factor
    tier = tiered(brought, ahead, work, customer["strategic"] or "", assumed)
    row = {
        "method": brought.method,
        **{name: _cents(getattr(brought, name)) for name in ("amount", "low", "high", "at_stake")},
        "currency": brought.currency or work.currency,
        "margin": brought.margin,
        "discount": float(assumed.discount),
        "months": assumed.months,
        "refusal": brought.refusal,
        "cost": _cents(work.cost),
        "cost_ahead": _cents(ahead),
        "cost_refusal": work.refusal,
        "recorded_minutes": work.recorded,
        "estimated_minutes": work.estimated,
        "unmeasured_count": work.unmeasured,
        "tier": tier.tier,
        "tier_reason": tier.reason,
        "tier_facts": dict(tier.facts),
        "possible_tiers": list(tier.possible),
        "fit_id": str(brought.fit.pk) if brought.fit else None,
    }
    stands_on = [brought.inputs, brought.fit.digest if brought.fit else "", work.inputs, row]
    return {"account_id": str(customer["account_id"]), **row, "inputs": _hash(stands_on)}


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _hash(inputs: Any) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()
