"""The SQL and the arithmetic one can read give the same verdict, digit by digit."""

import random
from typing import Any

import pytest

from accounts.models import Account
from health.engine.peers import ranks
from health.engine.scoring import input_hash, typical_points, verdict
from health.sql.run import definition_of, read_verdicts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


@pytest.mark.parametrize("seed", range(12))
def test_random_formulas_over_random_accounts_agree_with_the_oracle(seed):
    chance = random.Random(seed)
    version = make.active_version(_formula(chance))
    definition = definition_of(version)
    Account.objects.bulk_create(
        Account(
            external_id=f"r{n}",
            name=f"R{n}",
            recorded_at=make.LONG_AGO,
            attributes=_attributes(chance),
            segment=chance.choice(["small", "large"]),
            customer_since_on=chance.choice([None, make.ago(20), make.ago(200), make.ago(900)]),
        )
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


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("peers", ["segment", "all"])
def test_ranks_agree_with_the_arithmetic_for_all_and_for_a_few(peers, better):
    chance = random.Random(5)
    accounts = [
        make.account(segment=chance.choice("aab"), attributes={"x": chance.choice([1, 2, 2.5, 7, 7, 40, None])})
        for _ in range(25)
    ]
    transform = {"kind": "percentile", "peers": peers, "better": better}
    version = make.active_version(make.document(make.group(make.measure("it", "attribute:x", transform=transform))))
    expected = ranks(
        [account.attributes["x"] for account in accounts],
        [account.segment if peers == "segment" else "" for account in accounts],
        better=better,
    )
    rank = {account.pk: value for account, value in zip(accounts, expected, strict=True)}

    found = read_verdicts(version, as_of=make.AS_OF)
    few = read_verdicts(version, as_of=make.AS_OF, account_ids=[account.pk for account in accounts[:3]])

    assert {row["account_id"]: row["raw"][0] for row in found} == rank
    assert {row["account_id"]: row["raw"][0] for row in few} == {
        account.pk: rank[account.pk] for account in accounts[:3]
    }
    assert any(value is not None for value in expected)
    assert any(v is None and a.attributes["x"] is not None for v, a in zip(expected, accounts, strict=True)) == (
        peers == "segment"
    )


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
                    weight=chance.choice([0.5, 1, 2, 1 / 3, 7.7, 0] if measures else [0.5, 1, 2]),
                    missing=chance.choice(["ignore", "ignore", "neutral", "worst"]),
                )
            )
            number += 1
        groups.append(make.group(*measures, key=f"g{group}", weight=chance.choice([1, 10, 33.3])))
    since = make.measure("since", "tenure_months", high=30, weight=chance.choice([0, 1]))
    groups[0]["measures"].append(since)
    exceptions = [
        {
            "measure": "since",
            "op": chance.choice(["lt", "lte", "gt", "gte"]),
            "value": chance.choice([0.5, 7, 20]),
            chance.choice(["cap", "floor"]): chance.choice([30, 50.25, 80]),
        }
        for _ in range(chance.choice([0, 1, 2]))
    ]
    return make.document(
        *groups, exceptions=exceptions, coverage_floor=chance.choice([0, 0, 0.4]), bands={"good": 66.6, "watch": 33}
    )


def _transform(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["linear", "linear", "step", "choice", "percentile", "tenure"])
    if kind == "percentile":
        return {"kind": kind, "peers": chance.choice(["segment", "all"]), "better": chance.choice(["higher", "lower"])}
    if kind == "tenure":
        late = {"from_month": 6, "below": 0, "steps": [[3, 40], [9, 90]]}
        return {"kind": kind, "tables": [{"from_month": 0, "below": 50, "steps": [[2, 75]]}, late]}
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
