"""Whatever the formula, the data and the kinds of transform: the arithmetic keeps its promises, and the SQL gives the same digits."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from cshub.db import sql
from health.engine.definition import Definition, parse
from health.engine.scoring import NO_DATA, Verdict, input_hash, typical_points, verdict
from health.models import ScorecardVersion
from health.sql.run import definition_of, read_verdicts
from tests.health import make

MIDDLE = 5000
CENT = Decimal("0.01")
STEPS = st.lists(
    st.tuples(st.integers(-20, 120), st.integers(0, 100)), min_size=1, max_size=4, unique_by=lambda s: s[0]
)
WEIGHTS = st.sampled_from([0.5, 1, 2, 3.25, 40])
VALUES = st.none() | st.floats(-30, 130).map(lambda value: round(value, 2))
NO_NUMBERS = st.sampled_from([math.nan, math.inf, -math.inf])
DATABASE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def steps(draw: st.DrawFn, *, rising: bool) -> dict[str, Any]:
    """Thresholds in order; with `rising` their points are in order, too."""
    found = sorted(draw(STEPS))
    points = [draw(st.integers(0, 100)), *(points for _, points in found)]
    points = sorted(points) if rising else points
    return {"below": points[0], "steps": [[at, some] for (at, _), some in zip(found, points[1:], strict=True)]}


@st.composite
def transforms(draw: st.DrawFn, *, rising: bool = False) -> dict[str, Any]:
    """Any kind that reads one number. `rising`: more is never worse."""
    kind = draw(st.sampled_from(["linear", "step", "percentile"] + ([] if rising else ["bounded", "tenure"])))
    if kind in ("linear", "bounded"):
        low, high = draw(st.lists(st.integers(-20, 120), min_size=2, max_size=2, unique=True))
        low, high = (min(low, high), max(low, high)) if rising else (low, high)
        return {"kind": kind, "low": low, "high": high} | (
            {"outside": draw(st.integers(0, 100))} if kind == "bounded" else {}
        )
    if kind == "percentile":
        return {
            "kind": kind,
            "peers": "all",
            "better": "higher" if rising else draw(st.sampled_from(["higher", "lower"])),
        }
    if kind == "tenure":
        tables = [{"from_month": month, **draw(steps(rising=False))} for month in (0, 6, 12)]
        return {"kind": kind, "tables": tables}
    return {"kind": "step", **draw(steps(rising=rising))}


@st.composite
def documents(
    draw: st.DrawFn, *, rising: bool = False, policies: tuple[str, ...] = ("ignore", "neutral", "worst")
) -> dict[str, Any]:
    """One to three groups of one to three measures, each of a further field a0, a1 … of its own, and the months as a customer."""
    groups, number = [], 0
    for place in range(draw(st.integers(1, 3))):
        measures = []
        for _ in range(draw(st.integers(1, 3))):
            policy = draw(st.sampled_from(policies))
            shape = draw(transforms(rising=rising))
            measures.append(
                make.measure(
                    f"m{number}", f"attribute:a{number}", transform=shape, weight=draw(WEIGHTS), missing=policy
                )
            )
            number += 1
        combine = draw(st.sampled_from(["mean", "mean", "best", "worst"]))
        groups.append(make.group(*measures, key=f"g{place}", weight=draw(WEIGHTS), combine=combine))
    groups[0]["measures"].append(make.measure("months", "tenure_months", high=24, weight=draw(st.sampled_from([0, 1]))))
    exceptions = draw(st.lists(exception(number), max_size=2)) if not rising else []
    return make.document(
        *groups,
        coverage_floor=draw(st.sampled_from([0, 0.3, 0.6])),
        exceptions=exceptions,
        stretch=draw(st.sampled_from([1, 1, 0.5, 1.6, 4])),
    )


def exception(measures: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "measure": st.integers(0, measures - 1).map(lambda number: f"m{number}"),
            "op": st.sampled_from(["lt", "lte", "gt", "gte", "eq"]),
            "value": st.integers(-20, 120),
        }
    ).flatmap(
        lambda rule: st.tuples(st.sampled_from(["cap", "floor"]), st.integers(0, 100)).map(
            lambda limit: {**rule, limit[0]: limit[1]}
        )
    )


@st.composite
def cases(draw: st.DrawFn, **how: Any) -> tuple[Definition, list[float | None], list[int]]:
    """A formula, the raw values of an account and what is typical."""
    formula = parse(draw(documents(**how)))
    count = len(formula.measures)
    raw = draw(st.lists(VALUES, min_size=count, max_size=count))
    return formula, raw, draw(st.lists(st.integers(0, 10_000), min_size=count, max_size=count))


@given(cases())
def test_a_score_lies_between_0_and_100_or_is_unknown_below_the_floor(case):
    formula, raw, typical = case
    found = verdict(formula, raw, typical)
    assert (found.score is None) == (found.band == "unknown") == (found.reason == NO_DATA)
    assert found.score is None or 0 <= found.score <= 100
    assert 0 <= found.coverage <= 1
    if found.coverage < Decimal(str(formula.coverage_floor)):
        assert found.score is None


@given(cases(rising=True), st.data())
def test_more_is_never_worse_where_no_transform_turns_round(case, data):
    formula, raw, typical = case
    known = [index for index, value in enumerate(raw) if value is not None]
    if not known:
        return
    index = data.draw(st.sampled_from(known))
    more = [*raw]
    more[index] = (raw[index] or 0) + data.draw(st.floats(0, 60))
    before, after = verdict(formula, raw, typical).score, verdict(formula, more, typical).score
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_groups_and_measures_does_not_matter(case, chance):
    formula, raw, typical = case
    shuffled = mixed(formula, chance)
    place = {item.key: index for index, item in enumerate(formula.measures)}
    moved = [place[item.key] for item in shuffled.measures]
    one = verdict(formula, raw, typical)
    other = verdict(shuffled, [raw[index] for index in moved], [typical[index] for index in moved])
    assert one.coverage == pytest.approx(other.coverage, abs=Decimal("0.001"))
    if (
        abs(float(one.coverage) - formula.coverage_floor) > 0.001
    ):  # a sum in another order may fall on the other side of the floor
        assert (one.score is None) == (other.score is None)
        assert one.score is None or one.score == pytest.approx(other.score, abs=CENT)


@given(cases(policies=("ignore",)))
def test_a_gap_gives_its_weight_to_its_group_first_and_an_empty_group_to_the_others(case):
    formula, raw, typical = case
    found = verdict(formula, raw, typical)
    if found.score is None:
        return
    inside = shares(formula, found)
    present = {key: weights for key, weights in inside.items() if any(weight for weight in weights if weight)}
    assert sum(sum(weight or 0 for weight in weights) for weights in present.values()) == pytest.approx(1)
    together = sum(group.weight for group in formula.groups if group.key in present)
    for group in formula.groups:
        if group.key not in present:
            assert not any(inside[group.key])
            continue
        got = sum(weight or 0 for weight in present[group.key])
        assert got == pytest.approx(group.weight / together)
        known = [m.weight for m, weight in zip(group.measures, inside[group.key], strict=True) if weight is not None]
        assert [w for w in inside[group.key] if w is not None] == pytest.approx([got * w / sum(known) for w in known])


@given(cases(), st.data())
def test_what_is_no_finite_number_is_no_data(case, data):
    formula, raw, typical = case
    index = data.draw(st.integers(0, len(raw) - 1))
    spoiled, without = [*raw], [*raw]
    spoiled[index], without[index] = data.draw(NO_NUMBERS), None
    assert verdict(formula, spoiled, typical) == verdict(formula, without, typical)


@pytest.mark.usefixtures("acme")
@DATABASE
@given(documents(), st.data())
def test_the_sql_gives_the_digits_of_the_arithmetic(document, data):
    with rolled_back():
        version = make.active_version(document)
        definition = definition_of(version)
        with_values(data.draw(st.lists(st.lists(VALUES, min_size=9, max_size=9), min_size=1, max_size=12)))
        found = read_verdicts(version, as_of=make.AS_OF)
        points = [verdict(definition, row["raw"], [0] * len(row["raw"])).points for row in found]
        typical = typical_points(definition, points)
        for row in found:
            expected = verdict(definition, row["raw"], typical)
            assert (row["score"], row["band"], row["coverage"], row["reason"], tuple(row["points"])) == (
                expected.score, expected.band, expected.coverage, expected.reason, expected.points,
            )  # fmt: skip
            assert row["score"] is None or 0 <= row["score"] <= 100
            assert row["input_hash"] == input_hash(version.pk, row["raw"])


@pytest.mark.usefixtures("acme")
@DATABASE
@given(documents(rising=True), st.data())
def test_in_sql_more_is_never_worse(document, data):
    """Accounts that differ in one value alone stand in the order of that value."""
    with rolled_back():
        version = make.active_version(document)
        others = data.draw(st.lists(VALUES, min_size=9, max_size=9))
        place = data.draw(st.integers(0, len(definition_of(version).measures) - 2))
        ladder = sorted(data.draw(st.lists(st.integers(-30, 130), min_size=11, max_size=14)))
        accounts = with_values([[*others[:place], value, *others[place + 1 :]] for value in ladder])
        found = {row["account_id"]: row["score"] for row in read_verdicts(version, as_of=make.AS_OF)}
        scores = [found[account.pk] for account in accounts]
        assert None not in scores or set(scores) == {None}
        assert None in scores or scores == sorted(scores)


@pytest.mark.usefixtures("acme")
@DATABASE
@given(documents(), st.randoms(use_true_random=False), st.lists(VALUES, min_size=9, max_size=9))
def test_in_sql_the_order_of_groups_and_measures_does_not_matter(document, chance, values):
    with rolled_back():
        with_values([values] * 3)
        scores = []
        for each in (document, {**document, "groups": shuffled_groups(document["groups"], chance)}):
            version = ScorecardVersion(definition=each, definition_hash="")
            scores.append([row["score"] for row in read_verdicts(version, as_of=make.AS_OF)])
        for one, other in zip(*scores, strict=True):
            assert one is None or other is None or one == pytest.approx(other, abs=CENT)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "1" * 400, "٣", "0x10", ""])
def test_a_field_that_is_no_number_is_no_data_in_sql(text):
    version = make.active_version(make.document(make.group(make.measure("a", "attribute:a"))))
    make.account(attributes={"a": text})
    [row] = read_verdicts(version, as_of=make.AS_OF)
    assert (row["raw"], row["score"], row["band"]) == ([None], None, "unknown")


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("source", ["usage_trend", "usage_level", "usage_depth"])
def test_usage_that_is_no_number_is_no_data_in_sql(source):
    """The column takes NaN, whoever wrote it."""
    metric = {} if source == "usage_trend" else {"metric": "logins"}
    version = make.active_version(make.document(make.group(make.measure("use", source, **metric))))
    northwind = make.account()
    make.used(northwind, {make.ago(days): 5 for days in (3, 40)}, active_users=2)
    sql.execute("update accounts_usagedaily set value = 'NaN' where day = %s", [make.ago(3)])
    [row] = read_verdicts(version, as_of=make.AS_OF)
    assert (row["raw"], row["score"], row["band"]) == ([None], None, "unknown")


class rolled_back(transaction.Atomic):  # noqa: N801
    """Leave the database as it was, so that one example does not see the accounts of another."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)

    def __exit__(self, *error: Any) -> None:
        transaction.set_rollback(True)
        super().__exit__(*error)


