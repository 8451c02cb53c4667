"""The host name decides the tenant, and nothing else does."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from accounts.models import Account
from cshub.db.active import ACTIVE
from cshub.tenancy import services
from cshub.tenancy.admin import TenantAdmin, platform_admin
from cshub.tenancy.context import public_context, schema_context
from cshub.tenancy.middleware import TenantMiddleware
from cshub.tenancy.models import Tenant
from tests.accounts import make


def schema_seen(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(ACTIVE.schema))


def asked(host: str, view: Any = schema_seen, path: str = "/", **extra: Any) -> Any:
    return TenantMiddleware(view)(RequestFactory().get(path, headers={"host": host, **extra}))


@pytest.mark.parametrize(
    "host", ["acme.testserver", "ACME.testserver", "acme.testserver:8000", "acme.testserver.", "acme.localhost"]
)
def test_a_known_host_leads_to_its_tenant(db: None, host: str) -> None:
    assert asked(host).content == b"acme"
    assert ACTIVE.schema is None


@pytest.mark.parametrize(
    "host",
    ["nobody.testserver", "evil.example.com", "globex.testserver/acme", "", "acme.testserver, globex.testserver"],
)
def test_an_unknown_host_is_not_found(db: None, host: str) -> None:
    assert asked(host).status_code == 404


def test_a_forwarded_host_does_not_count(db: None) -> None:
    assert asked("acme.testserver", **{"x-forwarded-host": "globex.testserver"}).content == b"acme"


def test_the_public_host_leads_to_the_platform(db: None) -> None:
    def site(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{ACTIVE.schema} {request.urlconf}")  # type: ignore[attr-defined]

    assert asked("public.localhost", site).content == b"public cshub.urls_public"


def test_a_suspended_tenant_is_told_so(db: None, as_of: datetime) -> None:
    with schema_context("acme") as tenant:
        services.suspend(tenant=tenant, as_of=as_of)
    answer = asked("acme.testserver")
    assert answer.status_code == 403
    assert b"Acme" in answer.content


def test_the_tenant_before_is_back_after_a_request(acme: Tenant) -> None:
    assert asked("globex.testserver").content == b"globex"
    assert ACTIVE.schema == "acme"


def test_the_tenant_is_left_when_a_view_fails(db: None) -> None:
    def broken(request: HttpRequest) -> HttpResponse:
        raise LookupError

    with pytest.raises(LookupError):
        asked("acme.testserver", broken)
    assert ACTIVE.schema is None


def test_a_stream_is_read_inside_its_tenant(db: None) -> None:
    for schema in ("acme", "globex"):
        with schema_context(schema):
            make.account(name=schema)

    def lines() -> Iterator[str]:
        for number in (1, 2):
            yield f"{number} {Account.objects.get().name};"

    answer = asked("acme.testserver", lambda request: StreamingHttpResponse(lines()))
    with schema_context("globex"):
        assert b"".join(answer.streaming_content) == b"1 acme;2 acme;"


def test_health_is_told_at_any_host(client: Client, db: None) -> None:
    assert client.get("/healthz", headers={"host": "10.0.0.7.localhost"}).content == b"ok"
    answer = client.get("/readyz", headers={"host": "acme.testserver"})
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "migrations": "ok", "broker": "ok"})


def test_status_and_platform_admin_stand_on_the_public_host_only(client: Client, db: None) -> None:
    public = {"host": "public.localhost"}
    assert client.get("/status", headers=public).status_code == 200
    answer = client.get("/admin/", headers=public)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")
    assert client.get("/admin/login/", headers=public).status_code == 200
    assert client.get("/status", headers={"host": "acme.testserver"}).status_code in {302, 404}


def test_the_platforms_own_schema_is_no_tenant_to_be_entered(db: None) -> None:
    with public_context():
        listed = TenantAdmin(Tenant, platform_admin).get_queryset(RequestFactory().get("/admin/"))
        names = set(listed.values_list("schema_name", flat=True))
        assert Tenant.objects.filter(schema_name="public").exists()
    assert "acme" in names
    assert "public" not in names
