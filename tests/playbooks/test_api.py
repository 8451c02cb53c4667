"""The API does what the pages do, refuses in the same words, and points at what is wrong in a body."""

from typing import Any

import pytest
from django.test import Client

from cshub.users.models import User
from cshub.users.services import issue_key
from playbooks import services
from playbooks.models import Enrollment, PlaybookVersion, Task
from tests.playbooks import make
from tests.playbooks.make import MORNING

pytestmark = pytest.mark.usefixtures("acme")


class Api:
    """A client with a key of a person."""

    def __init__(self, client: Client, user: User) -> None:
        self.client = client
        _key, plain = issue_key(user=user, name="Tests", scopes=["read", "write"], as_of=MORNING)
        self.headers = {"Authorization": f"Bearer {plain}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers)

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=self.headers)

    def patch(self, path: str, body: object) -> Any:
        return self.client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)


@pytest.fixture
def ada(client: Client) -> Api:
    return Api(client, make.ada())


@pytest.fixture
def grace(client: Client) -> Api:
    return Api(client, make.grace())


def test_a_playbook_from_the_first_draft_to_its_approval(ada: Api, grace: Api) -> None:
    made = ada.post("playbooks/", {"name": "Runway", **make.content(holdout_share="0.2")})
    assert made.status_code == 201, made.content
    [version] = ada.get(f"playbook_versions/?playbook={made.json()['id']}").json()["data"]
    assert (version["state"], version["number"], version["holdout_share"]) == ("draft", 1, "0.200")
    edited = ada.patch(f"playbook_versions/{version['id']}/", {"goal": "Better"})
    assert edited.json()["goal"] == "Better", edited.content
    submitted = ada.post(f"playbook_versions/{version['id']}/submission/")
    assert submitted.json()["state"] == "submitted", submitted.content
    approval = grace.post(f"playbook_versions/{version['id']}/approval/", {"note": "Fine"})
    assert approval.status_code == 201, approval.content
    assert approval.json()["content_hash"] == submitted.json()["content_hash"]
    newer = ada.post("playbook_versions/", {"playbook": made.json()["id"], "goal": "Even better"})
    assert (newer.json()["number"], newer.json()["goal"]) == (2, "Even better")


def test_refusals_are_problems_with_the_words_of_the_page(ada: Api, grace: Api, client: Client) -> None:
    admin = make.person("Root", "admin")
    root = Api(client, admin)
    own, approved, waiting = make.submitted(by=admin), make.active(), make.submitted()
    for response, code, words in [
        (root.post(f"playbook_versions/{own.pk}/approval/"), "own_work", "You wrote this version"),
        (root.post(f"playbook_versions/{approved.pk}/approval/"), "already_approved", "Grace approved this version"),
        (ada.patch(f"playbook_versions/{approved.pk}/", {"goal": "x"}), "version_is_frozen", "cannot be edited"),
        (
            grace.post(f"playbook_versions/{waiting.pk}/return/", {"note": ""}),
            "reason_missing",
            "Write what the author",
        ),
        (
            grace.post(f"playbook_versions/{waiting.pk}/approval/", {"content_hash": "0"}),
            "content_changed",
            "Look again",
        ),
    ]:
        problem = response.json()
        assert response.status_code == 409, problem
        assert response["Content-Type"].startswith("application/problem+json")
        assert problem["errors"][0]["code"] == code
        assert words in problem["detail"]


