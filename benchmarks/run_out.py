"""Tries run-out dates on real orders: how often the next purchase falls within the interval that was told before it.

    python benchmarks/run_out.py ORDERS.txt

ORDERS.txt: lines of customer, anything, YYYYMMDD, quantity, amount, separated by spaces (the public CDNOW sample has this form).
"""

import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from accounts.engine import RunOut, run_out

CUT = date(1997, 9, 30)
Days = list[tuple[date, float]]


def main(path: str) -> None:
    customers = read(Path(path).read_text().splitlines())
    print(f"{len(customers)} customers, {sum(map(len, customers.values()))} days with orders")
    show("the last purchase of each, told from those before it", last_purchases(customers))
    show(f"the first purchase after {CUT}, told from those until then", after_cut(customers))


def read(lines: Iterable[str]) -> dict[str, Days]:
    """Per customer the days with orders and what was bought on them."""
    found: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for line in lines:
        customer, _other, day, quantity, _amount = line.split()
        found[customer][date.fromisoformat(day)] += float(quantity)
    return {customer: sorted(days.items()) for customer, days in found.items()}


def last_purchases(customers: dict[str, Days]) -> list[tuple[RunOut | None, date | None]]:
    return [(run_out(days[:-1]), days[-1][0]) for days in customers.values() if len(days) > 1]


def after_cut(customers: dict[str, Days]) -> list[tuple[RunOut | None, date | None]]:
    return [
        (run_out([each for each in days if each[0] <= CUT]), next((day for day, _ in days if day > CUT), None))
        for days in customers.values()
    ]


def show(title: str, told: list[tuple[RunOut | None, date | None]]) -> None:
    known = [(said, then) for said, then in told if said is not None]
    came = [(said, then) for said, then in known if then is not None]
    inside = [said for said, then in came if (said.earliest or then) <= then <= (said.latest or then)]
    before = sum(said.on is None or then <= said.on for said, then in came)
    wrong = [abs((then - said.on).days) for said, then in came if said.on is not None]
    widths = [(said.latest - said.earliest).days for said, _ in came if said.latest and said.earliest]
    print(f"\n{title}")
    print(f"  told for {len(known)} of {len(told)}; unknown under three orders: {len(told) - len(known)}")
    print(f"  bought again: {len(came)} ({share(len(came), len(known))})")
    print(f"  within the interval, of those who bought again: {share(len(inside), len(came))} (80 % promised)")
    print(f"  by the day itself: {share(before, len(came))} (50 % promised)")
    print(
        f"  median distance of the day: {statistics.median(wrong)} days; median width: {statistics.median(widths)} days"
    )


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


if __name__ == "__main__":
    main(sys.argv[1])
