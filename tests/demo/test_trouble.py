"""Trouble in the simulated company: it comes before a renewal, weighs bit by bit, knows nothing of the outcome, and does not explain every loss."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cshub.demo import trouble, truth
from cshub.demo.company import draw_accounts
from cshub.demo.trouble import Trouble
from cshub.demo.world import TROUBLE_WEIGHT, Customer, World

FIRST_DAY = date(2025, 1, 1)
STEP = timedelta(days=14)


def world(count: int, seed: int = 7) -> World:
    """Customers without rows in the product: the state between two steps needs none."""
    rng = np.random.Generator(np.random.PCG64(seed))
    nobody: Any = SimpleNamespace()
    made = World(rng=rng, staff=[], manager=nobody, finance=nobody, waiting=[])
    for place, simulated in enumerate(draw_accounts(count, first_day=FIRST_DAY, months=1, owners=1, rng=rng)):
        made.customers[place] = Customer(simulated, nobody, nobody, term_ends_on=simulated.joins_on)  # type: ignore[index]
    return made


def lived(count: int) -> list[tuple[bool, bool]]:
    """Two years without any work: of each account's last renewal, whether it stood in trouble and whether it left."""
    made, seen, day = world(count), {}, FIRST_DAY
    while day < FIRST_DAY + timedelta(days=730):
        day += STEP
        due = [row for row in made.here() if FIRST_DAY < row.term_ends_on <= day]
        troubled = {row.simulated.external_id: row.trouble_on(row.term_ends_on) is not None for row in due}
        made.drift(until=day)
        for row in due:
            fate = truth.fate(row.mood, luck=float(made.rng.random()), keeps=1.0)
            name = row.simulated.external_id
            seen[name] = (troubled[name], not fate.renews(runway=False, rescue=False))
    return list(seen.values())


def test_it_weighs_more_from_day_to_day_and_ends() -> None:
    found = Trouble(date(2026, 3, 1), date(2026, 9, 1), is_quiet=False, takes_champion=False)
    weights = [found.weighs(date(2026, 2, 28) + timedelta(days=days)) for days in range(200)]
    assert weights[0] == 0
    assert max(weights) == 1.0
    assert weights[1 : trouble.BUILDS_UP] == sorted(weights[1 : trouble.BUILDS_UP])
    assert weights[trouble.BUILDS_UP // 2 + 1] == pytest.approx(0.5)
    assert weights[-1] == 0


@pytest.mark.parametrize(
    ("joined", "day", "ends"),
    [
        (date(2024, 5, 3), date(2024, 5, 3), date(2025, 5, 3)),
        (date(2024, 5, 3), date(2026, 5, 2), date(2026, 5, 3)),
        (date(2024, 5, 3), date(2026, 5, 3), date(2027, 5, 3)),
        (date(2024, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
    ],
)
def test_terms_end_on_the_day_of_joining(joined: date, day: date, ends: date) -> None:
    assert trouble.renewal_after(joined, day) == ends


def test_it_begins_before_a_renewal_and_among_weak_accounts_more_often() -> None:
    made = world(2_000)
    made.drift(until=FIRST_DAY)
    rows = made.here()
    in_trouble = [row for row in rows if row.troubles]
    for row in in_trouble:
        assert trouble.LATEST <= (row.term_ends_on - row.troubles[0].begins_on).days < trouble.EARLIEST
    assert 0.2 < len(in_trouble) / len(rows) < 0.45
    strength = {row.simulated.external_id: row.simulated.strength for row in rows}
    assert np.mean([row.simulated.strength for row in in_trouble]) < np.mean(list(strength.values())) - 0.2


def test_it_explains_some_losses_and_not_all_and_many_in_it_stay() -> None:
    seen = lived(1_500)
    assert 0.2 < np.mean([not troubled for troubled, is_gone in seen if is_gone]) < 0.7
    gone = {each: float(np.mean([is_gone for troubled, is_gone in seen if troubled == each])) for each in (True, False)}
    assert gone[False] + 0.1 < gone[True] < 0.8


def test_moods_fall_by_what_it_weighs() -> None:
    made = world(2_000)
    day = FIRST_DAY
    for _step in range(10):
        day += STEP
        made.drift(until=day)
    full = [
        row.mood - row.simulated.strength
        for row in made.here()
        if (found := row.trouble_on(day)) and found.weighs(day) == 1
    ]
    none = [row.mood - row.simulated.strength for row in made.here() if not row.trouble_on(day)]
    assert np.mean(none) - np.mean(full) == pytest.approx(TROUBLE_WEIGHT, abs=0.2)
