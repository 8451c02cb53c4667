"""A claim is one person's word, judged by another, and one euro is credited once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cshub.audit.models import AuditEvent
from reports.impact import services
from reports.impact.evidence import NotEvidence
from reports.impact.invariants import INVARIANTS
from reports.impact.models import Claim, CreditBalance, LedgerEntry, Outcome
from tests.accounts import make as facts
from tests.playbooks.make import ada, grace, person
from tests.reports import make
from tests.reports.make import KNOWN

pytestmark = pytest.mark.usefixtures("acme")


def violations() -> list[str]:
    return [sentence for each in INVARIANTS for sentence in each.violations()]


def test_a_claim_from_its_draft_to_the_ledger() -> None:
    entry = make.credited(amount=4_000)
    claim = Claim.objects.get()
    assert (claim.number, claim.state, claim.support) == (1, "accepted", "activity_logged")
    assert (entry.seq, entry.amount, entry.currency, entry.booked_by) == (1, Decimal("4000.00"), "EUR", grace())
    assert CreditBalance.objects.get().credited == 4_000
    verbs = list(AuditEvent.objects.filter(verb__regex="claim|evidence").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["claim.drafted", "evidence.cited", "claim.submitted", "claim.accepted"]
    assert violations() == []


def test_a_claim_over_what_is_left_is_refused_with_what_is_left() -> None:
    outcome = make.outcome(amount=10_000)
    make.credited(outcome, amount=7_000)
    with pytest.raises(services.TooMuchCredit, match=r"Only €3,000\.00 of this outcome is left to credit"):
        make.draft(outcome, amount=3_001)
    assert make.draft(outcome, amount=3_000).amount == 3_000


def test_of_two_claims_over_the_same_euro_the_second_cannot_be_accepted() -> None:
    outcome = make.outcome(amount=10_000)
    first, second = make.submitted(outcome, amount=8_000), make.submitted(outcome, amount=8_000)
    services.review(first, decision="accepted", by=grace(), as_of=KNOWN)
    with pytest.raises(services.TooMuchCredit):
        services.review(second, decision="accepted", by=grace(), as_of=KNOWN)
    second.refresh_from_db()
    assert (second.state, LedgerEntry.objects.count()) == ("submitted", 1)
    assert not hasattr(second, "review")


def test_the_database_refuses_more_than_the_amount() -> None:
    balance = CreditBalance.objects.get(outcome=make.outcome(amount=10))
    with pytest.raises(IntegrityError, match="credit_never_exceeds_movement"), transaction.atomic():
        CreditBalance.objects.filter(pk=balance.pk).update(credited=11)


@pytest.mark.parametrize("kind", ["expansion"])
def test_a_renewal_is_no_expansion(kind: str) -> None:
    with pytest.raises(services.ClaimRefused, match="Expansion cannot be claimed on an outcome that is renewed"):
        make.draft(kind=kind)


def test_nothing_cannot_be_claimed() -> None:
    with pytest.raises(services.ClaimRefused, match="more than zero"):
        make.draft(amount=0)


def test_a_review_of_ones_own_claim_is_refused() -> None:
    claim = make.submitted(by=grace())
    with pytest.raises(services.OwnClaim, match="Someone else"):
        services.review(claim, decision="accepted", by=grace(), as_of=KNOWN)


def test_a_second_review_is_refused_with_the_first() -> None:
    entry = make.credited()
    with pytest.raises(services.ClaimRefused, match="Grace decided about this claim already: Accepted"):
        services.review(entry.claim, decision="rejected", note="No", by=person("Root", "admin"), as_of=KNOWN)


def test_a_claim_without_evidence_cannot_be_accepted_only_rejected_with_a_reason() -> None:
    claim = services.submit_claim(make.draft(), by=ada(), as_of=KNOWN)
    with pytest.raises(services.ClaimRefused, match="Nothing shows this claim"):
        services.review(claim, decision="accepted", by=grace(), as_of=KNOWN)
    with pytest.raises(services.ClaimRefused, match="Say why"):
        services.review(claim, decision="rejected", by=grace(), as_of=KNOWN)
    services.review(claim, decision="rejected", note="Routine", by=grace(), as_of=KNOWN)
    assert (Claim.objects.get().state, LedgerEntry.objects.count()) == ("rejected", 0)
    assert violations() == []


def test_a_draft_does_not_wait_for_a_review() -> None:
    with pytest.raises(services.ClaimRefused, match="does not wait"):
        services.review(make.draft(), decision="accepted", by=grace(), as_of=KNOWN)


def test_only_the_claimant_cites_submits_and_withdraws() -> None:
    claim = make.draft()
    for act in (
        lambda: services.cite(claim, make.call(claim.outcome), by=grace(), as_of=KNOWN),
        lambda: services.submit_claim(claim, by=grace(), as_of=KNOWN),
        lambda: services.withdraw(claim, by=grace(), as_of=KNOWN),
    ):
        with pytest.raises(services.ClaimRefused, match="Only Ada"):
            act()
    assert services.withdraw(claim, by=ada(), as_of=KNOWN).state == "withdrawn"
    with pytest.raises(services.ClaimRefused, match="no draft any more: withdrawn"):
        services.submit_claim(claim, by=ada(), as_of=KNOWN)
    assert violations() == []


def test_evidence_is_of_the_same_account_cited_once_and_shows_something() -> None:
    claim = make.draft()
    call = make.call(claim.outcome)
    services.cite(claim, call, by=ada(), as_of=KNOWN, confirms=True)
    with pytest.raises(services.ClaimRefused, match="cited already"):
        services.cite(claim, call, by=ada(), as_of=KNOWN)
    with pytest.raises(services.ClaimRefused, match="another account"):
        services.cite(claim, facts.interaction(), by=ada(), as_of=KNOWN)
    with pytest.raises(NotEvidence, match="Cite an entry of the timeline"):
        services.cite(claim, claim.account, by=ada(), as_of=KNOWN)
    services.cite(claim, make.call(claim.outcome), by=ada(), as_of=KNOWN)
    assert Claim.objects.get().support == "customer_confirmed"


def test_evidence_of_a_decided_claim_stays_as_it_was_judged() -> None:
    entry = make.credited()
    with pytest.raises(services.ClaimRefused, match="decided"):
        services.cite(entry.claim, make.call(entry.outcome), by=ada(), as_of=KNOWN)


def test_a_credit_is_taken_back_once_with_a_reason_and_can_be_claimed_again() -> None:
    outcome = make.outcome(amount=10_000)
    entry = make.credited(outcome, amount=10_000)
    with pytest.raises(services.CannotReverse, match="Say why"):
        services.reverse(entry, reason=" ", by=grace(), as_of=KNOWN)
    back = services.reverse(entry, reason="Left after all", by=grace(), as_of=KNOWN)
    assert (back.seq, back.amount, CreditBalance.objects.get().credited) == (2, -10_000, 0)
    with pytest.raises(services.CannotReverse, match="reversed already"):
        services.reverse(entry, reason="Again", by=grace(), as_of=KNOWN)
    with pytest.raises(services.CannotReverse, match="cannot be reversed"):
        services.reverse(back, reason="Undo", by=grace(), as_of=KNOWN)
    make.credited(outcome, amount=10_000)
    assert violations() == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=6))
def test_whatever_is_claimed_accepted_and_taken_back_credit_never_exceeds_the_outcome(
    asked: list[tuple[int, bool]],
) -> None:
    outcome = make.outcome(amount=10)
    for amount, takes_back in asked:
        try:
            entry = make.credited(outcome, amount=amount)
        except services.TooMuchCredit:
            continue
        if takes_back:
            services.reverse(entry, reason="Left", by=grace(), as_of=KNOWN)
    booked = sum(entry.amount for entry in LedgerEntry.objects.filter(outcome=outcome))
    assert booked == CreditBalance.objects.get(outcome=outcome).credited <= 10
    assert violations() == []


def test_a_lost_renewal_is_one_outcome_and_observing_again_finds_nothing() -> None:
    contract = facts.contract(arr=10_000)
    facts.decision(facts.renewal(contract), decision="churned", decided_on=contract.ends_on, recorded_at=make.BEGUN)
    facts.movement(contract.lines.get(), amount=-10_000, occurred_on=contract.ends_on, recorded_at=make.BEGUN)
    assert services.observe_outcomes(as_of=KNOWN) == 1
    assert services.observe_outcomes(as_of=KNOWN) == 0
    assert Outcome.objects.get().kind == "churned"
