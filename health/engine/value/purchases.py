"""Orders of customers who owe none: how many repeat purchases, how recent, and over how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from health.engine.value.money import Floats
from health.engine.value.worth import CannotValue

DAYS_A_WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Order:
    """One order: who, on which day, for how much in cents."""

    customer_id: str
    ordered_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class History:
    """Customers sorted by id, all arrays (n,): `repeats` purchases after the first, `recency` weeks from the first to the last,
    `age` weeks from the first to the end, `spent_cents` the mean of the repeat purchases (0 where there is none)."""

    customer_ids: tuple[str, ...]
    repeats: Floats
    recency: Floats
    age: Floats
    spent_cents: Floats

    def __len__(self) -> int:
        return len(self.customer_ids)

    def part(self, start: int, end: int) -> History:
        """The customers from `start` up to, but not including, `end`."""
        rows = slice(start, end)
        return History(
            self.customer_ids[rows], self.repeats[rows], self.recency[rows], self.age[rows], self.spent_cents[rows]
        )


def history_of(orders: Sequence[Order], *, until: date) -> History:
    """What was known at the end of the day `until`; later orders are not looked at, and those of one day are one purchase.

    Raises CannotValue for an amount below 0, naming the customer and the day.
    """
    customers, days, amounts = _days_of_buying([order for order in orders if order.ordered_on <= until])
    names, first, counts = np.unique(customers, return_index=True, return_counts=True)
    last = days[first + counts - 1] if len(first) else days
    repeats = (counts - 1).astype(float)
    later = np.add.reduceat(amounts, first) - amounts[first] if len(first) else amounts
    return History(
        customer_ids=tuple(names.tolist()),
        repeats=repeats,
        recency=(last - days[first]) / DAYS_A_WEEK,
        age=(until.toordinal() - days[first]) / DAYS_A_WEEK,
        spent_cents=np.divide(later, repeats, out=np.zeros(len(names)), where=repeats > 0),
    )


def bought_between(orders: Sequence[Order], customer_ids: Sequence[str], *, after: date, until: date) -> Floats:
    """(n,) purchases of each of these customers in (after, until]; orders of one day are one."""
    customers, _days, _amounts = _days_of_buying([order for order in orders if after < order.ordered_on <= until])
    names, counts = np.unique(customers, return_counts=True)
    found = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return np.array([float(found.get(customer, 0)) for customer in customer_ids])


def _days_of_buying(orders: Sequence[Order]) -> tuple[NDArray[np.str_], Floats, Floats]:
    """Customer, day and amount of each purchase, sorted by customer and day."""
    for order in orders:
        if order.amount_cents < 0:
            raise CannotValue(
                f"Customer {order.customer_id} on {order.ordered_on}: amount_cents is {order.amount_cents}; "
                "give 0 or more, and take refunds off the order they belong to."
            )
    together: dict[tuple[str, int], int] = {}
    for order in orders:
        key = (order.customer_id, order.ordered_on.toordinal())
        together[key] = together.get(key, 0) + order.amount_cents
    keys = sorted(together)
    return (
        np.array([customer for customer, _day in keys], dtype=str),
        np.array([day for _customer, day in keys], dtype=float),
        np.array([together[key] for key in keys], dtype=float),
    )
