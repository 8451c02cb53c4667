"""Every case of the evidence pack that the engine is built for, through the pack's own runner."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.evidence.adapter import NotBuilt, run_case

# The pack's runner is kept as it came, and leaves the file of cases to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

PACK = Path(__file__).parent / "pack"

CASES = [
    "D01a_rate",
    "D01b_rate",
    "D02_rare",
    "D03_money",
    "D04_whale",
    "D05_srm",
    "D06_attrition",
    "D07_late",
    "D08_contaminated",
    "D08b_duplicate",
    "D40_churn",
    "D41_snapshot",
    "D42_poison",
    "D50_sbg",
    "D51_bgnbd",
    "D60a_allocate",
    "D60b_allocate",
    "D60c_allocate",
    "D61_fuzz",
    "D63_reconcile",
    "D64_factor",
    "D65_factor_none",
    "D66_roi",
    "D70_repeat",
]
SIMULATIONS = [
    "D10_cov_rate_30v30",
    "D11_cov_rate_rare",
    "D12_cov_money",
    "D13_fp_money",
    "D14_fp_10pct",
    "D15_fp_weekly",
    "D16_power_weekly",
    "D17_fp_weekly_money",
]


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("packlib", PACK / "packlib.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("case", CASES)
def test_it_gives_the_known_answer(
    case: str, runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pass(case, runner, monkeypatch, capsys)


@pytest.mark.parametrize("case", SIMULATIONS)
def test_it_keeps_its_error_rates(
    case: str, runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pass(case, runner, monkeypatch, capsys, "--fast")


def test_a_function_that_is_not_built_says_its_name() -> None:
    with pytest.raises(NotBuilt, match="before_after is not built yet"):
        run_case("before_after", {}, {})


def test_a_wrong_answer_would_fail(
    runner: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError, match="not built yet"):
        _pass("D62_shapley", runner, monkeypatch, capsys)


def _pass(
    case: str,
    runner: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *options: str,
) -> None:
    """Run one case as a person would, `packlib.py PACK --adapter … --only CASE`."""
    command = ["packlib.py", str(PACK), "--adapter", "tests.evidence.adapter:run_case", "--only", case, *options]
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit) as end:
        runner.main()
    printed = capsys.readouterr().out
    assert not end.value.code, printed
    assert "1 passed, 0 failed" in printed
