"""The host name decides the tenant, before anything else looks at the request."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string

from cshub.db.active import PUBLIC, Schema
from cshub.tenancy.context import _inside, no_tenant, public_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import NamedSchema

ANY_HOST = {"/healthz", "/readyz"}  # asked by machines that know only an address


class TenantMiddleware:
    """Runs each request inside its tenant; an unknown host is 404, a suspended tenant 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        with no_tenant():  # querysets made while modules are imported must belong to nobody
            import_module(settings.PUBLIC_SCHEMA_URLCONF)
            import_module(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in ANY_HOST:
            return self._answer(request, NamedSchema(PUBLIC))
        tenant = self._tenant(request)
        if tenant is None:
            return HttpResponseNotFound("There is nothing at this host name.", content_type="text/plain")
        if tenant.status != Tenant.Status.ACTIVE:
            return HttpResponse(render_to_string("tenancy/suspended.html", {"tenant": tenant}), status=403)
        return self._answer(request, tenant)

    def _tenant(self, request: HttpRequest) -> Tenant | None:
        try:
            host, _port = split_domain_port(request.get_host())
        except DisallowedHost:
            return None
        with public_context():
            tenant: Tenant | None = Tenant.objects.filter(domains__domain=host.lower().removesuffix(".")).first()
        return tenant

    def _answer(self, request: HttpRequest, tenant: Schema) -> HttpResponseBase:
        request.tenant = tenant  # type: ignore[attr-defined]
        if tenant.schema_name == PUBLIC:
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        with _inside(tenant):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _inside_each_step(tenant, cast(Iterator[bytes], response.streaming_content))
        return response


def _inside_each_step(tenant: Schema, parts: Iterator[bytes]) -> Iterator[bytes]:
    """A stream is read after the request has left its tenant: enter it again for each part."""
    while True:
        with _inside(tenant):
            part = next(parts, None)
        if part is None:
            return
        yield part
