"""Connectors for tests, set up by the verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.ingest.connectors import services
from tests.database import AS_OF

if TYPE_CHECKING:
    from accounts.ingest.connectors.models import Connector
    from tests.connectors.servers import WebService

CUSTOMERS = [
    {"id": "c-1", "company": {"name": "Northwind"}, "changed": "2026-11-01T10:00:00Z"},
    {"id": "c-2", "company": {"name": "Contoso"}, "changed": "2026-11-02T10:00:00Z"},
    {"id": "c-3", "company": {"name": "Fabrikam"}, "changed": "2026-11-03T10:00:00Z"},
]
PLACES = {"external_id": "id", "name": "company.name", "region": "=EMEA"}


def rest(service: WebService, **changes: Any) -> Connector:
    """A connector that reads the service's customers as accounts."""
    said: dict[str, Any] = {
        "name": "CRM", "adapter": "rest", "brings": "accounts", "secret": service.token, "mapping": PLACES, "every_minutes": 30,
        "options": {
            "address": service.address, "rows": "data.items", "paging": "cursor", "page_parameter": "cursor", "next": "next",
            "changed": "changed", "since_parameter": "since",
        },
    }  # fmt: skip
    return services.create_connector(**{**said, **changes}, by=None, as_of=AS_OF)
