"""Tampering with proof behind the product's back is found and named."""

import json
from collections.abc import Callable

import pytest

from reports.impact.invariants import INVARIANTS
from reports.impact.models import Claim, CreditBalance, LedgerHead
from reports.impact.services import reverse
from tests.database import owner
from tests.playbooks.make import grace
from tests.reports import make
from tests.reports.make import KNOWN, LATER


def violations() -> list[str]:
    return [sentence for each in INVARIANTS for sentence in each.violations()]


def as_owner(statement: str) -> None:
    """Change what the application's role may not: as whoever owns the tables would."""
    with owner() as database:
        database.execute("set search_path to acme")
        database.execute(statement.encode())


@pytest.mark.usefixtures("acme")
def test_what_was_done_by_the_product_holds() -> None:
    make.whole()
    reverse(make.credited(), reason="Left", by=grace(), as_of=KNOWN)
    assert violations() == []


@pytest.mark.parametrize(
    ("tamper", "sentence"),
    [
        (
            "UPDATE impact_ledgerentry SET reason = 'x' WHERE seq = 1",
            "Ledger entry 1 does not say what was booked",
        ),
        ("DELETE FROM impact_ledgerentry WHERE seq = 1", "Ledger entry 1 is missing; the next one is 2."),
        ("DELETE FROM impact_ledgerentry WHERE seq = 2", "The ledger's head does not point at its last entry, 1."),
        (
            "UPDATE impact_evidence SET content = jsonb_set(content, '{minutes}', '\"999\"')",
            "is not what was cited",
        ),
        ("UPDATE impact_claim SET state = 'rejected' WHERE number = 1", "Claim I-1 is rejected, but its review"),
        ("UPDATE impact_claim SET amount = amount + 1 WHERE number = 1", "Claim I-1 is accepted, but its review"),
        ("DELETE FROM impact_creditbalance", "its balance says None of None"),
        ("UPDATE impact_creditbalance SET credited = 0", "its ledger entries add up to 4000.00"),
        (
            "UPDATE impact_claim SET claimant_id = (SELECT reviewer_id FROM impact_review LIMIT 1)",
            "Claim I-1 was reviewed by its claimant.",
        ),
    ],
)
@pytest.mark.usefixtures("committed_acme")
def test_tampering_is_found_and_named(tamper: str, sentence: str) -> None:
    make.credited()
    make.credited()
    as_owner(tamper)
    assert sentence in " ".join(violations())


@pytest.mark.usefixtures("committed_acme")
def test_an_experiment_that_is_not_what_was_approved_is_named() -> None:
    experiment = make.compared(treated=(1, 1), held_out=(1, 1))
    as_owner("UPDATE impact_experiment SET salt = 'another', horizon_days = 999")
    assert violations() == [f"The experiment of {experiment.version.playbook.name} v1 is not what was approved."]


@pytest.mark.usefixtures("committed_acme")
def test_an_arm_written_after_the_outcome_is_named() -> None:
    make.compared(treated=(1, 1), held_out=(0, 0))
    as_owner(f"UPDATE playbooks_enrollment SET recorded_at = '{LATER.isoformat()}'")
    assert "was written after its renewal was decided, 2026-01-01" in violations()[0]


@pytest.mark.parametrize(
    "change", [lambda: LedgerHead.objects.update(seq=9), lambda: LedgerHead.objects.update(entry_hash="0")]
)
@pytest.mark.usefixtures("acme")
def test_the_head_of_the_ledger_is_held_against_its_last_entry(change: Callable[[], object]) -> None:
    make.credited()
    change()
    assert violations() == ["The ledger's head does not point at its last entry, 1."]


@pytest.mark.usefixtures("acme")
def test_evidence_keeps_its_content_through_the_database() -> None:
    claim = make.submitted()
    row = claim.evidence.get()
    assert json.loads(json.dumps(row.content))["subject"].startswith("Call")
    assert (Claim.objects.count(), CreditBalance.objects.count()) == (1, 1)
