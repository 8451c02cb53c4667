"""What would make an account healthy: every answer, given to the engine, reaches the band, and no nearer value does."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from health.engine.counterfactual import RANK, Change, changes, scale_of
from health.engine.definition import Definition, parse
from health.engine.scoring import verdict
from tests.health.make import document, group, measure

RANGES = {"survey_nps": range(11), "survey_csat": range(1, 6), "tickets_open": range(30), "attribute:field": range(3)}
TRANSFORMS = {
    "survey_nps": [
        {"kind": "linear", "low": 0, "high": 10},
        {"kind": "linear", "low": 9, "high": 3},
        {"kind": "step", "below": 0, "steps": [[3, 60], [6, 20], [8, 100]]},
        {"kind": "tenure", "tables": [{"from_month": 0, "below": 10, "steps": [[5, 90]]},
                                      {"from_month": 12, "below": 0, "steps": [[9, 100]]}]},
    ],
    "survey_csat": [{"kind": "linear", "low": 1, "high": 5}, {"kind": "step", "below": 30, "steps": [[4, 100], [5, 70]]}],
    "tickets_open": [{"kind": "linear", "low": 12, "high": 0}, {"kind": "step", "below": 100, "steps": [[2, 50], [9, 0]]}],
    "attribute:field": [{"kind": "choice", "choices": [["a", 0], ["b", 100], ["c", 55]]}],
}  # fmt: skip
LIMITS = st.sampled_from([20, 40, 60, 75, 95])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Definition, list[float | None]]:
    """A formula of two or three such measures in one or two groups, with exceptions, and an account."""
    sources = draw(st.lists(st.sampled_from(sorted(RANGES)), min_size=2, max_size=3))
    measures = [
        measure(
            f"m{index}",
            source,
            transform=draw(st.sampled_from(TRANSFORMS[source])),
            weight=draw(st.sampled_from([0, 1, 2.5, 7])) if index else 1,
            missing=draw(st.sampled_from(["ignore", "neutral", "worst"])),
        )
        for index, source in enumerate(sources)
    ]
    months = measure("since", "tenure_months", low=0, high=24, weight=draw(st.sampled_from([0, 1])))
    combine = draw(st.sampled_from(["mean", "mean", "best", "worst"]))
    groups = [group(measures[0], months, key="first"), group(*measures[1:], key="second", weight=2, combine=combine)]
    if not any(each["weight"] for each in measures[1:]):
        groups = [group(measures[0], months, *measures[1:], key="first")]
    numbers = [each["key"] for each in measures if each["transform"]["kind"] != "choice"]
    exceptions = [
        {"measure": draw(st.sampled_from(numbers)), "op": draw(st.sampled_from(["lt", "lte", "gt", "gte", "eq"])),
         "value": draw(st.integers(0, 10)), draw(st.sampled_from(["cap", "floor"])): draw(LIMITS)}
        for _ in range(draw(st.integers(0, 2)) if numbers else 0)
    ]  # fmt: skip
    floor, stretch = draw(st.sampled_from([0, 0.5, 0.9])), draw(st.sampled_from([1, 1, 1.6, 4]))
    definition = parse(document(*groups, exceptions=exceptions, coverage_floor=floor, stretch=stretch))
    raw: dict[str, float | None] = {
        each["key"]: draw(st.none() | st.sampled_from([float(value) for value in RANGES[each["source"]]]))
        for each in measures
    }
    raw["since"] = draw(st.none() | st.floats(0, 30))
    return definition, [raw[each.key] for each in definition.measures]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from(["watch", "good"]))
def test_every_change_reaches_the_band_in_the_engine(case, band):
    definition, raw = case
    for each in changes(definition, raw, to=band):
        then = verdict(definition, _with(definition, raw, each), [5000] * len(raw))
        assert (then.score, then.band) == (each.score, each.band)
        assert RANK[then.band] >= RANK[band]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from(["watch", "good"]))
def test_the_changes_are_those_that_trying_every_value_finds(case, band):
    definition, raw = case
    found = {each.measure.key: each for each in changes(definition, raw, to=band)}
    reached_already = RANK[verdict(definition, raw, [5000] * len(raw)).band] >= RANK[band]
    for index, each in enumerate(definition.measures):
        if reached_already or each.key == "since":
            assert each.key not in found
            continue
        reaching = [
            value
            for value in RANGES[each.source]
            if _reaches(definition, [*raw[:index], float(value), *raw[index + 1 :]], band)
        ]
        needs_months = each.transform.__class__.__name__ == "Tenure" and raw[_place(definition, "since")] is None
        assert (each.key in found) == (bool(reaching) and not needs_months)
        before = raw[index]
        if each.key in found and before is not None and each.kind != "attribute":
            nearest = {min((v for v in reaching if v > before), default=None)}
            nearest.add(max((v for v in reaching if v < before), default=None))
            assert found[each.key].after in nearest


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_on_a_line_one_step_less_is_not_enough(usage, other):
    definition = parse(
        document(
            group(
                measure("usage", "usage_trend", low=-0.5, high=0.37),
                measure("money", "arr_trend", low=-0.2, high=0.4, weight=0.5),
            )
        )
    )
    for each in changes(definition, [usage, other], to="good"):
        step = scale_of(each.measure).step
        less = float(Decimal(repr(each.after)) - step)
        place = _place(definition, each.measure.key)
        raw: list[float | None] = [usage, other]
        raw[place] = less
        assert less < [usage, other][place] or not _reaches(definition, raw, "good")


def test_four_waiting_tickets_are_too_many():
    definition = parse(
        document(
            group(
                measure("tickets", "tickets_open", low=8, high=0),
                measure("nps", "survey_nps", weight=1),
            )
        )
    )
    raw = [4.0, 7.0]  # 50 and 70 points make 60; ten more points need two tickets and a half less
    first, second = changes(definition, raw, to="good")
    assert (first.measure.key, first.before, first.after, first.score, first.band) == (
        "nps",
        7,
        9,
        Decimal("70.00"),
        "good",
    )
    assert (second.measure.key, second.before, second.after, second.score) == ("tickets", 4, 2, Decimal("72.50"))
    assert (second.points_before, second.points_after, second.distance) == (5000, 7500, 2500)


def test_what_only_time_changes_is_no_advice():
    definition = parse(
        document(group(measure("since", "tenure_months", high=10), measure("due", "renewal_days", high=9)))
    )
    assert changes(definition, [1.0, 1.0], to="good") == ()


def test_an_unknown_signal_can_be_the_way():
    definition = parse(document(group(measure(), measure("csat", "survey_csat", low=1, high=5)), coverage_floor=0.8))
    (found,) = changes(definition, [6.0, None], to="good")
    assert (found.measure.key, found.before, found.points_before, found.after) == ("csat", None, None, 5.0)
    assert changes(definition, [None, None], to="good") == ()


def test_a_share_of_the_peers_is_told_in_whole_per_cent():
    percentile = measure("rank", "usage_level", metric="logins", transform={"kind": "percentile"})
    (found,) = changes(parse(document(group(percentile))), [0.313], to="watch")
    assert found.after == 0.45


@pytest.mark.parametrize(("low", "high", "step"), [(0, 1, "1"), (0, 5, "0.01"), (100, 4000, "1")])
def test_a_field_moves_in_steps_as_fine_as_its_formula(low, high, step):
    definition = parse(document(group(measure("field", "attribute:field", low=low, high=high))))
    assert scale_of(definition.measures[0]).step == Decimal(step)


def _with(definition: Definition, raw: list[float | None], change: Change) -> list[float | None]:
    changed = list(raw)
    changed[_place(definition, change.measure.key)] = change.after
    return changed


def _reaches(definition: Definition, raw: list[float | None], band: str) -> bool:
    return RANK[verdict(definition, raw, [5000] * len(raw)).band] >= RANK[band]


def _place(definition: Definition, key: str) -> int:
    return [each.key for each in definition.measures].index(key)
