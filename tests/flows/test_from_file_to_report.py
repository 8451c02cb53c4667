"""The main job, over HTTP, as its people do it: from a real customer file to a frozen ROI report, while the neighbor sees nothing."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.ingest import tasks as imports
from accounts.ingest.models import ImportBatch
from accounts.models import Account, Renewal
from accounts.services import Decision, decide_renewals
from cshub import pipeline
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from health.models import AccountHealth
from health.services import ensure_starter_scorecard
from playbooks.models import Approval, Enrollment, PlaybookVersion, Task
from reports.impact.models import Claim, LedgerEntry, Outcome
from reports.models import FrozenReport, ReportRun
from reports.tables import COLUMNS
from tests import cast
from tests.flows.pages import form_on, said, sign_in, text_of

ROWS = 600
Inside = Callable[[str], AbstractContextManager[Tenant]]


@dataclass
class Office:
    """Everybody at work, each in a browser of their own, and what Mallory tries next door."""

    file: bytes
    people: dict[str, User]
    browsers: dict[str, Client]
    mallory: Client
    seen: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Client:
        return self.browsers[name]

    def api(self, name: str, method: str, path: str, body: Any = None) -> Any:
        headers = cast.ivy(of=self.people[name])
        return self.browsers["api"].generic(
            method, f"/api/v1/{path}", json.dumps(body or {}), "application/json", headers=headers
        )

    def remember(self, name: str, *arguments: Any) -> str:
        """The address of a page of Acme's; Mallory will try it on her own host."""
        self.seen.append(reverse(name, args=arguments))
        return self.seen[-1]


@pytest.fixture
def office(acme: Tenant, inside: Inside, checkout: Path) -> Office:
    lines = (checkout / "tests/data/telco_churn.csv").read_bytes().splitlines(keepends=True)
    people = {"ada": cast.ada(), "grace": cast.grace(), "finn": cast.finn()}
    browsers = {name: sign_in(user) for name, user in people.items()}
    browsers["api"] = Client(headers={"host": "acme.testserver"})
    with inside("globex"):
        mallory = sign_in(cast.mallory(), host="globex.testserver")
    return Office(b"".join(lines[: ROWS + 1]), people, browsers, mallory)


def test_from_the_customer_file_to_the_frozen_report(office: Office, inside: Inside) -> None:
    bring_the_file_in(office)
    see_health_with_reasons(office)
    version = have_a_playbook_approved(office)
    what_is_approved_stays(office, version)
    task = work_a_task(office, version)
    outcome = see_renewals_decided(task)
    claim_a_part(office, task, outcome)
    nobody_claims_what_is_gone(office, outcome)
    read_and_freeze_the_report(office)
    mallory_sees_nothing(office, inside)
    assert_every_invariant_holds()


def bring_the_file_in(office: Office) -> None:
    """Upload, match by the shipped mapping, check, import."""
    answer = office.ada.post(
        reverse("imports"), {"kind": "accounts", "file": SimpleUploadedFile("telco.csv", office.file)}
    )
    batch = ImportBatch.objects.get()
    match = office.remember("import_match", batch.pk)
    assert answer["Location"] == match
    said(office.ada, reverse("import_mapping", args=[batch.pk]), {"mapping": "Telecom customers"})
    office.ada.post(match, form_on(office.ada.get(match), with_field="column_0"))
    imports.follow_order(batch_id=str(batch.pk))
    page = office.remember("import_batch", batch.pk)
    assert f"Import {ROWS} rows" in text_of(office.ada.get(page))
    office.ada.post(reverse("import_start", args=[batch.pk]))
    imports.follow_order(batch_id=str(batch.pk))
    assert f"{ROWS} rows are in" in text_of(office.ada.get(page))
    assert Account.objects.count() == ROWS


