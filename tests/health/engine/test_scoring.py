"""The arithmetic of the score keeps its promises whatever the formula and the data."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.engine.definition import Definition, Measure, parse
from health.engine.scoring import NO_DATA, counted, typical_points, verdict
from tests.health.make import document, group, measure

WEIGHTS = st.sampled_from([0.5, 1, 2, 3.25, 40])
SPARE = {"key": "spare", "source": "tenure_months", "weight": 0, "transform": {"kind": "linear", "low": 0, "high": 9}}
RAW = st.none() | st.floats(-5, 15).map(lambda value: round(value, 2))
MIDDLE = 5000


@st.composite
def formulas(draw: st.DrawFn, policies: tuple[str, ...] = ("ignore", "neutral", "worst")) -> Definition:
    """One to three groups of one to three measures on a line from 0 to 10."""
    groups = []
    for number in range(draw(st.integers(1, 3))):
        measures = [
            measure(f"m{number}_{index}", "attribute:x", weight=draw(WEIGHTS), missing=draw(st.sampled_from(policies)))
            for index in range(draw(st.integers(1, 3)))
        ]
        combine = draw(st.sampled_from(["mean", "mean", "best", "worst"]))
        groups.append(group(*measures, key=f"g{number}", weight=draw(WEIGHTS), combine=combine))
    stretch = draw(st.sampled_from([1, 1, 0.4, 1.6, 5]))
    return parse(document(*groups, coverage_floor=draw(st.sampled_from([0, 0.3, 0.6])), stretch=stretch))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[Definition, list[float | None], list[int]]:
    formula = draw(formulas())
    count = len(formula.measures)
    return (
        formula,
        draw(st.lists(RAW, min_size=count, max_size=count)),
        draw(st.lists(st.integers(0, 10000), min_size=count, max_size=count)),
    )


@given(accounts())
def test_a_score_lies_between_0_and_100_or_is_unknown(case):
    formula, raw, typical = case
    result = verdict(formula, raw, typical)
    assert (result.score is None) == (result.band == "unknown") == (result.reason == NO_DATA)
    assert result.score is None or 0 <= result.score <= 100
    assert 0 <= result.coverage <= 1


@given(accounts())
def test_weights_add_up_to_one_after_redistribution(case):
    formula, raw, typical = case
    result = verdict(formula, raw, typical)
    known = [weight for weight in result.weights if weight is not None]
    assert not known or sum(known) == pytest.approx(1)


@given(accounts())
def test_weighted_points_are_the_score_and_effects_the_way_from_the_typical(case):
    formula, raw, typical = case
    result = verdict(formula, raw, typical)
    if result.score is None:
        return
    parts = [(w, p, t) for w, p, t in zip(result.weights, result.points, typical, strict=True) if w is not None]
    assert result.summed is not None
    assert min(max(result.summed, Decimal(0)), Decimal(100)) == result.score
    shares = [counted(formula, weight, Decimal(points) / 100) for weight, points, _ in parts]
    assert float(sum(shares)) == pytest.approx(float(result.summed), abs=0.006)
    usual = sum(float(counted(formula, weight, Decimal(point) / 100)) for weight, _, point in parts)
    assert sum(effect for effect in result.effects if effect is not None) == pytest.approx(
        float(result.summed) - usual, abs=0.006
    )


@given(accounts(), st.data())
def test_a_better_value_never_lowers_the_score(case, data):
    formula, raw, typical = case
    known = [index for index, value in enumerate(raw) if value is not None]
    if not known:
        return
    index = data.draw(st.sampled_from(known))
    better = [*raw]
    better[index] = (raw[index] or 0) + data.draw(st.floats(0, 5))
    before, after = verdict(formula, raw, typical).score, verdict(formula, better, typical).score
    assert before is None or (after is not None and after >= before)


@given(accounts())
def test_the_order_of_groups_does_not_matter(case):
    formula, raw, typical = case
    turned = replace(formula, groups=tuple(reversed(formula.groups)))
    place = {item.key: index for index, item in enumerate(formula.measures)}
    moved = [place[item.key] for item in turned.measures]
    one = verdict(formula, raw, typical)
    other = verdict(turned, [raw[index] for index in moved], [typical[index] for index in moved])
    assert one.coverage == other.coverage
    if one.score is None:
        assert other.score is None
    else:
        assert one.score == pytest.approx(other.score, abs=Decimal("0.01"))


def test_a_missing_measure_gives_its_weight_to_its_group_and_an_empty_group_to_the_others():
    formula = parse(
        document(
            group(measure("a", "attribute:a"), measure("b", "attribute:b"), key="one", weight=60),
            group(measure("c", "attribute:c"), key="two", weight=40),
        )
    )
    assert verdict(formula, [4, 6, 10], [MIDDLE] * 3).score == Decimal("70.00")
    assert verdict(formula, [4, None, 10], [MIDDLE] * 3).weights == (0.6, None, 0.4)
    assert verdict(formula, [None, None, 3], [MIDDLE] * 3).weights == (None, None, 1.0)


def test_policies_fill_a_gap_in_the_score_but_not_in_the_coverage():
    def scored(policy: str) -> tuple[Decimal | None, Decimal]:
        formula = parse(document(group(measure("a", "attribute:a"), measure("b", "attribute:b", missing=policy))))
        result = verdict(formula, [10, None], [MIDDLE] * 2)
        return result.score, result.coverage

    assert scored("ignore") == (Decimal(100), Decimal("0.500"))
    assert scored("neutral") == (Decimal(75), Decimal("0.500"))
    assert scored("worst") == (Decimal(50), Decimal("0.500"))


@pytest.mark.parametrize(
    ("combine", "score", "weights"),
    [("mean", "50.00", (0.5, 0.5, None)), ("best", "80.00", (None, 1.0, None)), ("worst", "20.00", (1.0, None, None))],
)
def test_a_group_counts_by_its_mean_its_best_or_its_worst_measure(combine, score, weights):
    parts = [measure(key, "attribute:x") for key in ("low", "high", "gap")]
    formula = parse(document(group(*parts, SPARE, combine=combine)))
    found = verdict(formula, [2.0, 8.0, None, 9.0], [MIDDLE] * 4)
    assert found.score == Decimal(score)
    assert found.weights[:3] == weights
    assert found.weights[3] in (0.0, None)  # what weighs nothing never counts, though it would be the best
    assert found.reason in ("low", "high")


def test_of_equal_measures_the_first_counts():
    formula = parse(document(group(measure("one", "attribute:x"), measure("two", "attribute:y"), combine="worst")))
    assert verdict(formula, [3.0, 3.0], [MIDDLE] * 2).weights == (1.0, None)


@pytest.mark.parametrize(
    ("value", "summed", "score"),
    [(5.0, "50.00", "50.00"), (6.0, "70.00", "70.00"), (9.0, "130.00", "100.00"), (0.0, "-50.00", "0.00")],
)
def test_a_stretch_counts_the_way_from_the_middle_so_many_times_and_ends_with_the_scale(value, summed, score):
    found = verdict(parse(document(stretch=2)), [value], [MIDDLE])
    assert (found.summed, found.computed, found.score) == (Decimal(summed), Decimal(score), Decimal(score))


def test_below_the_coverage_floor_the_score_is_unknown_and_never_green():
    formula = parse(document(group(measure("a", "attribute:a"), measure("b", "attribute:b")), coverage_floor=0.6))
    result = verdict(formula, [10, None], [MIDDLE] * 2)
    assert (result.score, result.band, result.reason) == (None, "unknown", NO_DATA)


@pytest.mark.parametrize(("raw", "band"), [(7, "good"), (6.999, "watch"), (4.5, "watch"), (4.49, "risk")])
def test_bands_begin_at_their_threshold(raw, band):
    formula = parse(document())
    assert verdict(formula, [raw], [MIDDLE]).band == band


def test_the_reason_pulls_in_the_direction_of_the_account():
    formula = parse(
        document(group(measure("a", "attribute:a"), measure("b", "attribute:b"), measure("c", "attribute:c")))
    )
    assert verdict(formula, [1, 9, 5], [6000, 5000, 5000]).reason == "a"
    assert verdict(formula, [4, 9, 5], [5000, 5000, 5000]).reason == "b"


def test_typical_is_the_mean_of_those_with_data_and_the_middle_while_there_are_few():
    formula = parse(document(group(measure("a", "attribute:a"), measure("b", "attribute:b"))))
    five = [(1000 * n, None) for n in range(1, 6)]
    assert typical_points(formula, five) == (3000, 5000)
    assert typical_points(formula, five[:4]) == (5000, 5000)
    assert typical_points(formula, []) == (5000, 5000)


@given(accounts(), st.none() | st.floats(0, 100))
def test_a_measure_without_weight_changes_nothing_but_what_it_informs(case, months):
    formula, raw, typical = case
    groups = [
        {
            "key": each.key,
            "name": each.name,
            "weight": each.weight,
            "combine": each.combine,
            "measures": [_as_document(m) for m in each.measures],
        }
        for each in formula.groups
    ]
    groups[-1]["measures"].append(SPARE)
    more = parse(document(*groups, coverage_floor=formula.coverage_floor, stretch=formula.stretch))
    one, other = verdict(formula, raw, typical), verdict(more, [*raw, months], [*typical, MIDDLE])
    assert (one.score, one.band, one.coverage) == (other.score, other.band, other.coverage)


@given(accounts())
def test_a_gap_moves_weight_inside_the_group_first_and_between_groups_only_when_one_is_empty(case):
    formula, raw, typical = case
    result = verdict(formula, raw, typical)
    if result.score is None:
        return
    start = 0
    present = {}
    for each in formula.groups:
        weights = result.weights[start : start + len(each.measures)]
        start += len(each.measures)
        if any(weight is not None for weight in weights):
            present[each.key] = (each.weight, sum(weight for weight in weights if weight is not None))
    together = sum(weight for weight, _ in present.values())
    assert all(share == pytest.approx(weight / together) for weight, share in present.values())


def test_steps_are_chosen_by_the_months_as_a_customer():
    early = {"from_month": 0, "below": 50, "steps": [[5, 90]]}
    late = {"from_month": 6, "below": 0, "steps": [[5, 40]]}
    by_tenure = measure("a", "attribute:a", transform={"kind": "tenure", "tables": [early, late]})
    formula = parse(document(group(by_tenure, SPARE)))
    assert [
        verdict(formula, [raw, months], [MIDDLE] * 2).score for raw, months in ((5, 2), (5, 6), (4, 7), (4, 1))
    ] == [Decimal(90), Decimal(40), Decimal(0), Decimal(50)]


def _as_document(item: Measure) -> dict[str, object]:
    return measure(item.key, item.source, weight=item.weight, missing=item.missing)
