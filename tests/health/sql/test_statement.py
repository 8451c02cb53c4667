"""The SQL and the arithmetic one can read give the same verdict, digit by digit."""

import random
from typing import Any

import pytest

from accounts.models import Account
from health.engine.scoring import input_hash, typical_points, verdict
from health.sql.run import definition_of, read_verdicts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


@pytest.mark.parametrize("seed", range(8))
def test_random_formulas_over_random_accounts_agree_with_the_oracle(seed):
    chance = random.Random(seed)
    version = make.active_version(_formula(chance))
    definition = definition_of(version)
    Account.objects.bulk_create(
        Account(external_id=f"r{n}", name=f"R{n}", recorded_at=make.LONG_AGO, attributes=_attributes(chance))
        for n in range(chance.choice([3, 40, 40]))
    )

    found = read_verdicts(version, as_of=make.AS_OF)

    points = [verdict(definition, row["raw"], [0] * len(definition.measures)).points for row in found]
    typical = typical_points(definition, points)
    for row in found:
        expected = verdict(definition, row["raw"], typical)
        assert tuple(row["points"]) == expected.points
        assert (row["score"], row["band"], row["coverage"], row["reason"]) == (
            expected.score,
            expected.band,
            expected.coverage,
            expected.reason,
        )
        assert row["input_hash"] == input_hash(version.pk, row["raw"])
    assert len(found) < 40 or any(row["score"] is not None for row in found)


def _formula(chance: random.Random) -> dict[str, Any]:
    groups, number = [], 0
    for group in range(chance.randint(1, 4)):
        measures = []
        for _ in range(chance.randint(1, 3)):
            measures.append(
                make.measure(
                    f"m{number}",
                    f"attribute:a{number}",
                    transform=_transform(chance),
                    weight=chance.choice([0.5, 1, 2, 1 / 3, 7.7]),
                    missing=chance.choice(["ignore", "ignore", "neutral", "worst"]),
                )
            )
            number += 1
        groups.append(make.group(*measures, key=f"g{group}", weight=chance.choice([1, 10, 33.3])))
    return make.document(*groups, coverage_floor=chance.choice([0, 0, 0.4]), bands={"good": 66.6, "watch": 33})


def _transform(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["linear", "linear", "step", "choice"])
    if kind == "linear":
        low, high = chance.sample([0, 0.1, 3.3, 7, 10], 2)
        return {"kind": "linear", "low": low, "high": high}
    if kind == "step":
        return {"kind": "step", "below": 12.5, "steps": [[2, 30], [5.5, 66.67], [8, 100]]}
    return {"kind": "choice", "choices": [["No", 10], ["Yes", 90], ["No internet service", 55.5]]}


def _attributes(chance: random.Random) -> dict[str, Any]:
    values = [
        round(chance.uniform(-1, 12), 3),
        str(round(chance.uniform(-1, 12), 2)),
        "Yes",
        "No",
        "No internet service",
        "?",
        True,
        None,
    ]
    return {f"a{n}": chance.choice(values) for n in range(12) if chance.random() < 0.8}