def see_health_with_reasons(office: Office) -> None:
    """Grace chooses the scorecard for this file; Ada takes the accounts over and sees why each stands where it stands."""
    ensure_starter_scorecard(template="customer_file", by=office.people["grace"], as_of=cast.clock())
    turn = pipeline.advance(as_of=cast.clock())
    here = Account.objects.exclude(status="churned")
    assert turn.scored == here.count()
    words = "accounts now belong to Ada"
    chosen = {"account": [str(pk) for pk in here.values_list("pk", flat=True)], "answered": "1"}
    assert words in said(office.ada, reverse("accounts_assign"), {**chosen, "assign-owner": office.people["ada"].pk})
    worst = AccountHealth.objects.order_by("score", "account_id").select_related("account")[0]
    page = text_of(office.ada.get(reverse("accounts"), {"sort": "health"}))
    assert worst.account.name in page
    assert worst.reason
    account = office.remember("account", worst.account_id)
    assert "Payment method" in text_of(office.ada.get(account))


def have_a_playbook_approved(office: Office) -> PlaybookVersion:
    """Ada drafts and submits; she may not approve, nor may Grace approve what Grace wrote; Grace approves Ada's in the admin site."""
    said(office.ada, reverse("playbook_starters"))
    version = PlaybookVersion.objects.get(trigger="renewal_runway")
    edit = office.remember("playbook_edit", version.pk)
    values = form_on(office.ada.get(edit), with_field="holdout_percent") | {"holdout_percent": "25"}
    said(office.ada, edit, values)
    assert "Somebody else has to approve it" in said(office.ada, reverse("playbook_submit", args=[version.pk]))
    version.refresh_from_db()
    decision = reverse("playbook_decision", args=[version.pk])
    approve = {"decision": "approved", "confirmed": "on", "content_hash": version.content_hash}
    assert office.ada.post(decision, approve).status_code == 403
    assert office.api("ada", "POST", f"playbook_versions/{version.pk}/approval/").status_code == 403
    own_work_is_refused(office)
    page = office.grace.get(reverse("admin:playbooks_playbookversion_change", args=[version.pk]))
    for part in ("Changes", "Last quarter, and what the holdout can show", "Steps, as their owners will read them"):
        assert part in text_of(page)
    in_admin = reverse("admin:playbooks_playbookversion_decision", args=[version.pk])
    assert "Approved. It runs from now on" in said(office.grace, in_admin, approve)
    return version


def own_work_is_refused(office: Office) -> None:
    """Grace cannot approve her own version, on the page, in the admin site or by the API."""
    said(office.grace, reverse("playbook_starters"))
    theirs = PlaybookVersion.objects.get(trigger="health_drop")
    PlaybookVersion.objects.filter(pk=theirs.pk).update(author=office.people["grace"])
    said(office.grace, reverse("playbook_submit", args=[theirs.pk]))
    theirs.refresh_from_db()
    approve = {"decision": "approved", "confirmed": "on", "content_hash": theirs.content_hash}
    sentence = "You wrote this version, so somebody else has to decide about it"
    for name in ("playbook_decision", "admin:playbooks_playbookversion_decision"):
        assert sentence in said(office.grace, reverse(name, args=[theirs.pk]), approve)
    refused = office.api("grace", "POST", f"playbook_versions/{theirs.pk}/approval/")
    assert (refused.status_code, sentence in text_of(refused)) == (409, True)
    assert not Approval.objects.exists()


def what_is_approved_stays(office: Office, version: PlaybookVersion) -> None:
    """A second approval and an edit are refused with the reason, everywhere."""
    approve = {"decision": "approved", "confirmed": "on", "content_hash": version.content_hash}
    for name in ("playbook_decision", "admin:playbooks_playbookversion_decision"):
        assert "Grace approved this version on" in said(office.grace, reverse(name, args=[version.pk]), approve)
    again = office.api("grace", "POST", f"playbook_versions/{version.pk}/approval/")
    assert (again.status_code, "Grace approved this version on" in text_of(again)) == (409, True)
    before = PlaybookVersion.objects.values().get(pk=version.pk)
    assert "cannot be edited. Make a new version" in said(
        office.ada, reverse("playbook_edit", args=[version.pk]), {"goal": "Another"}
    )
    edited = office.api("ada", "PATCH", f"playbook_versions/{version.pk}/", {"goal": "Another"})
    assert (edited.status_code, edited["Content-Type"]) == (409, "application/problem+json")
    assert PlaybookVersion.objects.values().get(pk=version.pk) == before
    assert Approval.objects.count() == 1


