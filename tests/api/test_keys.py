"""Who may ask the API: keys, their scopes and roles, and sessions with CSRF."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cshub.tenancy.models import Tenant
from cshub.users.models import ApiKey
from cshub.users.services import change_member, issue_key, revoke_key
from tests import cast
from tests.api.conftest import Api
from tests.cast import clock
from tests.database import AS_OF


def code_of(response: Any) -> str:
    assert response["Content-Type"] == "application/problem+json"
    return str(response.json()["type"]).split("/")[-2]


def test_nobody_gets_in_without_a_key(acme: Tenant, api: Api) -> None:
    response = api("get", "/api/v1/users/")
    assert (response.status_code, code_of(response)) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_key_opens_and_notes_its_use(acme: Tenant, api: Api) -> None:
    assert api("get", "/api/v1/users/", cast.ivy()).status_code == 200
    assert ApiKey.objects.get().last_used_at is not None


def test_only_the_digest_of_a_key_is_kept(acme: Tenant) -> None:
    key, plain = issue_key(user=cast.ada(), name="k", scopes=["read"], as_of=AS_OF)
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert plain.startswith(row["prefix"])
    assert not [
        value for value in row.values() if plain in str(value) or plain.removeprefix(row["prefix"]) in str(value)
    ]


@pytest.mark.parametrize("end", ["revoked", "expired", "let go", "made up"])
def test_a_key_that_has_ended_does_not_open(acme: Tenant, api: Api, end: str) -> None:
    user, root = cast.ada(), cast.root()
    key, plain = issue_key(user=user, name="k", scopes=["read"], as_of=AS_OF, expires_at=clock() + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {plain}"}
    assert api("get", "/api/v1/users/", headers).status_code == 200
    if end == "revoked":
        revoke_key(key, by=root, as_of=AS_OF)
    elif end == "expired":
        ApiKey.objects.update(expires_at=clock() - timedelta(seconds=1))
    elif end == "let go":
        change_member(user, by=root, as_of=AS_OF, is_active=False)
    else:
        headers = {"Authorization": f"Bearer {plain}x"}
    response = api("get", "/api/v1/users/", headers)
    assert (response.status_code, code_of(response)) == (401, "invalid_key")


def test_a_key_of_one_tenant_does_not_open_another(acme: Tenant, api: Api, inside: Any) -> None:
    headers = cast.ivy()
    with inside("globex"):
        response = api("get", "/api/v1/users/", headers, host="globex.testserver")
    assert (response.status_code, code_of(response)) == (401, "invalid_key")


def test_a_key_needs_the_scope(acme: Tenant, api: Api) -> None:
    headers = cast.ivy("read")
    response = api("post", "/api/v1/users/", headers, {"email": "x@acme.example", "name": "X", "role": "csm"})
    assert (response.status_code, code_of(response)) == (403, "missing_scope")
    assert "lacks the scope write" in response.json()["detail"]


def test_a_key_can_do_no_more_than_the_role_of_its_user(acme: Tenant, api: Api) -> None:
    headers = cast.ivy("read", "write", of=cast.ada())
    response = api("post", "/api/v1/users/", headers, {"email": "x@acme.example", "name": "X", "role": "csm"})
    assert (response.status_code, code_of(response)) == (403, "permission_denied")
    assert api("get", "/api/v1/audit_events/", headers).status_code == 403


def test_a_key_issues_no_key_that_may_do_more(acme: Tenant, api: Api) -> None:
    response = api("post", "/api/v1/api_keys/", cast.ivy("read", "write"), {"name": "wider", "scopes": ["admin"]})
    assert response.status_code == 409
    assert response.json()["errors"][0]["pointer"] == "/scopes"


def test_a_new_key_is_answered_once(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    made = api("post", "/api/v1/api_keys/", headers, {"name": "new", "scopes": ["read"]}, Idempotency_Key="one")
    secret = made.json()["secret"]
    assert api("get", "/api/v1/users/", {"Authorization": f"Bearer {secret}"}).status_code == 200
    assert api("get", made["Location"], headers).json()["secret"] is None
    again = api("post", "/api/v1/api_keys/", headers, {"name": "new", "scopes": ["read"]}, Idempotency_Key="one")
    assert (again.json()["id"], again.json()["secret"]) == (made.json()["id"], None)


def test_others_keys_look_like_keys_that_do_not_exist(acme: Tenant, api: Api) -> None:
    of_ben = issue_key(user=cast.ben(), name="Ben's", scopes=["read"], as_of=AS_OF)[0]
    headers = cast.ivy(of=cast.ada())
    hidden = api("get", f"/api/v1/api_keys/{of_ben.pk}/", headers)
    missing = api("get", "/api/v1/api_keys/00000000-0000-7000-8000-000000000000/", headers)
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json(), "instance": ""} == {**missing.json(), "instance": ""}
    assert api("delete", f"/api/v1/api_keys/{of_ben.pk}/", headers).status_code == 404


def test_a_session_changes_nothing_without_the_token(acme: Tenant) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": "acme.testserver"})
    browser.force_login(cast.root())
    body = {"name": "k", "scopes": ["read"]}
    assert browser.get("/api/v1/users/").status_code == 200
    refused = browser.post("/api/v1/api_keys/", body, content_type="application/json")
    assert (refused.status_code, code_of(refused)) == (403, "csrf_failed")
    browser.get("/profile/")
    token = browser.cookies["csrftoken"].value
    assert (
        browser.post(
            "/api/v1/api_keys/", body, content_type="application/json", headers={"X-CSRFToken": token}
        ).status_code
        == 201
    )


def test_the_rate_is_told_and_kept(acme: Tenant, api: Api, settings: Any) -> None:
    from rest_framework.settings import api_settings

    headers = cast.ivy()
    first = api("get", "/api/v1/users/", headers)
    assert first["RateLimit-Policy"] == '"key";q=600;w=60'
    assert '"key";r=599;t=' in first["RateLimit"]
    rates = api_settings.DEFAULT_THROTTLE_RATES
    usual = rates["key"]
    rates["key"] = "1/min"
    try:
        refused = api("get", "/api/v1/users/", headers)
    finally:
        rates["key"] = usual
    assert (refused.status_code, code_of(refused)) == (429, "too_many_requests")
    assert 1 <= int(refused["Retry-After"]) <= 60
