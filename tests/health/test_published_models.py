"""Models that other teams published are data: scores worked out by hand, by the arithmetic and by the SQL are the same."""

from __future__ import annotations

import ast
import json
import operator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, Ticket
from health.engine.definition import Definition, Measure, parse
from health.engine.scoring import verdict
from health.engine.transforms import Choice
from health.models import ScorecardVersion
from health.scorecards.published import MODELS, published
from health.sql.run import read_verdicts
from tests import cast
from tests.accounts import make as facts
from tests.health import make

TABLE: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent.parent / "data" / "published_models.json").read_text(encoding="utf-8")
)
CASES = [pytest.param(model, case, id=f"{model}: {case['account']}") for model in MODELS for case in TABLE[model]]
A_MONTH = 30.4375
PEOPLE = 100
OPERATIONS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.USub: operator.neg,
}  # fmt: skip


@pytest.mark.parametrize(("model", "case"), [case for case in CASES if case.values[1]["score"] is not None])
def test_the_arithmetic_that_is_shown_gives_the_score_of_the_table(model, case):
    worked_out = by_hand(ast.parse(case["arithmetic"], mode="eval").body)
    exact = Decimal(worked_out.numerator) / worked_out.denominator
    assert exact.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(case["score"])


@pytest.mark.parametrize(("model", "case"), CASES)
def test_the_engine_gives_the_scores_of_the_table(model, case):
    definition = parse(published(model).definition)
    found = verdict(definition, raw_of(definition, case), [5000] * len(definition.measures))
    assert shown(found.score, found.coverage, found.band) == (case["score"], case["coverage"], case["band"])
    assert [
        points for points, told in zip(found.points, points_of(definition, case), strict=True) if points != told
    ] == []


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("model", MODELS)
def test_the_sql_gives_the_scores_of_the_table_from_facts(model):
    document = published(model).definition
    definition = parse(document)
    accounts = {record(definition, case): case for case in TABLE[model]}
    known_help_desk()

    found = read_verdicts(ScorecardVersion(definition=document, definition_hash=""), as_of=make.AS_OF)

    seen = {row["account_id"]: row for row in found if row["account_id"] in accounts}
    assert len(seen) == len(TABLE[model])
    for key, case in accounts.items():
        row = seen[key]
        assert row["raw"] == raw_of(definition, case), case["account"]
        assert shown(row["score"], row["coverage"], row["band"]) == (case["score"], case["coverage"], case["band"])
        assert list(row["points"]) == points_of(definition, case)


@pytest.mark.parametrize("model", MODELS)
def test_each_says_where_it_was_published_and_what_is_ours(model):
    found = published(model)
    assert all(source.startswith("https://") for source in found.sources)
    assert any("ours" in note for note in found.notes)


@pytest.mark.usefixtures("acme")
def test_a_command_drafts_one_for_somebody_to_submit():
    grace, said = cast.grace(), StringIO()
    call_command("draft_scorecard", schema="acme", model="gitlab", author=grace.email, stdout=said)
    [version] = ScorecardVersion.objects.all()
    assert (version.author, version.state, version.definition) == (grace, "draft", published("gitlab").definition)
    assert "handbook.gitlab.com" in said.getvalue()


@pytest.mark.usefixtures("acme")
def test_the_command_says_who_is_missing():
    with pytest.raises(CommandError, match="Nobody here has the address"):
        call_command("draft_scorecard", schema="acme", model="gitlab", author="nobody@acme.example")


def by_hand(term: ast.expr) -> Fraction:
    """The value of sums, products and extremes of numbers, exactly."""
    match term:
        case ast.Constant(value):
            return Fraction(str(value))
        case ast.BinOp(left, operation, right):
            return Fraction(OPERATIONS[type(operation)](by_hand(left), by_hand(right)))
        case ast.UnaryOp(operation, operand):
            return Fraction(OPERATIONS[type(operation)](by_hand(operand)))
        case ast.Call(ast.Name("min" | "max" as extreme), terms):
            return {"min": min, "max": max}[extreme](by_hand(each) for each in terms)
    raise ValueError(ast.dump(term))


