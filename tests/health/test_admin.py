"""A manager puts a draft in force; nobody edits a formula."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cshub.audit.models import AuditEvent
from health.models import Scorecard, ScorecardVersion
from health.services import draft_version
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
LIST = "admin:health_scorecardversion_changelist"


@pytest.fixture
def draft() -> ScorecardVersion:
    scorecard = Scorecard.objects.create(name="Ours")
    return draft_version(scorecard, definition=make.document(), by=None, as_of=make.AS_OF)


def put_in_force(client: Client, *versions: ScorecardVersion) -> Any:
    ids = [str(version.pk) for version in versions]
    return client.post(reverse(LIST), {"action": "put_in_force", "_selected_action": ids}, follow=True)


def test_a_manager_activates_a_draft_and_the_trail_knows(client, draft):
    grace = cast.grace()
    client.force_login(grace)
    assert put_in_force(client, draft).status_code == 200
    draft.refresh_from_db()
    assert (draft.state, draft.activated_by) == ("active", grace)
    assert AuditEvent.objects.filter(verb="scorecard.activated", actor_id=grace.pk, object_id=str(draft.pk)).exists()


def test_what_is_in_force_is_not_activated_again(client, draft):
    client.force_login(cast.grace())
    put_in_force(client, draft)
    page = put_in_force(client, draft)
    assert "Draft a new version" in page.content.decode()
    assert AuditEvent.objects.filter(verb="scorecard.activated").count() == 1


def test_a_csm_has_no_business_here(client, draft):
    client.force_login(cast.ada())
    put_in_force(client, draft)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_formula_is_shown_and_cannot_be_edited(client, draft):
    client.force_login(cast.grace())
    url = reverse("admin:health_scorecardversion_change", args=[draft.pk])
    assert "survey_nps" in client.get(url).content.decode()
    assert client.post(url, {"number": 7}).status_code == 403
