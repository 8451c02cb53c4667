"""A source is read whole, from where the last reading ended, once, and what goes wrong is said in words."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from accounts.ingest.connectors import services
from accounts.ingest.connectors.models import Connector, SyncProblem, SyncRun
from accounts.models import Account
from cshub.audit.models import AuditEvent
from cshub.net.addresses import CannotReach
from cshub.tenancy import due
from tests.connectors import make
from tests.connectors.servers import WebService, serving
from tests.database import AS_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})


@pytest.fixture
def service() -> Iterator[WebService]:
    with serving(WebService([dict(row) for row in make.CUSTOMERS])) as running:
        yield running


def clock_from(start: datetime) -> Callable[[], datetime]:
    seconds = count()
    return lambda: start + timedelta(seconds=next(seconds))


def read(at: datetime = AS_OF) -> int:
    return services.sync_due(clock=clock_from(at))


def test_the_first_reading_brings_everything_page_by_page(acme, service):
    connector = make.rest(service)
    assert read() == 1
    assert dict(Account.objects.values_list("external_id", "name")) == {
        "c-1": "Northwind",
        "c-2": "Contoso",
        "c-3": "Fabrikam",
    }
    assert set(Account.objects.values_list("region", flat=True)) == {"EMEA"}
    run = SyncRun.objects.get()
    assert (run.state, run.fetched_count, run.added_count) == ("done", 3, 3)
    assert len(service.asked) == 2
    connector.refresh_from_db()
    assert connector.cursor == {"since": "2026-11-03T10:00:00Z"}
    assert connector.last_success_at is not None
    assert connector.next_run_at - connector.last_success_at == timedelta(minutes=30)


def test_the_next_reading_asks_only_for_what_changed(acme, service):
    make.rest(service)
    read()
    service.rows.append({"id": "c-4", "company": {"name": "Tailwind"}, "changed": "2026-11-04T10:00:00Z"})
    service.asked.clear()
    assert read(AS_OF + timedelta(hours=1)) == 1
    assert service.asked == ["/api/customers?since=2026-11-03T10%3A00%3A00Z"]
    latest = SyncRun.objects.latest("started_at")
    assert (latest.fetched_count, latest.added_count, latest.unchanged_count) == (2, 1, 1)


def test_nothing_is_read_before_it_is_due_and_the_doorbell_says_when(acme, service):
    make.rest(service)
    (rung,) = due.claim_due([services.DOORBELL], as_of=AS_OF)
    read()
    due.finish(rung)
    assert read(AS_OF + timedelta(minutes=5)) == 0
    assert not due.claim_due([services.DOORBELL], as_of=AS_OF + timedelta(minutes=29))
    assert due.claim_due([services.DOORBELL], as_of=AS_OF + timedelta(minutes=31))


def test_a_reading_that_broke_goes_on_behind_the_page_that_is_in(acme, service):
    connector = make.rest(service)
    service.faults = []
    answer = service.answer
    service.answer = lambda target, key: (503, b"{}") if "cursor=2" in target else answer(target, key)  # type: ignore[method-assign]
    read()
    connector.refresh_from_db()
    assert Account.objects.count() == 2
    assert "503" in connector.last_error
    assert connector.failure_count == 1
    assert connector.next_run_at < AS_OF + timedelta(minutes=2)
    service.answer = answer  # type: ignore[method-assign]
    service.asked.clear()
    read(AS_OF + timedelta(minutes=5))
    connector.refresh_from_db()
    assert service.asked == ["/api/customers?cursor=2"]
    assert Account.objects.count() == 3
    assert (connector.last_error, connector.failure_count) == ("", 0)
    assert [run.state for run in SyncRun.objects.order_by("started_at")] == ["failed", "done"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"token": "other"}, "refuses the secret"),
        ({"raw": b"<html>"}, "not JSON: <html>"),
        ({"raw": b'{"items": []}'}, "no list of rows at “data.items”. The answer has: items"),
        ({"faults": [302]}, "answered 302"),
    ],
)
def test_what_goes_wrong_is_said_in_words(acme, service, spoil, said):
    connector = make.rest(service)
    for name, value in spoil.items():
        setattr(service, name, value)
    read()
    connector.refresh_from_db()
    assert said in connector.last_error
    assert connector.last_success_at is None
    assert SyncRun.objects.get().state == "failed"


def test_the_secret_is_not_sent_to_another_server(acme, service):
    elsewhere = b'{"data": {"items": [{"id": "c-9", "changed": ""}]}, "next": "http://127.0.0.1:9/steal"}'
    service.raw = elsewhere
    options = {"address": service.address, "rows": "data.items", "paging": "next", "next": "next"}
    connector = make.rest(service, options=options)
    read()
    connector.refresh_from_db()
    assert "another server" in connector.last_error


def test_rows_that_need_a_fix_are_kept_with_the_reason_and_the_others_go_in(acme, service):
    service.rows[1]["company"] = {"name": ""}
    service.rows[1]["id"] = ""
    make.rest(service)
    read()
    run = SyncRun.objects.get()
    assert (run.state, run.added_count, run.rejected_count) == ("done", 2, 1)
    problem = SyncProblem.objects.get()
    assert (problem.position, problem.field) == (2, "external_id")
    assert problem.row["changed"] == "2026-11-02T10:00:00Z"


def test_two_workers_read_a_source_once(acme, service):
    connector = make.rest(service)
    Connector.objects.filter(pk=connector.pk).update(
        token="00000000-0000-0000-0000-000000000001", lease_until=AS_OF + timedelta(minutes=5)
    )
    assert read() == 0
    assert read(AS_OF + timedelta(minutes=6)) == 1  # its worker never came back


def test_a_worker_that_lost_its_claim_keeps_nothing(acme, service):
    connector = make.rest(service)
    answer = service.answer

    def meanwhile(target: str, key: str) -> tuple[int, bytes]:
        return answer(target, key)

    service.answer = meanwhile  # type: ignore[method-assign]
    connector.token = "00000000-0000-0000-0000-000000000002"  # the claim of another
    run = services.sync(connector, clock=clock_from(AS_OF))
    assert run.error == "Another worker took over."
    assert Account.objects.count() == 0


def test_trying_keeps_nothing(acme, service):
    connector = make.rest(service)
    trial = services.try_connector(connector, by=None, as_of=AS_OF)
    assert [values["name"] for values in trial.values if values] == ["Northwind", "Contoso"]
    assert [result.status for result in trial.results if result] == ["added", "added"]
    assert Account.objects.count() == 0
    service.token = "changed"
    with pytest.raises(CannotReach, match="refuses the secret"):
        services.try_connector(connector, by=None, as_of=AS_OF)


def test_the_secret_lies_encrypted_and_is_in_no_audit_event(acme, service):
    service.token = "very secret token"
    connector = make.rest(service)
    assert "very secret" not in connector.secret
    services.revise_connector(
        connector, name="CRM 2", options=connector.options, mapping=connector.mapping, every_minutes=60, secret="very secret too", by=None, as_of=AS_OF,
    )  # fmt: skip
    told = str(list(AuditEvent.objects.values_list("before", "after")))
    assert "very secret" not in told
    assert "CRM 2" in told


def test_changing_what_is_read_starts_from_the_beginning(acme, service):
    connector = make.rest(service)
    read()
    connector.refresh_from_db()
    kept = services.revise_connector(
        connector,
        name="CRM",
        options=connector.options,
        mapping=connector.mapping,
        every_minutes=5,
        by=None,
        as_of=AS_OF,
    )
    assert kept.cursor == {"since": "2026-11-03T10:00:00Z"}
    anew = services.revise_connector(
        connector, name="CRM", options=connector.options, mapping={**connector.mapping, "segment": "company.size"}, every_minutes=5, by=None, as_of=AS_OF,
    )  # fmt: skip
    assert anew.cursor == {}


def test_a_source_that_is_switched_off_is_not_read(acme, service):
    connector = make.rest(service)
    services.switch_connector(connector, is_active=False, by=None, as_of=AS_OF)
    assert read() == 0
    with pytest.raises(services.CannotConnect, match="switched off"):
        services.order_sync(connector, by=None, as_of=AS_OF)
    services.switch_connector(connector, is_active=True, by=None, as_of=AS_OF)
    assert read() == 1


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": " "}, "name", "Give the connector a name"),
        ({"brings": "mails"}, "brings", "what each row becomes"),
        ({"mapping": {"name": "company.name"}}, "mapping", "Say where “External ID” stands"),
        ({"mapping": {**make.PLACES, "colour": "x"}}, "mapping", "There is no field “colour”"),
        ({"every_minutes": 0}, "every_minutes", "1 to 10,080"),
        ({"options": {"rows": "data"}}, "address", "missing"),
        ({"options": {"address": "https://a.example/\r\nX: y"}}, "address", "control character"),
        ({"options": {"address": "https://a.example/", "paging": "sideways"}}, "paging", "is one of"),
        ({"options": {"address": "https://a.example/", "speed": "1"}}, "options", "no option “speed”"),
        ({"options": {"address": "https://a.example/", "page_size": "many"}}, "page_size", "whole number"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(acme, changes, field, said):
    with pytest.raises(services.CannotConnect) as refusal:
        make.rest(WebService([]), **changes)
    assert refusal.value.field == field
    assert said in str(refusal.value)
