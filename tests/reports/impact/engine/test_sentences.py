"""What the CFO reads: every code has words, a refusal names no estimate, and amounts are short."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import reports.impact.engine as engine
from reports.impact.engine import checks, five_lines, in_words, ledger_clause, measure_holdout, remedy
from reports.impact.engine.reasons import MONEY_ONLY, REMEDIES, WORDS
from reports.impact.engine.sentences import amount
from tests.reports.impact.engine.make import random_trial, trial


@pytest.mark.parametrize("reason", sorted(WORDS))
def test_every_reason_has_words_and_a_remedy(reason: str) -> None:
    counts = measure_holdout(trial(40, 30, 40, 20)).counts
    for text in (in_words(reason, counts), remedy(reason, counts)):
        assert text
        assert "{" not in text


def test_every_reason_that_the_checks_give_is_known() -> None:
    given = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', Path(checks.__file__).read_text()))
    assert given
    assert given <= set(WORDS)
    assert set(WORDS) == set(REMEDIES) >= MONEY_ONLY


def test_a_refusal_says_why_what_is_known_and_what_would_show_it() -> None:
    line = measure_holdout(trial(20, 20, 25, 15)).cfo_lines[1]
    assert line == (
        "Cannot be shown: only 20 worked and 25 held-out accounts have a known outcome; each arm needs at least 30. "
        "What we know: 20 worked and 25 held-out accounts, 45 with a known outcome, 10 of these lost. "
        "What would show it: at least 30 accounts in each arm with a known outcome; "
        "about 173 in each arm to show 22.2% churn halved."
    )


def test_a_refusal_of_money_leaves_the_rate() -> None:
    line = measure_holdout(trial(40, 40, 40, 40), outcome="arr").cfo_lines[1]
    assert line.endswith("The renewal rate can still be read.")


def test_the_gain_is_one_sentence() -> None:
    lines = measure_holdout(trial(200, 190, 200, 160), expected_share=0.5).cfo_lines
    assert lines[:3] == (
        "We drew lots among 400 accounts: 200 worked, 200 not.",
        "95% of the worked renewed, 80% of the others: +15.0 points (95% sure between +8.7 and +21.5).",
        "Checks: split as planned, no outcomes missing, 0% of the hold-out contacted, largest account 0.5% of its arm.",
    )


def test_a_failed_split_is_not_called_as_planned() -> None:
    result = measure_holdout(trial(200, 190, 60, 50), expected_share=0.5)
    assert "split not as planned" in result.cfo_lines[2]


def test_the_five_lines_put_rate_money_and_ledger_together() -> None:
    rows = random_trial(np.random.default_rng(1), treated=300, held_out=300, churn=0.3, fall=0.2)
    rate, money = (measure_holdout(rows, outcome=outcome, currency="USD") for outcome in ("renewal", "arr"))  # type: ignore[arg-type]
    lines = five_lines(rate, money, ledger=ledger_clause(90_000_000, 50_000_000, 12_345_600, "USD"))
    assert len(lines) == 5
    assert lines[1] == rate.cfo_lines[1]
    assert lines[2].startswith("In money: ")
    assert "we book only the lower bound, USD " in lines[2]
    assert lines[4] == (
        f"Repeat it: run {money.seed}, seed and table in the appendix. "
        "The ledger claimed USD 900K, we admit USD 500K, we book USD 123K."
    )


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0"),
        (-20, "0"),
        (999_949, "9,999"),
        (1_234_500, "12.3K"),
        (99_996_000, "1,000K"),
        (-264_805_654, "-2.65M"),
        (3_080_000_000, "30.8M"),
        (123_400_000_000, "1.23B"),
        (10**18, "10,000,000B"),
    ],
)
def test_amounts_are_short(cents: int, text: str) -> None:
    assert amount(cents) == text
    assert amount(cents, "EUR") == f"EUR {text}"


def test_the_engine_stands_on_numbers_alone() -> None:
    """No Django, no database and no pandas: only the standard library, numpy and scipy."""
    sources = Path(engine.__file__).parent.glob("*.py")
    imported = {
        name for source in sources for name in re.findall(r"^(?:from|import) (\w+)", source.read_text(), re.MULTILINE)
    }
    assert not imported & {"django", "pandas", "psycopg", "statsmodels", "sklearn", "celery"}
    assert {"numpy", "scipy", "reports"} <= imported
