"""What an app gets from the kit: a resource of its own, a change of state as a noun, relations on demand, hot lists."""

from typing import Any

import pytest
from django.urls import include, path
from rest_framework import serializers

from cshub.api import views
from cshub.api.router import Router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Deed, Resource
from cshub.audit.models import AuditEvent
from cshub.kernel.refusal import Refused
from cshub.tenancy.models import Tenant
from cshub.users import access
from cshub.users.models import ApiKey, User
from cshub.users.services import issue_key, revoke_key
from cshub.work.jobs import queue_job
from cshub.work.models import Job
from tests import cast
from tests.api.conftest import Api
from tests.database import AS_OF


class Person(StrictModelSerializer):
    class Meta:
        model = User
        fields = ("id", "name", "email")


class Key(StrictModelSerializer):
    expandable = {"user": Person}

    class Meta:
        model = ApiKey
        fields = ("id", "name", "user", "revoked_at")


class KeyViewSet(Resource):
    model = ApiKey
    serializer_class = Key
    related = ("user",)
    sort_fields = {"name": "name", "person": "user__name"}
    default_sort = "name"


class Note(StrictSerializer):
    note = serializers.CharField(max_length=20)


class TooLate(Refused):
    code = "too_late"


class Revocation(Deed):
    model = ApiKey
    serializer_class = Note
    answer_class = Key

    def do(self, row: ApiKey, data: dict[str, Any]) -> ApiKey:
        revoke_key(row, by=self.me, as_of=self.as_of)
        if data["note"] == "late":
            raise TooLate("It is too late for that.", field="note")
        return row


class JobRows(Resource):
    """A hot list: rows of values() without serializer objects."""

    model = Job

    class serializer_class(StrictModelSerializer):  # noqa: N801
        class Meta:
            model = Job
            fields = ("id", "title")

    def get_queryset(self) -> Any:
        return super().get_queryset().values("id", "title")

    def represent_page(self, rows: Any) -> Any:
        return rows


router = Router()
router.register("keys", KeyViewSet)
router.deed("keys", "revocation", Revocation)
router.register("rows", JobRows)
api_urls = ([path("", include(router.urls)), path("errors/<code>/", views.error, name="error")], "api")
urlpatterns = [path("api/v1/", include(api_urls))]


@pytest.fixture(autouse=True)
def kit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = __name__
    for name in ("keys-list", "keys-detail", "keys-revocation", "rows-list", "rows-detail"):
        monkeypatch.setitem(access.ROUTES, f"api:{name}", access.resource(access.EVERYBODY, access.ADMINS))


def test_a_relation_is_an_id_until_the_object_is_asked_for(acme: Tenant, api: Api, count_queries: Any) -> None:
    headers = cast.ivy()
    (row,) = api("get", "/api/v1/keys/", headers).json()["data"]
    assert row["user"] == str(User.objects.get().pk)
    (row,) = api("get", "/api/v1/keys/?expand=user", headers).json()["data"]
    assert row["user"] == {"id": str(User.objects.get().pk), "name": "Ivy", "email": "ivy@acme.example"}
    one = count_queries(lambda: api("get", "/api/v1/keys/?expand=user", headers))
    for number in range(3):
        issue_key(user=cast.person(f"P{number}", "csm"), name="more", scopes=["read"], as_of=AS_OF)
    assert count_queries(lambda: api("get", "/api/v1/keys/?expand=user", headers)) == one


def test_a_list_sorts_over_a_relation(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    issue_key(user=cast.ada(), name="z", scopes=["read"], as_of=AS_OF)
    first = api("get", "/api/v1/keys/?sort=person&limit=1", headers).json()
    second = api("get", f"/api/v1/keys/?sort=person&limit=1&cursor={first['next_cursor']}", headers).json()
    assert [row["name"] for row in first["data"] + second["data"]] == ["z", "Ivy"]
    assert not second["has_more"]


def test_a_deed_is_done_and_answered(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    key, _plain = issue_key(user=cast.ada(), name="old", scopes=["read"], as_of=AS_OF)
    done = api("post", f"/api/v1/keys/{key.pk}/revocation/", headers, {"note": "unused"}, Idempotency_Key="k")
    assert done.status_code == 201
    assert done.json()["revoked_at"] is not None
    assert (
        api("post", f"/api/v1/keys/{key.pk}/revocation/", headers, {"note": "unused"}, Idempotency_Key="k")[
            "Idempotent-Replayed"
        ]
        == "true"
    )
    assert AuditEvent.objects.filter(verb="api_key.revoked").count() == 1


@pytest.mark.parametrize(("body", "status"), [({}, 400), ({"note": "x", "more": 1}, 400), ({"note": "late"}, 409)])
def test_a_deed_that_is_refused_leaves_nothing(acme: Tenant, api: Api, body: dict[str, Any], status: int) -> None:
    headers = cast.ivy()
    key, _plain = issue_key(user=cast.ada(), name="old", scopes=["read"], as_of=AS_OF)
    response = api("post", f"/api/v1/keys/{key.pk}/revocation/", headers, body)
    assert response.status_code == status
    assert response.json()["errors"]
    key.refresh_from_db()
    assert key.revoked_at is None
    assert not AuditEvent.objects.filter(verb="api_key.revoked").exists()


def test_a_deed_on_what_one_may_not_see_is_404(acme: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(access.ROUTES, "api:keys-revocation", access.action(access.EVERYBODY))
    key, _plain = issue_key(user=cast.ben(), name="Ben's", scopes=["read"], as_of=AS_OF)
    assert api("post", f"/api/v1/keys/{key.pk}/revocation/", cast.ivy(of=cast.ada()), {"note": "x"}).status_code == 404
    assert api("get", f"/api/v1/keys/{key.pk}/revocation/", cast.ivy(of=cast.alan())).status_code == 405


def test_a_route_without_a_row_is_closed(acme: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(access.ROUTES, "api:keys-list")
    assert api("get", "/api/v1/keys/", cast.ivy()).status_code == 403


def test_a_hot_list_answers_values(acme: Tenant, api: Api) -> None:
    for number in range(3):
        queue_job(kind="k", title=f"Job {number}", by=None, as_of=AS_OF)
    headers = cast.ivy()
    first = api("get", "/api/v1/rows/?limit=2", headers).json()
    rest = api("get", f"/api/v1/rows/?limit=2&cursor={first['next_cursor']}", headers).json()
    assert sorted(row["title"] for row in first["data"] + rest["data"]) == ["Job 0", "Job 1", "Job 2"]


def test_an_order_that_is_not_offered_is_no_default() -> None:
    with pytest.raises(TypeError, match="default_sort is 'id'"):
        type("Wrong", (Resource,), {"sort_fields": {"name": "name"}})