def with_values(rows: list[list[float | None]]) -> list[Account]:
    """Accounts whose further fields a0, a1 … hold these values; the last of a row is the months as a customer."""
    return Account.objects.bulk_create(
        Account(
            external_id=f"p{number}",
            name=f"P{number}",
            recorded_at=make.LONG_AGO,
            customer_since_on=None if values[-1] is None else make.ago(max(0, round(values[-1] * 7))),
            attributes={f"a{index}": value for index, value in enumerate(values) if value is not None},
        )
        for number, values in enumerate(rows)
    )


def mixed(formula: Definition, chance: Any) -> Definition:
    """The same formula with its groups, and the measures in them, in another order."""
    groups = [
        replace(each, measures=tuple(chance.sample(each.measures, len(each.measures)))) for each in formula.groups
    ]
    return replace(formula, groups=tuple(chance.sample(groups, len(groups))))


def shuffled_groups(groups: list[dict[str, Any]], chance: Any) -> list[dict[str, Any]]:
    mixed_groups = [{**each, "measures": chance.sample(each["measures"], len(each["measures"]))} for each in groups]
    return chance.sample(mixed_groups, len(mixed_groups))


def shares(formula: Definition, found: Verdict) -> dict[str, tuple[float | None, ...]]:
    """The weights after redistribution by group."""
    start, parts = 0, {}
    for group in formula.groups:
        parts[group.key] = found.weights[start : start + len(group.measures)]
        start += len(group.measures)
    return parts
