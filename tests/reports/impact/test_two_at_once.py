"""Two reviewers at the same moment cannot credit the same euro twice, by whichever door they come."""

from collections.abc import Callable

import pytest
from django.test import Client

from cshub.users.services import issue_key
from reports.impact import services
from reports.impact.invariants import INVARIANTS
from reports.impact.models import Claim, CreditBalance, LedgerEntry
from tests.playbooks.make import ada, grace, person
from tests.playbooks.test_two_at_once import at_once
from tests.reports import make
from tests.reports.make import KNOWN

pytestmark = pytest.mark.usefixtures("committed_acme")


def by_service(claim: Claim) -> Callable[[], str]:
    reviewer = grace()

    def accept() -> str:
        try:
            services.review(Claim.objects.get(pk=claim.pk), decision="accepted", by=reviewer, as_of=KNOWN)
        except services.TooMuchCredit:
            return "refused"
        return "accepted"

    return accept


def over_rest(claim: Claim) -> Callable[[], str]:
    _key, plain = issue_key(user=person("Root", "admin"), name="Tests", scopes=["read", "write"], as_of=KNOWN)

    def accept() -> str:
        answer = Client(headers={"host": "acme.testserver"}).post(
            f"/api/v1/claims/{claim.pk}/review/",
            {"decision": "accepted"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {plain}"},
        )
        if answer.status_code == 409:
            return "refused" if answer.json()["errors"][0]["code"] == "too_much_credit" else "wrong"
        return "accepted" if answer.status_code == 201 else f"status {answer.status_code}"

    return accept


def test_two_claims_over_one_outcome_are_accepted_once() -> None:
    outcome = make.outcome(amount=10_000)
    for _round in range(3):
        claims = [make.submitted(outcome, amount=6_000, by=ada()) for _each in range(2)]
        doors = [by_service(claims[0]), over_rest(claims[1])]
        assert sorted(map(str, at_once(lambda doors=doors: doors.pop()()))) == ["accepted", "refused"]
        entry = LedgerEntry.objects.filter(kind="credit").latest("seq")
        assert CreditBalance.objects.get().credited == 6_000
        services.reverse(entry, reason="Again", by=grace(), as_of=KNOWN)
    assert [sentence for each in INVARIANTS for sentence in each.violations()] == []


def test_one_claim_is_decided_by_one_of_two_reviewers() -> None:
    claim = make.submitted()
    reviewers = [grace(), person("Root", "admin")]

    def accept() -> str:
        try:
            services.review(Claim.objects.get(pk=claim.pk), decision="accepted", by=reviewers.pop(), as_of=KNOWN)
        except services.ClaimRefused:
            return "refused"
        return "accepted"

    assert sorted(map(str, at_once(accept))) == ["accepted", "refused"]
    assert LedgerEntry.objects.count() == 1


def test_a_credit_is_taken_back_by_one_of_two() -> None:
    entry_id, reviewer = make.credited().pk, grace()

    def take_back() -> str:
        try:
            services.reverse(LedgerEntry.objects.get(pk=entry_id), reason="Left", by=reviewer, as_of=KNOWN)
        except services.CannotReverse:
            return "refused"
        return "done"

    assert sorted(map(str, at_once(take_back))) == ["done", "refused"]
    assert CreditBalance.objects.get().credited == 0
