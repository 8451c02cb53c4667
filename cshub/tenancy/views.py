"""What machines and operators ask the public host: alive, ready, status."""

import logging

from celery import current_app
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from cshub.db import sql
from cshub.db.active import PUBLIC
from cshub.tenancy.schemas import behind

READY, PATIENCE = "ok", 2
log = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and migrations are in order, else 503 with the reason of each."""
    found = readiness()
    return JsonResponse(found, status=200 if all(state == READY for state in found.values()) else 503)


@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    return render(request, "tenancy/status.html", {"parts": readiness()})


def readiness() -> dict[str, str]:
    """`ok` or the reason, for each thing the product needs."""
    return {"database": _database(), "migrations": _migrations(), "broker": _broker()}


def _database() -> str:
    try:
        sql.rows("SELECT 1")
    except DatabaseError:
        return "The database does not answer."
    return READY


def _migrations() -> str:
    try:
        return "Migrations wait; run `manage.py migrate`." if behind([PUBLIC]) else READY
    except DatabaseError:
        return "The database does not answer."


def _broker() -> str:
    try:
        with current_app.connection_for_write(connect_timeout=PATIENCE) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
    except Exception as error:  # each transport has errors of its own; the answer is the same for all
        log.warning("broker: %s", error)
        return "The broker does not answer; background work waits."
    return READY
