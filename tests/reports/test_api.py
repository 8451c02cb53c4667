"""Proof over REST: the same verbs, the same sentences, problems with pointers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from cshub.users.models import User
from cshub.users.services import issue_key
from reports.impact import services as impact
from reports.impact.models import Claim, LedgerEntry
from reports.models import ReportRun
from tests.cast import mallory
from tests.playbooks.make import ada, grace, person
from tests.reports import make
from tests.reports.make import KNOWN

pytestmark = pytest.mark.usefixtures("acme")
RESOURCES = ("outcomes", "claims", "evidence", "ledger_entries", "experiments", "estimates", "reports")


class Api:
    """A client with a key of a person."""

    def __init__(self, user: User, host: str = "acme.testserver") -> None:
        self.client = Client(headers={"host": host})
        _key, plain = issue_key(user=user, name="Tests", scopes=["read", "write"], as_of=KNOWN)
        self.headers = {"Authorization": f"Bearer {plain}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=self.headers)


def body(outcome: Any, amount: str = "4000.00", currency: str = "EUR", **changes: Any) -> dict[str, Any]:
    money = {"amount": amount, "currency": currency}
    return {"outcome": str(outcome.pk), "kind": "save", "amount": money, "narrative": "We did", **changes}


def test_a_claim_from_its_draft_to_a_reversal() -> None:
    outcome, csm, manager = make.outcome(), Api(ada()), Api(grace())
    made = csm.post("claims/", body(outcome))
    assert made.status_code == 201, made.content
    claim = made.json()["id"]
    call = make.call(outcome)
    cited = csm.post("evidence/", {"claim": claim, "object_type": "interaction", "object_id": str(call.pk)})
    assert cited.status_code == 201, cited.content
    assert len(cited.json()["content_hash"]) == 64
    assert csm.post(f"claims/{claim}/submission/").json()["state"] == "submitted"
    review = manager.post(f"claims/{claim}/review/", {"decision": "accepted"})
    assert (review.status_code, review.json()["decision"]) == (201, "accepted")
    [entry] = manager.get(f"ledger_entries/?claim={claim}").json()["data"]
    assert entry["amount"] == {"amount": "4000.00", "currency": "EUR"}
    assert csm.get(f"outcomes/{outcome.pk}/").json()["credited"] == "4000.00"
    back = manager.post(f"ledger_entries/{entry['id']}/reversal/", {"reason": "Left"})
    assert (back.status_code, back.json()["amount"]["amount"]) == (201, "-4000.00"), back.content
    again = manager.post(f"ledger_entries/{entry['id']}/reversal/", {"reason": "Left"})
    assert (again.status_code, again.json()["detail"]) == (409, "This entry was reversed already.")


def test_refusals_are_409_with_the_words_of_the_page() -> None:
    outcome, manager = make.outcome(), Api(grace())
    entry, own = make.credited(outcome, amount=9_000), make.submitted(by=grace())
    bare = impact.submit_claim(make.draft(), by=ada(), as_of=KNOWN)
    for answer, code, words in [
        (manager.post("claims/", body(outcome, "1000.01")), "too_much_credit", "Only €1,000.00"),
        (manager.post(f"claims/{own.pk}/review/", {"decision": "accepted"}), "own_claim", "Someone else"),
        (
            manager.post(f"claims/{entry.claim_id}/review/", {"decision": "accepted"}),
            "claim_refused",
            "already: Accepted",
        ),
        (manager.post(f"claims/{bare.pk}/review/", {"decision": "accepted"}), "claim_refused", "Nothing shows"),
        (manager.post(f"claims/{bare.pk}/review/", {"decision": "rejected"}), "claim_refused", "Say why"),
        (manager.post(f"claims/{bare.pk}/submission/"), "claim_refused", "Only Ada"),
        (manager.post(f"ledger_entries/{entry.pk}/reversal/", {"reason": ""}), "cannot_reverse", "Say why"),
        (manager.post("reports/", {"starts_on": "2026-01-01", "ends_on": "2026-02-01"}), "no_assumption", "Finance"),
    ]:
        problem = answer.json()
        assert (answer.status_code, problem["errors"][0]["code"]) == (409, code), problem
        assert words in problem["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": {"amount": 5, "currency": "EUR"}}, "/amount"),
        ({"amount": {"amount": "5.00", "currency": "USD"}}, "/amount"),
        ({"kind": "miracle"}, "/kind"),
        ({"kind": ["save"]}, "/kind"),
        ({"narrative": ""}, "/narrative"),
        ({"state": "accepted"}, "/state"),
        ({"moon": 1}, "/moon"),
    ],
)
def test_a_wrong_body_is_400_with_its_pointer(changes: dict[str, Any], pointer: str) -> None:
    answer = Api(ada()).post("claims/", body(make.outcome(), **changes))
    assert answer.status_code == 400, answer.content
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not Claim.objects.exists()


def test_what_shows_nothing_cannot_be_cited() -> None:
    claim = make.draft()
    answer = Api(ada()).post(
        "evidence/", {"claim": str(claim.pk), "object_type": "task", "object_id": str(claim.account_id)}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/object_id")


def test_a_report_is_run_read_and_frozen_once() -> None:
    make.whole()
    finance = Api(make.finn())
    made = finance.post("reports/", {"starts_on": "2026-01-01", "ends_on": "2026-07-01"})
    assert made.status_code == 201, made.content
    run = made.json()["id"]
    numbers = finance.get(f"reports/{run}/").json()["numbers"]
    assert numbers["headline"]["shown"]
    assert "numbers" not in finance.get("reports/").json()["data"][0]
    frozen = finance.post(f"reports/{run}/freeze/")
    assert (frozen.status_code, frozen.json()["digest"]) == (201, made.json()["digest"])
    again = finance.post(f"reports/{run}/freeze/")
    assert (again.status_code, again.json()["detail"]) == (409, "This report is frozen already.")
    assert ReportRun.objects.get(pk=run).state == "frozen"


def test_estimates_are_found_by_experiment_and_the_salt_is_not_told() -> None:
    experiment = make.compared()
    impact.estimate_experiments(as_of=KNOWN)
    csm = Api(ada())
    rows = csm.get(f"estimates/?experiment={experiment.pk}&outcome=renewal").json()["data"]
    assert [row["verdict"] for row in rows] == ["MEASURED_GAIN"]
    assert "salt" not in csm.get(f"experiments/{experiment.pk}/").json()


@pytest.mark.parametrize("resource", RESOURCES)
def test_who_reads_and_who_finds_nothing(resource: str, inside: Callable[[str], AbstractContextManager[Any]]) -> None:
    make.whole()
    impact.estimate_experiments(as_of=KNOWN)
    [first, *_rest] = Api(person("Reader", "finance")).get(f"{resource}/").json()["data"]
    assert Api(person("Alan", "agent")).get(f"{resource}/").status_code == 403
    with inside("globex"):
        stranger = Api(mallory(), "globex.testserver")
        assert stranger.get(f"{resource}/").json()["data"] == []
        assert stranger.get(f"{resource}/{first['id']}/").status_code == 404


def test_a_csm_neither_reviews_nor_freezes() -> None:
    claim, run = make.submitted(by=grace()), make.whole()
    csm = Api(ada())
    assert csm.post(f"claims/{claim.pk}/review/", {"decision": "accepted"}).status_code == 403
    assert csm.post(f"reports/{run.pk}/freeze/").status_code == 403
    entry = LedgerEntry.objects.order_by("seq").first()
    assert entry is not None
    assert csm.post(f"ledger_entries/{entry.pk}/reversal/", {"reason": "x"}).status_code == 403
