"""What has to hold of claims, credit, the ledger and experiments on live data, for `verify`."""

from __future__ import annotations

from cshub.db import sql
from cshub.kernel.invariant import Invariant
from reports.impact.evidence import content_digest
from reports.impact.models import Evidence, LedgerEntry, LedgerHead
from reports.impact.services import entry_digest

CHUNK = 5_000
_BALANCES = """
    SELECT outcome.id, outcome.amount, balance.amount, balance.credited, coalesce(booked.amount, 0)
    FROM impact_outcome outcome
    LEFT JOIN impact_creditbalance balance ON balance.outcome_id = outcome.id
    LEFT JOIN (SELECT outcome_id, sum(amount) AS amount FROM impact_ledgerentry GROUP BY outcome_id) booked ON booked.outcome_id = outcome.id
    WHERE balance.id IS NULL OR balance.amount <> outcome.amount
       OR balance.credited <> coalesce(booked.amount, 0) OR coalesce(booked.amount, 0) > outcome.amount
    ORDER BY outcome.id
"""
_OWN_REVIEWS = """
    SELECT claim.number FROM impact_review review JOIN impact_claim claim ON claim.id = review.claim_id
    WHERE review.reviewer_id = claim.claimant_id OR review.claimant_id <> claim.claimant_id ORDER BY claim.number
"""
_UNBOOKED = """
    SELECT claim.number, claim.state FROM impact_claim claim
    LEFT JOIN impact_review review ON review.claim_id = claim.id
    LEFT JOIN impact_ledgerentry entry ON entry.claim_id = claim.id AND entry.kind = 'credit'
    WHERE (claim.state = 'accepted') <> (coalesce(review.decision, '') = 'accepted')
       OR (claim.state = 'accepted') <> (entry.id IS NOT NULL)
       OR (claim.state = 'rejected') <> (coalesce(review.decision, '') = 'rejected')
       OR entry.amount <> claim.amount
    ORDER BY claim.number
"""
_REREGISTERED = """
    SELECT playbook.name, version.number
    FROM impact_experiment experiment
    JOIN playbooks_playbookversion version ON version.id = experiment.version_id
    JOIN playbooks_playbook playbook ON playbook.id = version.playbook_id
    WHERE (experiment.holdout_share, experiment.salt, experiment.horizon_days, experiment.strata, experiment.primary_outcome)
          IS DISTINCT FROM (version.holdout_share, version.salt, version.horizon_days, version.strata, version.primary_outcome)
       OR NOT EXISTS (SELECT FROM playbooks_approval approval WHERE approval.version_id = version.id AND approval.decision = 'approved'
                      AND approval.decided_at <= experiment.registered_at AND approval.decided_by_id = experiment.registered_by_id)
    ORDER BY 1, 2
"""
_LATE_ARMS = """
    SELECT enrollment.id, decision.recorded_at
    FROM playbooks_enrollment enrollment JOIN accounts_renewaldecision decision ON decision.renewal_id = enrollment.renewal_id
    WHERE enrollment.recorded_at > decision.recorded_at ORDER BY enrollment.id
"""


def credit_adds_up() -> list[str]:
    """Outcomes without a balance, or whose ledger entries do not add up to it, or exceed the amount."""
    return [
        f"Outcome {pk} is worth {amount}; its balance says {credited} of {balance}, its ledger entries add up to {booked}."
        for pk, amount, balance, credited, booked in sql.rows(_BALANCES)
    ]


def ledger_chain() -> list[str]:
    """Missing numbers, broken links and entries that do not say what was hashed."""
    found, previous, expected = [], "", 1
    for entry in LedgerEntry.objects.order_by("seq").iterator(chunk_size=CHUNK):
        if entry.seq != expected:
            found.append(f"Ledger entry {expected} is missing; the next one is {entry.seq}.")
        elif entry.previous_hash != previous:
            found.append(f"Ledger entry {entry.seq} does not follow from the one before it.")
        if entry.entry_hash != entry_digest(entry):
            found.append(f"Ledger entry {entry.seq} does not say what was booked: its hash is another one.")
        previous, expected = entry.entry_hash, entry.seq + 1
    head = LedgerHead.objects.first()
    if (head.seq, head.entry_hash) != (expected - 1, previous) if head else expected > 1:
        found.append(f"The ledger's head does not point at its last entry, {expected - 1}.")
    return found


def reviewed_by_another() -> list[str]:
    """Reviews of one's own claim."""
    return [f"Claim I-{number} was reviewed by its claimant." for (number,) in sql.rows(_OWN_REVIEWS)]


def decided_as_booked() -> list[str]:
    """Claims whose state, review and ledger entry do not say the same."""
    return [
        f"Claim I-{number} is {state}, but its review or its ledger entry says something else."
        for number, state in sql.rows(_UNBOOKED)
    ]


def evidence_unchanged() -> list[str]:
    """Evidence whose content is not what was hashed when it was cited."""
    rows = Evidence.objects.select_related("claim").order_by("pk").iterator(chunk_size=CHUNK)
    return [
        f"Evidence “{row.label}” of claim {row.claim} is not what was cited: its hash is another one."
        for row in rows
        if content_digest(row.content) != row.content_hash
    ]


def registered_as_approved() -> list[str]:
    """Experiments that are not what the approval of their version fixed."""
    return [f"The experiment of {name} v{number} is not what was approved." for name, number in sql.rows(_REREGISTERED)]


def arms_before_outcomes() -> list[str]:
    """Enrollments written after the outcome they are compared by."""
    return [
        f"Enrollment {pk} was written after its renewal was decided, {decided:%Y-%m-%d %H:%M}."
        for pk, decided in sql.rows(_LATE_ARMS)
    ]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("Credit over an outcome is the sum of its ledger entries and never exceeds it", credit_adds_up),
    Invariant("The ledger has no gap and its chain of hashes verifies", ledger_chain),
    Invariant("Nobody reviewed their own claim", reviewed_by_another),
    Invariant("A claim is accepted when it was reviewed and booked, and only then", decided_as_booked),
    Invariant("Evidence is what was cited", evidence_unchanged),
    Invariant("An experiment is what was approved", registered_as_approved),
    Invariant("An arm is written before its outcome", arms_before_outcomes),
)