def work_a_task(office: Office, version: PlaybookVersion) -> Task:
    """The turn gives each account its arm before any step; Ada finds the tasks in her inbox and does one."""
    turn = pipeline.advance(as_of=cast.clock())
    assert turn.treated > turn.held_out > 0
    assert turn.tasks == turn.treated == Task.objects.count()
    assert not Task.objects.filter(run__enrollment__arm="held_out").exists()
    assert set(Enrollment.objects.values_list("version_id", flat=True)) == {version.pk}
    assert pipeline.advance(as_of=cast.clock()).tasks == 0
    inbox = text_of(office.ada.get(reverse("inbox")))
    task = Task.objects.filter(account__name__in=[a.name for a in Account.objects.all() if a.name in inbox])[0]
    assert task.title in inbox
    complete = office.remember("task_complete", task.pk)
    assert office.ada.post(complete, {"result": "reached"}).status_code == 422
    assert "Done and on the timeline" in said(
        office.ada, complete, {"minutes": "35", "result": "reached", "note": "Agreed on the next term."}
    )
    task.refresh_from_db()
    assert (task.state, task.minutes, task.interaction.minutes) == ("done", 35, 35)
    return task


def see_renewals_decided(task: Task) -> Outcome:
    """Billing says how the terms ended: Ada's account renews, a few others do not."""
    mine = task.run.enrollment.renewal
    today = cast.clock().date()
    others = Renewal.objects.filter(enrollments__isnull=False).exclude(pk=mine.pk).order_by("due_on", "pk")[:5]
    decisions = [Decision(mine.pk, "renewed", mine.arr_due, today, "billing:1")]
    decisions += [Decision(row.pk, "churned", Decimal(0), today) for row in others]
    assert decide_renewals(decisions, by=None, as_of=cast.clock()) == 6
    assert pipeline.advance(as_of=cast.clock()).outcomes == 6
    return Outcome.objects.get(renewal=mine)


def claim_a_part(office: Office, task: Task, outcome: Outcome) -> None:
    """Ada logs an impact and cites her work; Grace cannot judge her own claim, and accepts Ada's."""
    answer = office.ada.post(reverse("impact_log"), claim_of(outcome, outcome.amount))
    claim = Claim.objects.get()
    assert answer["Location"] == office.remember("impact_claim", claim.pk)
    page = office.ada.get(answer["Location"])
    record = form_on(page, "/evidence/", with_field="record")["record"]
    assert str(task.interaction_id) in record or str(task.pk) in record
    said(office.ada, reverse("claim_evidence", args=[claim.pk]), {"record": record})
    assert "Sent to review" in said(office.ada, reverse("claim_submit", args=[claim.pk]))
    review, accept = reverse("claim_review", args=[claim.pk]), {"decision": "accepted"}
    assert office.ada.post(review, accept).status_code == 403
    Claim.objects.filter(pk=claim.pk).update(claimant=office.people["grace"])
    assert "Someone else has to review your claim" in said(office.grace, review, accept)
    own = office.api("grace", "POST", f"claims/{claim.pk}/review/", accept)
    assert (own.status_code, "Someone else" in text_of(own)) == (409, True)
    Claim.objects.filter(pk=claim.pk).update(claimant=office.people["ada"])
    assert "accepted and booked" in said(office.grace, review, accept)
    assert "Grace decided about this claim already" in said(office.grace, review, accept)
    assert [(entry.seq, entry.amount) for entry in LedgerEntry.objects.all()] == [(1, outcome.amount)]