def raw_of(definition: Definition, case: dict[str, Any]) -> list[float | None]:
    """The raw values of the table in the order of the measures; a text as its place among the choices, days as months."""
    return [_raw(measure, case["measures"].get(measure.key, {}).get("raw")) for measure in definition.measures]


def points_of(definition: Definition, case: dict[str, Any]) -> list[int | None]:
    """The points of the table in hundredths; the months as a customer, which weigh nothing, by their own line."""
    told = [case["measures"].get(measure.key, {}).get("points") for measure in definition.measures]
    months = verdict(definition, raw_of(definition, case), [0] * len(told)).points
    weighed = zip(definition.measures, told, months, strict=True)
    return [own if measure.weight == 0 else points and points * 100 for measure, points, own in weighed]


def shown(score: Decimal | None, coverage: Decimal, band: str) -> tuple[str | None, str, str]:
    return (None if score is None else str(score), str(coverage), band)


def record(definition: Definition, case: dict[str, Any]) -> Any:
    """An account with the facts from which the raw values of the table follow; its key."""
    account = make.account(attributes={"users": PEOPLE})
    told = {measure.key: case["measures"].get(measure.key, {}).get("raw") for measure in definition.measures}
    for measure in definition.measures:
        if told[measure.key] is not None:
            FACTS[measure.kind](account, measure, told[measure.key], told)
    account.save()
    return account.pk


def known_help_desk() -> None:
    """Somebody sent a ticket once, so that no ticket means none."""
    ticket(make.account(), status="resolved", resolved_at=make.AS_OF - timedelta(days=400))


def ticket(account: Account, **fields: Any) -> None:
    number = Ticket.objects.count()
    at = make.AS_OF - timedelta(days=500)
    Ticket.objects.create(
        **{"account": account, "external_id": f"t-{number}", "opened_at": at, "recorded_at": at, **fields}
    )


def _raw(measure: Measure, told: Any) -> float | None:
    if told is None:
        return None
    if isinstance(told, dict):
        return float(told["days"]) / A_MONTH
    if isinstance(measure.transform, Choice):
        return float([text for text, _ in measure.transform.choices].index(told))
    return float(told)


def _sessions(account: Account, measure: Measure, days: int, told: dict[str, Any]) -> None:
    share = told.get("active_share")
    make.used(account, {make.ago(days): 7}, metric_key=measure.metric, active_users=share and round(share * PEOPLE))


def _trend(account: Account, measure: Measure, change: float, _told: dict[str, Any]) -> None:
    now = 1000 + round(change * 1000)
    make.used(account, {make.ago(measure.window + 5): 1000, make.ago(5): now}, metric_key=measure.metric)


def _level(account: Account, measure: Measure, value: float, _told: dict[str, Any]) -> None:
    make.used(account, {make.ago(2): value}, metric_key=measure.metric)


def _urgent(account: Account, _measure: Measure, count: int, _told: dict[str, Any]) -> None:
    for _number in range(count):
        ticket(account, priority="urgent")


def _contact(account: Account, _measure: Measure, days: int, _told: dict[str, Any]) -> None:
    at = make.AS_OF - timedelta(days=days)
    facts.interaction(account, occurred_at=at, recorded_at=at)


def _renewal(account: Account, _measure: Measure, days: int, _told: dict[str, Any]) -> None:
    facts.contract(account, starts_on=make.ago(200), ends_on=make.ago(-days), recorded_at=make.LONG_AGO)


def _months(account: Account, _measure: Measure, told: dict[str, int], _told: dict[str, Any]) -> None:
    account.customer_since_on = make.ago(told["days"])


def _field(account: Account, measure: Measure, value: Any, _told: dict[str, Any]) -> None:
    account.attributes[measure.subject] = value


FACTS: dict[str, Any] = {
    "usage_recency": _sessions,
    "usage_breadth": lambda *_told: None,  # with the sessions
    "usage_trend": _trend,
    "usage_level": _level,
    "tickets_urgent": _urgent,
    "engagement_recency": _contact,
    "survey_nps": lambda account, _measure, score, _told: make.answered(account, score),
    "renewal_days": _renewal,
    "tenure_months": _months,
    "attribute": _field,
}
