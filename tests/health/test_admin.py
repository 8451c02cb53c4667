"""A manager approves in the admin site what somebody else wrote, with the changes and the preview before their eyes; nobody edits a formula."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cshub.audit.models import AuditEvent
from health.models import ScorecardVersion
from health.scorecards import previews, versions
from health.services import draft_version
from tests import cast
from tests.health import make
from tests.playbooks import make as work

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def waiting() -> ScorecardVersion:
    before = make.active_version()
    make.answered(make.account(name="Northwind"), 2)
    turned = make.document(make.group(make.measure(low=10, high=0)))
    version = draft_version(before.scorecard, definition=turned, by=work.person("Root", "admin"), as_of=make.AS_OF)
    previews.preview_version(version, by=version.author, as_of=cast.clock())  # the pages read the clock
    return version


def page_of(version: ScorecardVersion) -> str:
    return reverse("admin:health_scorecardversion_change", args=[version.pk])


def decide(client: Client, version: ScorecardVersion, **fields: str) -> Any:
    url = reverse("admin:health_scorecardversion_decision", args=[version.pk])
    digest = version.preview.digest if version.preview else ""
    return client.post(url, {"preview": digest, "confirmed": "on", **fields}, follow=True)


def test_a_manager_sees_changes_and_preview_and_approves(client, waiting):
    versions.submit(waiting, by=waiting.author, as_of=cast.clock())
    client.force_login(work.grace())
    shown = client.get(page_of(waiting)).content.decode()
    for expected in ("<del>", "<ins>", "Northwind", "1 of 1 accounts changes band", "No verdict"):
        assert expected in shown
    decide(client, waiting, decision="approved")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.activated_by) == ("active", work.grace())
    assert AuditEvent.objects.filter(verb="scorecard.approved", actor_id=work.grace().pk).exists()


def test_its_author_may_not(client, waiting):
    versions.submit(waiting, by=waiting.author, as_of=cast.clock())
    client.force_login(waiting.author)
    assert "somebody else has to decide" in client.get(page_of(waiting)).content.decode()
    assert "somebody else has to decide" in decide(client, waiting, decision="approved").content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


def test_it_is_returned_with_a_reason(client, waiting):
    versions.submit(waiting, by=waiting.author, as_of=cast.clock())
    client.force_login(work.grace())
    assert "what the author should change" in decide(client, waiting, decision="returned").content.decode()
    decide(client, waiting, decision="returned", note="Weigh usage more")
    waiting.refresh_from_db()
    assert waiting.state == "returned"
    assert "Weigh usage more" in client.get(page_of(waiting)).content.decode()


def test_approving_asks_whether_one_looked(client, waiting):
    versions.submit(waiting, by=waiting.author, as_of=cast.clock())
    client.force_login(work.grace())
    assert "Confirm that you looked" in decide(client, waiting, decision="approved", confirmed="").content.decode()


def test_a_csm_has_no_business_here(client, waiting):
    client.force_login(work.ada())
    decide(client, waiting, decision="approved")
    waiting.refresh_from_db()
    assert waiting.state == "draft"


def test_a_formula_cannot_be_edited(client, waiting):
    client.force_login(work.grace())
    assert client.post(page_of(waiting), {"number": 7}).status_code == 403
