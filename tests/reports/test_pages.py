"""Every page of impact and reports, for every role, in two tenants."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from cshub.users.models import User
from reports import services
from reports.impact import services as impact
from reports.impact.models import Claim, Estimate, Evidence, Experiment, LedgerEntry
from reports.models import CostEntry, FinanceAssumption, ReportRun
from tests.cast import mallory
from tests.playbooks.make import ada, grace, person
from tests.reports import make
from tests.reports.make import KNOWN

pytestmark = pytest.mark.usefixtures("acme")


def at(name: str, *ids: Any) -> str:
    return reverse(name, args=[getattr(each, "pk", each) for each in ids])


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    def _signed_in(user: User) -> Client:
        client.force_login(user)
        return client

    return _signed_in


def pages() -> list[str]:
    """Every page that is read, on real rows."""
    run = make.whole()
    impact.estimate_experiments(as_of=KNOWN)
    return [
        reverse("impact"),
        f"{reverse('impact')}?show=waiting",
        f"{reverse('impact')}?show=mine",
        reverse("impact_log"),
        at("impact_claim", Claim.objects.first()),
        reverse("experiments"),
        at("experiment", Experiment.objects.get()),
        reverse("reports"),
        reverse("report_inputs"),
        at("report", run),
        at("report_table", run, "waterfall"),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [("csm", 200), ("manager", 200), ("finance", 200), ("admin", 200), ("agent", 403)]
)
def test_who_reads_proof(signed_in: Callable[[User], Client], role: str, status: int) -> None:
    paths = pages()
    browser = signed_in(person("Reader", role))
    assert {path: browser.get(path).status_code for path in paths} == dict.fromkeys(paths, status)


def test_nobody_reads_proof_without_signing_in(client: Client) -> None:
    assert {client.get(path).status_code for path in pages()} == {302}


def test_mallory_in_globex_finds_nothing_of_acme(inside: Callable[[str], AbstractContextManager[Any]]) -> None:
    found = pages()
    outcome_account = Claim.objects.select_related("account").first().account.pk  # type: ignore[union-attr]
    with inside("globex"):
        client = Client(headers={"host": "globex.testserver"})
        client.force_login(mallory())
        lists = {reverse(name) for name in ("impact", "impact_log", "experiments", "reports", "report_inputs")}
        for path in found:
            page = client.get(path)
            assert page.status_code == (200 if path.split("?")[0] in lists else 404), path
            assert str(outcome_account) not in page.content.decode()


def test_pages_in_every_language_and_with_an_experiment_that_says_nothing_yet(
    signed_in: Callable[[User], Client],
) -> None:
    make.compared(treated=(9, 9), held_out=(9, 3))
    make.finance()
    run = make.report()
    impact.estimate_experiments(as_of=KNOWN)
    user = grace()
    browser = signed_in(user)
    for language in ("en", "pl", "ru", "fa"):
        User.objects.filter(pk=user.pk).update(language=language)
        for path in (at("report", run), reverse("experiments"), at("experiment", Experiment.objects.get())):
            assert browser.get(path).status_code == 200, (language, path)


def test_a_claim_goes_from_the_log_to_the_ledger_over_the_pages(signed_in: Callable[[User], Client]) -> None:
    outcome = make.outcome()
    call = make.call(outcome)
    browser = signed_in(ada())
    wrong = browser.post(
        reverse("impact_log"), {"outcome": outcome.pk, "kind": "save", "amount": "99999", "narrative": "x"}
    )
    assert wrong.status_code == 400
    assert "Only €10,000.00 of this outcome is left to credit." in wrong.content.decode()
    browser.post(reverse("impact_log"), {"outcome": outcome.pk, "kind": "save", "amount": "4000", "narrative": "x"})
    claim = Claim.objects.get()
    missing = browser.post(at("claim_evidence", claim), {"record": "task:1"})
    assert missing.status_code == 400
    assert not Evidence.objects.exists()
    impact.cite(claim, call, by=ada(), as_of=KNOWN)
    browser.post(at("claim_submit", claim))
    assert browser.post(at("claim_review", claim), {"decision": "accepted"}).status_code == 403
    grace_browser = signed_in(grace())
    assert "Accept and book" in grace_browser.get(at("impact_claim", claim)).content.decode()
    grace_browser.post(at("claim_review", claim), {"decision": "accepted"})
    entry = LedgerEntry.objects.get()
    again = grace_browser.post(at("claim_review", claim), {"decision": "rejected", "note": "no"}, follow=True)
    assert "Grace decided about this claim already: Accepted." in again.content.decode()
    for _twice in range(2):
        page = grace_browser.post(at("ledger_reversal", entry), {"reason": "Left"}, follow=True)
    assert "This entry was reversed already." in page.content.decode()
    assert LedgerEntry.objects.count() == 2


def test_ones_own_claim_is_not_reviewed_on_the_page(signed_in: Callable[[User], Client]) -> None:
    claim = make.submitted(by=grace())
    browser = signed_in(grace())
    assert "Accept and book" not in browser.get(at("impact_claim", claim)).content.decode()
    page = browser.post(at("claim_review", claim), {"decision": "accepted"}, follow=True)
    assert "Someone else has to review your claim." in page.content.decode()
    assert not LedgerEntry.objects.exists()


def test_a_claim_without_evidence_is_asked_about_before_it_is_sent(signed_in: Callable[[User], Client]) -> None:
    claim = make.draft()
    browser = signed_in(ada())
    asked = browser.post(at("claim_submit", claim)).content.decode()
    assert "Send this claim without evidence?" in asked
    claim.refresh_from_db()
    assert claim.state == "draft"
    assert (
        "Sent to review." in browser.post(at("claim_submit", claim), {"confirmed": "yes"}, follow=True).content.decode()
    )
    claim.refresh_from_db()
    assert claim.state == "submitted"


def test_what_can_be_claimed_is_found_by_the_name_of_its_account(signed_in: Callable[[User], Client]) -> None:
    outcome = make.outcome()
    Account.objects.filter(pk=outcome.account_id).update(name="Żuraw Shipping")
    browser = signed_in(ada())
    assert "Żuraw Shipping" in browser.get(reverse("impact_log"), {"q": "shipping"}).content.decode()
    missed = browser.get(reverse("impact_log"), {"q": "freight"}).content.decode()
    assert "No such account has anything to claim" in missed
    assert "Żuraw Shipping" not in missed


def test_a_quarter_reads_in_the_calendar_of_the_reader(signed_in: Callable[[User], Client]) -> None:
    run = make.whole()
    reader = signed_in(grace())
    quarters = [row["quarter"] for row in run.numbers["work"]]
    assert quarters
    page = reader.get(at("report", run)).content.decode()
    assert f"Q{quarters[0][-1]} {quarters[0][:4]}" in page
    User.objects.update(calendar="jalali")
    page = reader.get(at("report", run)).content.decode()
    assert f"Q{quarters[0][-1]} {quarters[0][:4]}" not in page


def test_a_draft_is_withdrawn_by_its_claimant(signed_in: Callable[[User], Client]) -> None:
    claim = make.draft()
    signed_in(ada()).post(at("claim_withdrawal", claim))
    claim.refresh_from_db()
    assert claim.state == "withdrawn"


def test_a_report_is_run_checked_frozen_and_read_as_files(signed_in: Callable[[User], Client]) -> None:
    make.whole()
    browser = signed_in(make.finn())
    answer = browser.post(reverse("report_run"), {"starts_on": "2026-01-01", "last_day": "2026-06-30"})
    run = ReportRun.objects.order_by("-created_at").first()
    assert answer["Location"] == at("report", run)
    assert "the same digest" in browser.post(at("report_check", run), follow=True).content.decode()
    sure = {"confirmed": "yes"}
    assert "Freeze this report?" in browser.post(at("report_freeze", run)).content.decode()
    run.refresh_from_db()
    assert run.state == "draft"
    assert "The report is frozen." in browser.post(at("report_freeze", run), sure, follow=True).content.decode()
    assert "frozen already" in browser.post(at("report_freeze", run), follow=True).content.decode()
    file = browser.get(at("report_table", run, "entries"))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert file.content.startswith(b"number,claim,kind,account")
    assert browser.get(at("report_table", run, "secrets")).status_code == 404


def test_a_csm_does_not_run_or_freeze(signed_in: Callable[[User], Client]) -> None:
    run = make.whole()
    browser = signed_in(ada())
    assert browser.post(reverse("report_run"), {}).status_code == 403
    assert browser.post(at("report_freeze", run)).status_code == 403
    assert "Freeze report" not in browser.get(at("report", run)).content.decode()
    assert "Run report" not in browser.get(reverse("reports")).content.decode()


def test_a_wrong_period_is_refused_at_its_field(signed_in: Callable[[User], Client]) -> None:
    make.finance()
    browser = signed_in(make.finn())
    page = browser.post(reverse("report_run"), {"starts_on": "2026-06-30", "last_day": "2026-01-01"})
    assert page.status_code == 409
    assert "The period has to end after it starts." in page.content.decode()


def test_finance_decides_and_enters(signed_in: Callable[[User], Client]) -> None:
    browser = signed_in(make.finn())
    margin = {"what": "assumption", "gross_margin": "1.5", "currency": "EUR", "valid_from": "2026-01-01"}
    assert browser.post(reverse("report_inputs"), margin).status_code == 400
    browser.post(reverse("report_inputs"), margin | {"gross_margin": "0.78"})
    cost = {"what": "cost", "name": "Team", "category": "salaries", "amount": "9", "currency": "EUR"}
    dates = {"starts_on": "2026-01-01", "ends_on": "2026-02-01"}
    browser.post(reverse("report_inputs"), cost | dates)
    assert (FinanceAssumption.objects.count(), CostEntry.objects.count()) == (1, 1)
    refused = signed_in(grace())
    assert refused.post(reverse("report_inputs"), margin).status_code == 405  # the table has no POST for managers
    assert "Decide assumption" not in refused.get(reverse("report_inputs")).content.decode()


def test_lists_cost_the_same_however_long_they_are(
    signed_in: Callable[[User], Client], count_queries: Callable[[Callable[[], object]], int]
) -> None:
    make.whole()
    impact.estimate_experiments(as_of=KNOWN)
    browser = signed_in(grace())
    paths = [reverse(name) for name in ("impact", "impact_log", "experiments", "reports", "report_inputs")]
    for path in paths:
        browser.get(path)
    before = {path: count_queries(lambda path=path: browser.get(path)) for path in paths}
    make.submitted()
    make.credited()
    make.compared(treated=(3, 3), held_out=(3, 3))
    make.finance()
    make.report()
    services.freeze(make.report(), by=make.finn(), as_of=KNOWN)
    impact.estimate_experiments(as_of=KNOWN)
    assert Estimate.objects.count() > 2
    assert {path: count_queries(lambda path=path: browser.get(path)) for path in paths} == before