def test_a_csm_may_not_approve(ada: Api) -> None:
    version = make.submitted(by=make.grace())
    assert ada.post(f"playbook_versions/{version.pk}/approval/").status_code == 403
    assert PlaybookVersion.objects.get().state == "submitted"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"trigger": "moon"}, "/trigger"),
        ({"trigger_settings": {"days_before": 0}}, "/trigger_settings/days_before"),
        ({"steps": [{"title": ""}]}, "/steps/0/title"),
        ({"steps": 7}, "/steps"),
        ({"audience": "all"}, "/audience"),
        ({"holdout_share": "0.9"}, "/holdout_share"),
        ({"horizon_days": "x"}, "/horizon_days"),
        ({"color": "red"}, "/color"),
        ({"salt": "mine"}, "/salt"),
    ],
)
def test_a_wrong_body_is_400_with_its_pointer(ada: Api, changes: dict[str, object], pointer: str) -> None:
    response = ada.post("playbooks/", {"name": "Runway", **make.content(), **changes})
    assert response.status_code == 400, response.content
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert not PlaybookVersion.objects.exists()


def test_enrollments_can_be_read_and_nothing_else(ada: Api) -> None:
    make.due_account()
    make.active()
    services.enroll_due(as_of=MORNING)
    [row] = ada.get("enrollments/?arm=treated").json()["data"]
    assert row["id"] == str(Enrollment.objects.get().pk)
    assert ada.post("enrollments/", {}).status_code in {403, 405}
    assert ada.patch(f"enrollments/{row['id']}/", {"arm": "held_out"}).status_code in {403, 405}


def test_a_task_is_made_handed_over_snoozed_and_done(ada: Api, client: Client) -> None:
    account, ben = make.due_account(), make.person("Ben")
    made = ada.post("tasks/", {"account": str(account.pk), "title": "Call", "due_on": "2026-11-30"})
    assert made.status_code == 201, made.content
    task = made.json()["id"]
    assert made.json()["owner"] == str(make.ada().pk)
    assert ada.patch(f"tasks/{task}/", {"owner": str(ben.pk)}).json()["owner"] == str(ben.pk)
    assert ada.post(f"tasks/{task}/completion/", {"minutes": 5, "result": "reached"}).status_code == 409
    bens = Api(client, ben)
    assert bens.post(f"tasks/{task}/snooze/", {"until": "2026-11-01T08:00:00Z"}).status_code == 400
    done = bens.post(f"tasks/{task}/completion/", {"minutes": 5, "result": "reached", "note": "ok"})
    assert (done.status_code, done.json()["state"]) == (201, "done")
    again = bens.post(f"tasks/{task}/completion/", {"minutes": 5, "result": "reached"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "task_is_closed")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"minutes": -1, "result": "reached"}, "/minutes"),
        ({"minutes": 5}, "/result"),
        ({"minutes": 5, "result": "great"}, "/result"),
        ({"minutes": 5, "result": "reached", "channel": "dove"}, "/channel"),
        ({"minutes": 5, "result": "reached", "done": True}, "/done"),
    ],
)
def test_a_wrong_completion_points_at_its_field(ada: Api, body: dict[str, object], pointer: str) -> None:
    response = ada.post(f"tasks/{make.task().pk}/completion/", body)
    assert response.status_code == 400, response.content
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


def test_state_is_not_set_by_hand(ada: Api) -> None:
    task = make.task()
    response = ada.patch(f"tasks/{task.pk}/", {"state": "done"})
    assert response.status_code == 400
    assert Task.objects.get().state == "open"


def test_lists_filter_and_sort(ada: Api) -> None:
    make.task(title="Later", due_on="2026-12-24")
    make.task(title="Sooner")
    titles = [row["title"] for row in ada.get("tasks/?state=open&sort=-due_on").json()["data"]]
    assert titles == ["Later", "Sooner"]
    assert ada.get("tasks/?state=asleep").status_code == 400


def test_another_tenants_rows_are_not_there(grace: Api, inside) -> None:  # type: ignore[no-untyped-def]
    with inside("globex"):
        version, task = make.submitted(), make.task()
    assert grace.get(f"playbook_versions/{version.pk}/").status_code == 404
    assert grace.post(f"playbook_versions/{version.pk}/approval/").status_code == 404
    assert grace.post(f"tasks/{task.pk}/completion/", {"minutes": 1, "result": "reached"}).status_code == 404
    assert grace.get("tasks/").json()["data"] == []
