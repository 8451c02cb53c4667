"""Requests that happen once, and changes that overwrite nothing unseen."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings

from cshub.api.idempotency import forget_old_answers
from cshub.audit.models import AuditEvent
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from cshub.work.models import IdempotencyRecord
from tests import cast
from tests.api.conftest import Api

NEW = {"email": "new@acme.example", "name": "New", "role": "csm"}
PATH = "/api/v1/users/"


def test_the_same_key_and_body_get_the_same_answer_and_one_effect(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    first, second = (api("post", PATH, headers, NEW, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first["Location"] == second["Location"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert (
        User.objects.filter(email=NEW["email"]).count() == AuditEvent.objects.filter(verb="user.created").count() == 1
    )


def test_another_body_under_the_same_key_is_422(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    api("post", PATH, headers, NEW, Idempotency_Key="k1")
    response = api("post", PATH, headers, {**NEW, "name": "Other"}, Idempotency_Key="k1")
    assert response.status_code == 422
    assert response.json()["type"].endswith("/idempotency_key_reused/")


def test_keys_of_two_principals_do_not_meet(acme: Tenant, api: Api) -> None:
    assert api("post", PATH, cast.ivy(), NEW, Idempotency_Key="k1").status_code == 201
    other = {**NEW, "email": "other@acme.example"}
    assert api("post", PATH, cast.ivy(of=cast.root()), other, Idempotency_Key="k1").status_code == 201


def test_a_refusal_is_repeated_too(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    wrong = {**NEW, "role": "king"}
    first, second = (api("post", PATH, headers, wrong, Idempotency_Key="k1") for _ in range(2))
    assert first.status_code == second.status_code == 400
    assert first.json() == second.json()
    assert second["Content-Type"] == "application/problem+json"


def test_after_a_failure_of_ours_a_retry_really_retries(acme: Tenant, api: Api, monkeypatch: Any) -> None:
    from cshub.api.resources.users import UserViewSet

    headers = cast.ivy()
    with monkeypatch.context() as broken:
        works = UserViewSet.create_row

        def fail_after_the_effect(self: Any, data: Any) -> Any:
            works(self, data)
            raise ZeroDivisionError

        broken.setattr(UserViewSet, "create_row", fail_after_the_effect)
        assert api("post", PATH, headers, NEW, Idempotency_Key="k1").status_code == 500
    assert not User.objects.filter(email=NEW["email"]).exists()
    assert not IdempotencyRecord.objects.exists()
    assert api("post", PATH, headers, NEW, Idempotency_Key="k1").status_code == 201


@pytest.fixture
def somebody_else() -> Iterator[Any]:
    """A second session of the database."""
    place = django_settings.OWNER_DATABASE
    with psycopg.connect(
        dbname=place["NAME"],
        user=place["USER"],
        password=place["PASSWORD"],
        host=place["HOST"],
        port=place["PORT"] or None,
    ) as other:
        yield other


def test_the_same_request_in_flight_is_409(acme: Tenant, api: Api, somebody_else: Any) -> None:
    import hashlib
    import json

    headers = cast.ivy()
    from cshub.users.models import ApiKey

    identity = {"principal": f"key:{ApiKey.objects.get().pk}", "operation": f"POST {PATH}", "key": "k1"}
    lock = hashlib.sha256(f"acme|idempotency|{json.dumps(identity, sort_keys=True)}".encode()).digest()
    somebody_else.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(lock[:8], signed=True)])
    response = api("post", PATH, headers, NEW, Idempotency_Key="k1")
    assert response.status_code == 409
    assert response.json()["type"].endswith("/idempotency_in_flight/")
    assert response["Retry-After"] == "1"
    somebody_else.rollback()
    assert api("post", PATH, headers, NEW, Idempotency_Key="k1").status_code == 201


def test_answers_are_kept_for_a_day(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    api("post", PATH, headers, NEW, Idempotency_Key="k1")
    kept = IdempotencyRecord.objects.get()
    assert forget_old_answers(as_of=kept.created_at + timedelta(hours=23, minutes=59)) == 0
    IdempotencyRecord.objects.update(created_at=kept.created_at - timedelta(hours=24))
    assert api("post", PATH, headers, NEW, Idempotency_Key="k1").status_code == 409  # asked anew: the email is taken
    assert forget_old_answers(as_of=kept.created_at + timedelta(hours=25)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_refused(acme: Tenant, api: Api, key: str) -> None:
    assert api("post", PATH, cast.ivy(), NEW, Idempotency_Key=key).status_code == 400


def test_who_has_seen_the_present_version_may_change_it(acme: Tenant, api: Api) -> None:
    headers, path = cast.ivy(), f"{PATH}{cast.ada().pk}/"
    seen = api("get", path, headers)["ETag"]
    changed = api("patch", path, headers, {"name": "Ada L."}, If_Match=seen)
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada L.")
    assert changed["ETag"] == api("get", path, headers)["ETag"] != seen
    stale = api("patch", path, headers, {"name": "Ada B."}, If_Match=seen)
    assert stale.status_code == 412
    assert stale["ETag"] == changed["ETag"]
    assert User.objects.get(name="Ada L.")


def test_what_one_has_already_is_not_sent_again(acme: Tenant, api: Api) -> None:
    headers, path = cast.ivy(), f"{PATH}{cast.ada().pk}/"
    etag = api("get", path, headers)["ETag"]
    again = api("get", path, headers, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert api("get", f"{path}?fields=name", headers)["ETag"] == etag


def test_the_last_admin_stays_admin_through_the_api_too(acme: Tenant, api: Api) -> None:
    ivy = cast.person("Ivy", "admin")
    response = api("patch", f"{PATH}{ivy.pk}/", cast.ivy(of=ivy), {"role": "csm"})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "last_admin")


def test_deleting_a_key_revokes_it(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    made = api("post", "/api/v1/api_keys/", headers, {"name": "new", "scopes": ["read"]})
    assert api("delete", made["Location"], headers, If_Match='"other"').status_code == 412
    assert api("delete", made["Location"], headers).status_code == 204
    assert api("get", made["Location"], headers).json()["revoked_at"] is not None
