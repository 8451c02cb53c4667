"""The host name decides the tenant, before anything else looks at the request."""

import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from time import monotonic
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.module_loading import import_string

from cshub.db.active import PUBLIC, Schema
from cshub.db.reading import read
from cshub.tenancy.context import _inside, no_tenant, public_context
from cshub.tenancy.models import Tenant
from cshub.tenancy.names import NamedSchema
from cshub.tenancy.sql import AT_HOST

PROGRAMS = "/v1/"  # asked hundreds of times a second
REMEMBERED_FOR = 2.0  # seconds: for as long a tenant just suspended still gets events
MOST_REMEMBERED = 10_000
ANY_HOST = {"/healthz", "/readyz"}  # asked by machines that know only an address
logger = logging.getLogger(__name__)


class TenantMiddleware:
    """Runs each request inside its tenant; an unknown host is 404, a suspended tenant 403, a database that is away 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._remembered: dict[str, tuple[float, Tenant]] = {}
        with no_tenant():  # querysets made while modules are imported must belong to nobody
            import_module(settings.PUBLIC_SCHEMA_URLCONF)
            import_module(settings.ROOT_URLCONF)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in ANY_HOST:
            return self._answer(request, NamedSchema(PUBLIC))
        try:
            tenant = self._tenant(request)
        except (OperationalError, InterfaceError) as error:
            logger.error("The database does not answer: %s", error)
            away: HttpResponseBase = import_string(settings.DATABASE_AWAY_VIEW)(request)
            return away
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
        host = host.lower().removesuffix(".")
        return self._recently(host) if request.path.startswith(PROGRAMS) else _at(host)

    def _recently(self, host: str) -> Tenant | None:
        """The tenant as it was at most two seconds ago."""
        until, tenant = self._remembered.get(host, (0.0, None))
        if tenant is None or until < monotonic():
            tenant = _at(host)
            if tenant is not None:
                if len(self._remembered) >= MOST_REMEMBERED:
                    self._remembered.clear()
                self._remembered[host] = (monotonic() + REMEMBERED_FOR, tenant)
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


def _at(host: str) -> Tenant | None:
    with public_context():
        return next(iter(read(Tenant, AT_HOST, {"host": host})), None)


def _inside_each_step(tenant: Schema, parts: Iterator[bytes]) -> Iterator[bytes]:
    """A stream is read after the request has left its tenant: enter it again for each part."""
    while True:
        with _inside(tenant):
            part = next(parts, None)
        if part is None:
            return
        yield part
