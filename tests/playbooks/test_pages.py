"""The story over HTTP: draft, submit, a refusal, approval by somebody else in the admin site, and a task done."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import AccountRevenue, Interaction
from cshub.users.models import User
from playbooks import services
from playbooks.models import PlaybookVersion, Task
from tests.cast import clock
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")
FORM = {
    "name": "Runway",
    "purpose": "",
    "mode": "proactive",
    "trigger": "renewal_runway",
    "days_before": "90",
    "goal": "More renew",
    "horizon_days": "180",
    "holdout_percent": "20",
    "steps-TOTAL_FORMS": "2",
    "steps-INITIAL_FORMS": "0",
    "steps-0-title": "Call",
    "steps-0-instructions": "Ask",
    "steps-0-after_days": "2",
    "steps-0-minutes": "30",
    "steps-1-title": "",
    "steps-1-after_days": "0",
    "steps-1-minutes": "30",
}


def as_(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def decide(client: Client, version: PlaybookVersion, url: str, **values: str) -> list[str]:
    return said(client.post(reverse(url, args=[version.pk]), {"content_hash": version.content_hash, **values}))


DOORS = ["playbook_decision", "admin:playbooks_playbookversion_decision"]


def test_a_playbook_is_written_shown_and_submitted(client: Client) -> None:
    as_(client, make.ada())
    response = client.post(reverse("playbook_create"), FORM)
    version = PlaybookVersion.objects.get()
    assert response.status_code == 302
    assert version.steps == [{"title": "Call", "instructions": "Ask", "after_days": 2, "minutes": 30}]
    assert (str(version.holdout_share), version.trigger_settings) == ("0.200", {"days_before": 90})
    page = client.get(response["Location"])
    assert page.status_code == 200
    assert "90 days before a term ends" in page.content.decode()
    client.post(reverse("playbook_submit", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "submitted"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"holdout_percent": "95"}, "less than or equal to 80"),
        ({"goal": ""}, "required"),
        ({"trigger": "health_drop"}, "Choose at least one band"),
        ({"arr_min": "9", "arr_max": "3"}, "The lowest ARR is above the highest"),
        ({"steps-0-title": ""}, "required"),
        ({"steps-TOTAL_FORMS": "0"}, "1 to 20 steps"),
    ],
)
def test_what_cannot_be_is_said_in_the_form(client: Client, changes: dict[str, str], error: str) -> None:
    as_(client, make.ada())
    response = client.post(reverse("playbook_create"), {**FORM, **changes})
    assert response.status_code == 422
    assert error in response.content.decode()
    assert not PlaybookVersion.objects.exists()


def test_a_taken_name_is_said_at_the_name(client: Client) -> None:
    make.draft(name="Runway")
    response = as_(client, make.ada()).post(reverse("playbook_create"), FORM)
    assert "There is a playbook named Runway already." in response.content.decode()


def test_a_draft_is_edited_by_its_author(client: Client) -> None:
    version = make.draft()
    as_(client, make.ada())
    assert client.get(reverse("playbook_edit", args=[version.pk])).status_code == 200
    values = {**FORM, "goal": "Another", "steps-INITIAL_FORMS": "1"}
    client.post(reverse("playbook_edit", args=[version.pk]), values)
    version.refresh_from_db()
    assert version.goal == "Another"
    as_(client, make.grace())
    response = client.post(reverse("playbook_edit", args=[version.pk]), values)
    assert said(response)[-1] == "Only Ada can edit this draft. Make a version of your own."


def test_an_approved_version_cannot_be_edited_on_the_page(client: Client) -> None:
    version = make.active()
    as_(client, make.ada())
    url = reverse("playbook_edit", args=[version.pk])
    refusal = "Version 1 is active and cannot be edited. Make a new version."
    assert said(client.get(url)) == [refusal]
    assert said(client.post(url, FORM))[-1] == refusal


@pytest.mark.parametrize("door", DOORS)
def test_somebody_else_approves(client: Client, door: str) -> None:
    version = make.submitted()
    as_(client, make.grace())
    [words] = decide(client, version, door, decision="approved", confirmed="on", note="Fine")
    version.refresh_from_db()
    assert (version.state, words[:9]) == ("active", "Approved.")


@pytest.mark.parametrize("door", DOORS)
def test_what_is_refused_is_said_in_the_same_words_everywhere(client: Client, door: str) -> None:
    admin = make.person("Root", "admin")
    own, other = make.submitted(by=admin), make.active()
    as_(client, admin)
    approve = {"decision": "approved", "confirmed": "on"}
    assert decide(client, own, door, **approve) == ["You wrote this version, so somebody else has to decide about it."]
    assert "Grace approved this version on" in decide(client, other, door, **approve)[-1]
    waiting = make.submitted()
    assert decide(client, waiting, door, decision="returned")[-1] == "Write what the author should change."
    assert "Confirm that you looked" in decide(client, waiting, door, decision="approved")[-1]
    assert "Look again" in decide(client, waiting, door, **approve, content_hash="0" * 64)[-1]
    assert "Choose whether" in decide(client, waiting, door)[-1]
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", ["csm", "agent", "finance"])
def test_others_may_not_decide(client: Client, door: str, role: str) -> None:
    version = make.submitted()
    as_(client, make.person("Other", role))
    response = client.post(reverse(door, args=[version.pk]), {"decision": "approved", "confirmed": "on"})
    assert response.status_code in {302, 403}
    version.refresh_from_db()
    assert version.state == "submitted"


def test_the_admin_page_shows_what_an_approver_has_to_see(client: Client) -> None:
    make.due_account(name="Northwind", due_on=MORNING.date().replace(year=2027, month=1, day=20))
    version = make.active(name="Runway", holdout_share="0.2")
    newer = services.draft_version(version.playbook, by=make.ada(), as_of=MORNING, holdout_share="0.3")
    services.submit(newer, by=make.ada(), as_of=MORNING)
    as_(client, make.grace())
    page = client.get(reverse("admin:playbooks_playbookversion_change", args=[newer.pk])).content.decode()
    for words in (
        "20.0%",
        "30.0%",
        "1. Prepare",
        "Ask what has to be true.",
        "Approve version 2",
        "Return with the note",
    ):
        assert words in page
    queue = client.get(reverse("admin:playbooks_playbookversion_changelist")).content.decode()
    assert queue.index("Runway v2") < queue.index("Runway v1")


def test_a_version_cannot_be_changed_or_deleted_in_the_admin_site(client: Client) -> None:
    version = make.active()
    as_(client, make.person("Root", "admin"))
    url = reverse("admin:playbooks_playbookversion_change", args=[version.pk])
    assert client.post(url, {"goal": "Other"}).status_code == 403
    assert client.post(reverse("admin:playbooks_playbookversion_delete", args=[version.pk])).status_code == 403


def test_pausing_and_retiring_on_the_page(client: Client) -> None:
    version = make.active()
    as_(client, make.grace())
    for state in ("paused", "active", "retired"):
        client.post(reverse("playbook_state", args=[version.pk]), {"state": state})
        version.refresh_from_db()
        assert version.state == state
    assert (
        "possible only while"
        in said(client.post(reverse("playbook_state", args=[version.pk]), {"state": "paused"}))[-1]
    )
    assert client.post(reverse("playbook_state", args=[version.pk]), {"state": "moon"}).status_code == 404


def test_an_empty_list_offers_the_two_templates(client: Client) -> None:
    as_(client, make.ada())
    assert "Start with two drafts" in client.get(reverse("playbooks")).content.decode()
    client.post(reverse("playbook_starters"))
    page = client.get(reverse("playbooks")).content.decode()
    assert "Renewal runway" in page
    assert "Health drop" in page


def test_a_task_is_done_on_its_page(client: Client) -> None:
    task = make.task()
    as_(client, make.ada())
    url = reverse("task_complete", args=[task.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"minutes": "", "result": ""}).status_code == 422
    values = {"minutes": "25", "result": "reached", "note": "ok", "next": "/playbooks/"}
    assert client.post(url, values)["Location"] == "/playbooks/"
    assert Interaction.objects.get().minutes == 25
    again = client.post(url, values)
    assert again.status_code == 409
    assert "done already" in again.content.decode()


def test_a_task_form_is_a_part_for_htmx(client: Client) -> None:
    task = make.task()
    as_(client, make.ada())
    part = client.get(reverse("task_snooze", args=[task.pk]), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    done = client.post(
        reverse("task_snooze", args=[task.pk]),
        {"until": "2099-01-01", "next": "https://elsewhere.test/"},
        headers={"HX-Request": "true"},
    )
    assert b"a year ahead" in done.content
    task.refresh_from_db()
    assert task.state == "open"


def test_snoozing_past_the_renewal_is_warned_of_and_then_allowed(client: Client) -> None:
    today = clock().date()
    account = make.due_account(due_on=today + timedelta(days=20))
    AccountRevenue.objects.filter(account=account).update(next_renewal_on=today + timedelta(days=20))
    task = make.task(account)
    as_(client, make.ada())
    url = reverse("task_snooze", args=[task.pk])
    late = {"until": today + timedelta(days=21)}
    assert "past_renewal" not in client.get(url).content.decode()
    warned = client.post(url, late)
    assert warned.status_code == 422
    assert "The account renews on" in warned.content.decode()
    assert "past_renewal" in warned.content.decode()
    assert client.post(url, {**late, "past_renewal": "on"}).status_code == 302
    task.refresh_from_db()
    assert task.state == "snoozed"


def test_somebody_elses_task_is_refused_on_the_page(client: Client) -> None:
    task = make.task()
    as_(client, make.person("Ben"))
    response = client.post(reverse("task_cancel", args=[task.pk]), {"reason": "x"})
    assert response.status_code == 409
    assert "This task belongs to Ada" in response.content.decode()


def test_a_task_is_handed_over_and_called_off(client: Client) -> None:
    task, ben = make.task(), make.person("Ben")
    as_(client, make.ada())
    client.post(reverse("task_reassign", args=[task.pk]), {"owner": str(ben.pk), "next": "/playbooks/"})
    task.refresh_from_db()
    assert task.owner == ben
    as_(client, ben).post(reverse("task_cancel", args=[task.pk]), {"reason": "Renewed", "next": "/playbooks/"})
    assert Task.objects.get().state == "cancelled"


def test_another_tenants_playbook_is_not_there(client: Client, inside) -> None:  # type: ignore[no-untyped-def]
    with inside("globex"):
        version = make.submitted()
        task = make.task()
    as_(client, make.grace())
    assert client.get(reverse("playbook", args=[version.playbook_id])).status_code == 404
    assert client.post(reverse("playbook_decision", args=[version.pk]), {"decision": "approved"}).status_code == 404
    assert client.get(reverse("task_complete", args=[task.pk])).status_code == 404
    with inside("globex"):
        version.refresh_from_db()
        assert version.state == "submitted"
