"""Whose mail address is whose, and what the pages of connectors show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Lower

from accounts.ingest.connectors.models import Connector, SyncRun
from accounts.models import Account, Contact
from cshub.users.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping, Set
    from datetime import datetime
    from uuid import UUID

    from accounts.querysets import FactQuerySet

SHOWN_RUNS = 30


@dataclass(frozen=True)
class People:
    """Mail addresses in lower case: those of our own people, and whose account the others belong to, and which are contacts there."""

    ours: frozenset[str]
    accounts: Mapping[str, str]
    contacts: frozenset[str]


@dataclass(frozen=True)
class ConnectorRow:
    """A connector on the list, with what waits there."""

    pk: UUID
    name: str
    adapter: str
    brings: str
    is_active: bool
    is_running: bool
    is_due: bool
    last_success_at: datetime | None
    last_error: str
    next_run_at: datetime | None
    rejected_count: int


def people_by_address(addresses: Set[str]) -> People:
    """Who these addresses belong to, in three queries: our own people, contacts by address, accounts by the domain behind the @.

    An address that contacts of several accounts have goes to the contact recorded last.
    """
    known = (
        Contact.objects.annotate(address=Lower("email"))
        .filter(address__in=addresses)
        .order_by("recorded_at", "id")
        .values_list("address", "account__external_id", "account__merged_into__external_id")
    )
    accounts = {address: survivor or account for address, account, survivor in known}
    contacts = frozenset(accounts)
    domains = {address.rpartition("@")[2] for address in addresses}
    by_domain = dict(
        Account.objects.exclude(domain="")
        .filter(merged_into__isnull=True)
        .annotate(plain=Lower("domain"))
        .filter(plain__in=domains)
        .values_list("plain", "external_id")
    )
    for address in addresses - accounts.keys():
        if domain := by_domain.get(address.rpartition("@")[2]):
            accounts[address] = domain
    ours = User.objects.annotate(address=Lower("email")).filter(address__in=addresses).values_list("address", flat=True)
    return People(frozenset(ours), accounts, contacts)


def connector_rows(*, as_of: datetime) -> list[ConnectorRow]:
    """All connectors by name, each with how many of its rows wait for a fix: one query."""
    waiting = _troubled().filter(connector=OuterRef("pk")).values("rejected_count")[:1]
    return [
        ConnectorRow(
            pk=each.pk,
            name=each.name,
            adapter=each.get_adapter_display(),
            brings=each.brings,
            is_active=each.is_active,
            is_running=is_running(each, as_of=as_of),
            is_due=is_due(each, as_of=as_of),
            last_success_at=each.last_success_at,
            last_error=each.last_error,
            next_run_at=each.next_run_at,
            rejected_count=each.waiting_count or 0,
        )
        for each in Connector.objects.annotate(waiting_count=Subquery(waiting)).order_by("name", "id")
    ]


def is_running(connector: Connector, *, as_of: datetime) -> bool:
    """Whether a worker reads it now."""
    return connector.lease_until is not None and connector.lease_until > as_of


def is_due(connector: Connector, *, as_of: datetime) -> bool:
    """Whether it waits for a worker."""
    waits = connector.is_active and connector.next_run_at is not None and connector.next_run_at <= as_of
    return waits and not is_running(connector, as_of=as_of)


def latest_runs(connector: Connector) -> FactQuerySet[SyncRun]:
    """The latest runs of a connector, the newest first."""
    return SyncRun.objects.filter(connector=connector).order_by("-started_at", "-id")[:SHOWN_RUNS]


def troubled_run(connector: Connector) -> SyncRun | None:
    """The latest run with rows that still wait for a fix: everything was not read again since."""
    return _troubled().filter(connector=connector).first()


def _troubled() -> FactQuerySet[SyncRun]:
    later = SyncRun.objects.filter(
        connector=OuterRef("connector"),
        started_at__gt=OuterRef("started_at"),
        from_start=True,
        state=SyncRun.State.DONE,
    )
    return SyncRun.objects.filter(~Exists(later), rejected_count__gt=0).order_by("-started_at", "-id")