def nobody_claims_what_is_gone(office: Office, outcome: Outcome) -> None:
    """The whole amount is credited: not a cent more, on the page or by the API."""
    refused = office.ada.post(reverse("impact_log"), claim_of(outcome, Decimal("0.01")))
    assert refused.status_code == 400
    body = {
        "kind": "save",
        "outcome": str(outcome.pk),
        "amount": {"amount": "0.01", "currency": outcome.currency},
        "narrative": "More.",
    }
    by_api = office.api("ada", "POST", "claims/", body)
    assert by_api.status_code == 409, text_of(by_api)
    assert by_api.json()["errors"][0]["code"] == "too_much_credit"
    assert "left to credit" in by_api.json()["errors"][0]["detail"]
    assert Claim.objects.count() == 1


def claim_of(outcome: Outcome, amount: Decimal) -> dict[str, Any]:
    return {"outcome": outcome.pk, "kind": "influenced_renewal", "amount": str(amount), "narrative": "Agreed on goals."}


def read_and_freeze_the_report(office: Office) -> None:
    """Finn enters margin and cost, and reads that this little data shows nothing yet; what he freezes can be computed again to the byte."""
    today = cast.clock().date()
    month = today.replace(day=1)
    inputs = reverse("report_inputs")
    margin = {"what": "assumption", "gross_margin": "0.7", "currency": "USD", "valid_from": "2020-01-01"}
    assert "Saved" in said(office.finn, inputs, margin)
    cost = {"what": "cost", "name": "Salaries", "category": "salaries", "amount": "9000", "currency": "USD"}
    since = (month - timedelta(days=1)).replace(day=1)
    assert "Saved" in said(office.finn, inputs, {**cost, "starts_on": since, "ends_on": month})
    period = {"starts_on": since, "last_day": month - timedelta(days=1)}
    answer = office.finn.post(reverse("report_run"), period)
    run = ReportRun.objects.get()
    page = office.remember("report", run.pk)
    assert answer["Location"] == page
    assert "Cannot be shown yet" in text_of(office.finn.get(page))
    freeze = reverse("report_freeze", args=[run.pk])
    assert "Freeze this report?" in text_of(office.finn.post(freeze))
    assert "The report is frozen" in said(office.finn, freeze, {"confirmed": "yes"})
    assert "frozen already" in said(office.finn, reverse("report_freeze", args=[run.pk]))
    assert "the same digest" in said(office.finn, reverse("report_check", args=[run.pk]))
    assert FrozenReport.objects.get().digest == run.digest
    for table, columns in COLUMNS.items():
        file = office.finn.get(office.remember("report_table", run.pk, table))
        assert file["Content-Type"].startswith("text/csv")
        assert text_of(file).splitlines()[0] == ",".join(columns)
    assert office.ada.post(reverse("report_freeze", args=[run.pk])).status_code == 403


def mallory_sees_nothing(office: Office, inside: Inside) -> None:
    """Every address of Acme's leads nowhere on Globex's host, and its lists are empty."""
    assert len(office.seen) > 8
    assert {path: office.mallory.get(path).status_code for path in office.seen} == dict.fromkeys(office.seen, 404)
    for name in ("inbox", "accounts", "imports", "playbooks", "impact", "experiments", "reports", "jobs"):
        page = office.mallory.get(reverse(name))
        assert page.status_code == 200
        assert "Customer 1" not in text_of(page), name
        assert "Renewal runway" not in text_of(page), name
    with inside("globex"):
        key = cast.ivy(of=User.objects.get())
        for resource in ("accounts", "tasks", "playbook_versions", "claims", "ledger_entries", "reports", "imports"):
            answer = office.mallory.get(f"/api/v1/{resource}/", headers=key)
            assert answer.json()["data"] == [], resource


def assert_every_invariant_holds() -> None:
    printed = StringIO()
    call_command("verify", "--schema", "acme", stdout=printed)
    assert "BROKEN" not in printed.getvalue()
