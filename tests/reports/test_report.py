"""The ROI report: booked at the lower bound, the same bytes for the same facts, and nothing shown that cannot be."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reports import services
from reports.impact import services as impact
from reports.impact.models import LedgerEntry
from reports.invariants import INVARIANTS
from reports.models import FrozenReport, ReportRun
from reports.numbers import waterfall_total
from reports.presentation import roi_page
from reports.tables import COLUMNS, table_csv
from tests.accounts import make as facts
from tests.playbooks.make import grace
from tests.reports import make
from tests.reports.make import BEGUN, KNOWN, LATER, PERIOD

pytestmark = pytest.mark.usefixtures("acme")


def steps(run: ReportRun) -> dict[str, int]:
    return {row["step"]: row["cents"] for row in run.numbers["waterfall"]}


def codes(run: ReportRun) -> list[str]:
    return [row["code"] for row in run.numbers["not_claimed"]]


def violations() -> list[str]:
    return [sentence for each in INVARIANTS for sentence in each.violations()]


def test_the_whole_report_adds_up_to_the_cent() -> None:
    run = make.whole()
    head, low = run.numbers["headline"], run.numbers["pooled"]["low_cents"]
    assert head["shown"]
    assert head["booked_cents"] == min(low, 10_000_000) > 0
    assert head["cost_cents"] == 3_000_000
    assert head["net_cents"] == round(head["booked_cents"] * 0.8) - 3_000_000
    assert head["booked_return"] == pytest.approx(head["booked_cents"] * 0.8 / 3_000_000, abs=1e-6)
    assert head["low_return"] < head["estimate_return"] < head["high_return"]
    assert (steps(run)["logged"], steps(run)["incremental"]) == (10_000_000, head["booked_cents"])
    assert waterfall_total(run.numbers["waterfall"]) == []
    rate = run.numbers["pooled_rate"]
    assert (rate["estimate"], rate["treated"], rate["held_out"]) == (0.3, 60, 60)
    assert "at least" in roi_page(run).title


def test_a_waterfall_that_does_not_add_up_is_named() -> None:
    run = make.whole()
    rows = [row | {"cents": row["cents"] + (row["step"] == "cost")} for row in run.numbers["waterfall"]]
    assert waterfall_total(rows) == ["net"]
    ReportRun.objects.update(numbers=run.numbers | {"waterfall": rows})
    assert violations() == [f"The steps of the report {run} do not add up to its net."]


def test_what_is_rejected_taken_back_unreviewed_or_shared_twice_is_not_admitted() -> None:
    make.finance()
    shared, lost = make.outcome(amount=1_000), make.outcome(amount=1_000)
    waiting = make.submitted(shared, amount=600)
    make.credited(shared, amount=1_000)
    impact.reverse(make.credited(lost, amount=500), reason="Left", by=grace(), as_of=KNOWN)
    rejected = make.submitted(make.outcome(amount=300), amount=300)
    impact.review(rejected, decision="rejected", note="Routine", by=grace(), as_of=KNOWN)
    impact.submit_claim(make.draft(make.outcome(amount=70), amount=70), by=waiting.claimant, as_of=KNOWN)
    run = make.report()
    found = {row["refused_for"]: row["admitted_cents"] for row in run.numbers["entries"]}
    assert found == {"not_reviewed": 0, "": 100_000, "reversed": 0, "rejected": 0, "no_evidence": 0}
    assert steps(run) == {
        "logged": 247_000,
        "anyway": -100_000,
        "counted_twice": -60_000,
        "not_admitted": -87_000,
        "incremental": 0,
        "delivery": 0,
        "cost": -3_000_000,
        "net": -3_000_000,
    }
    assert waterfall_total(run.numbers["waterfall"]) == []


def test_facts_that_arrive_later_leave_a_frozen_report_as_it_was() -> None:
    run = make.whole()
    frozen = services.freeze(run, by=make.finn(), as_of=KNOWN)
    contract = facts.contract(arr=0)
    facts.movement(contract.lines.get(), amount=5_000, occurred_on=date(2026, 2, 1), recorded_at=LATER)
    late = facts.renewal(contract, due_on=date(2026, 3, 1), arr_due=5_000, recorded_at=LATER)
    facts.decision(late, decision="churned", recorded_at=LATER)
    facts.interaction(contract.account, occurred_at=KNOWN - timedelta(days=90), recorded_at=LATER)
    cost = services.Cost("Late bill", "tools", Decimal(900), "EUR", *PERIOD)
    services.record_cost(cost, by=make.finn(), as_of=LATER)
    impact.observe_outcomes(as_of=LATER)
    entry = LedgerEntry.objects.get(claim_id=run.numbers["entries"][0]["claim"])
    impact.reverse(entry, reason="Left after all", by=grace(), as_of=LATER)
    assert services.rerun(run) == frozen.digest
    assert make.report(as_of=LATER).digest != frozen.digest
    assert violations() == []


def test_a_report_is_frozen_once() -> None:
    run = make.whole()
    services.freeze(run, by=make.finn(), as_of=KNOWN)
    with pytest.raises(services.ReportRefused, match="frozen already"):
        services.freeze(run, by=make.finn(), as_of=KNOWN)
    assert FrozenReport.objects.get().digest == run.digest


def test_a_draft_whose_facts_changed_is_not_frozen() -> None:
    run = make.whole()
    services.record_cost(services.Cost("Forgotten", "tools", Decimal(1), "EUR", *PERIOD), by=make.finn(), as_of=BEGUN)
    with pytest.raises(services.ReportRefused, match="have changed"):
        services.freeze(run, by=make.finn(), as_of=KNOWN)
    assert not FrozenReport.objects.exists()


def test_a_frozen_report_that_was_changed_is_named() -> None:
    run = make.whole()
    services.freeze(run, by=make.finn(), as_of=KNOWN)
    assert violations() == []
    ReportRun.objects.update(digest="0" * 64)
    assert violations()[0] == f"The frozen report {run} is not what was frozen: its digest is another one."


def test_a_period_that_is_not_over_books_nothing_and_cannot_be_frozen() -> None:
    make.compared()
    make.finance()
    run = make.report(as_of=KNOWN.replace(month=6, day=30))
    assert not run.is_closed
    assert (run.numbers["headline"]["reasons"], codes(run)[0]) == (["period_is_open"], "period_is_open")
    [row] = run.numbers["playbooks"]
    assert (row["verdict"], row["estimate"], row["money"]["low_cents"]) == ("TOO_EARLY", None, None)
    assert row["treated"] > 0
    assert "not closed yet" in roi_page(run).why_not
    with pytest.raises(services.ReportRefused, match="30 Jun 2026"):
        services.freeze(run, by=make.finn(), as_of=KNOWN)


def test_without_an_assumption_nothing_is_run() -> None:
    with pytest.raises(services.NoAssumption, match="gross margin"):
        make.report()


@pytest.mark.parametrize(
    ("prepare", "reasons", "words"),
    [
        (lambda: make.finance(), ["no_experiment"], "no playbook with a holdout"),
        (lambda: (make.finance(cost=0), make.compared()), ["no_cost_entered"], "no cost was entered"),
        (lambda: (make.finance(), make.compared()), ["nothing_admitted"], "no claim of the period was accepted"),
        (
            lambda: (make.finance(), make.compared(treated=(9, 9), held_out=(9, 3))),
            ["cannot_be_shown"],
            "only 9 worked and 9 held-out accounts have a known outcome; each arm needs at least 30",
        ),
        (
            lambda: (make.finance(), make.compared(treated=(60, 40), held_out=(60, 39))),
            ["no_gain_measured"],
            "chance alone",
        ),
        (lambda: (make.finance(), make.compared(treated=(60, 30), held_out=(60, 58))), ["loss_measured"], "kept less"),
    ],
)
def test_what_cannot_be_shown_says_why_and_shows_no_estimate(prepare: Any, reasons: list[str], words: str) -> None:
    prepare()
    run = make.report()
    head = run.numbers["headline"]
    assert (head["shown"], head["reasons"], head["booked_return"]) == (False, reasons, None)
    assert "estimate_return" not in head
    page = roi_page(run)
    assert words in page.why_not
    assert page.interval is None


def test_what_is_in_another_currency_is_left_out_and_counted() -> None:
    make.compared()
    make.finance(currency="USD")
    make.credited(make.outcome(currency="USD"))
    make.finance()
    line = facts.contract(arr=0, currency="USD").lines.get()
    facts.movement(line, amount=700, occurred_on=date(2025, 5, 1), recorded_at=BEGUN)
    run = make.report()
    left_out = {row["code"]: row["count"] for row in run.numbers["not_claimed"] if "count" in row}
    assert left_out == {"claims_left_out": 1, "cost_left_out": 1, "accounts_left_out": 1}
    assert run.numbers["headline"]["reasons"] == ["cost_in_other_currency"]
    assert run.numbers["headline"]["cost_cents"] == 3_000_000
    sentences = roi_page(run).not_claimed
    assert "1 claim in another currency is left out." in sentences


@pytest.mark.parametrize("table", list(COLUMNS))
def test_every_table_is_a_file(table: str) -> None:
    lines = table_csv(make.whole().numbers, table).splitlines()
    assert lines[0].split(",") == list(COLUMNS[table])
    assert len(lines) > 1 or table in {"work", "currencies"}  # rows of the latter: test_currencies


def test_a_name_that_is_a_formula_is_defused() -> None:
    numbers = make.whole().numbers
    numbers["playbooks"][0]["playbook"] = '=HYPERLINK("http://evil")'
    line = table_csv(numbers, "playbooks").splitlines()[1]
    assert not line.startswith(("=", '"='))


@pytest.mark.parametrize("currency", ["eur", "EURO", "E1R"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(services.ReportRefused, match="three-letter"):
        services.record_cost(services.Cost("x", "tools", Decimal(1), currency, *PERIOD), by=None, as_of=KNOWN)
