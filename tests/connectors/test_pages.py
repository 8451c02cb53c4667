"""Setting up a source, watching it and removing it, over HTTP."""

import pytest

from accounts.ingest.connectors import services, tasks
from accounts.ingest.connectors.models import Connector
from accounts.ingest.connectors.queries import connector_rows
from accounts.ingest.quality.queries.freshness import ways_in
from accounts.models import Account
from tests import cast
from tests.browser.test_pages_of_accounts import assert_clean, sign_in
from tests.connectors import make
from tests.connectors.servers import WebService, serving
from tests.database import AS_OF


@pytest.fixture(autouse=True)
def allowed(settings, monkeypatch):
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    monkeypatch.setattr(tasks.sync_due, "delay", lambda: None)


@pytest.fixture
def service():
    with serving(WebService([dict(row) for row in make.CUSTOMERS])) as running:
        yield running


def filled_in(service, **changes):
    return {
        "name": "CRM", "every_minutes": "30", "secret": service.token, "option_address": service.address, "option_rows": "data.items",
        "option_authentication": "bearer", "option_paging": "none", "option_page_parameter": "page", "option_page_size": "1000",
        "place_external_id": "id", "place_name": "company.name", **changes,
    }  # fmt: skip


def test_a_source_is_set_up_tried_and_removed(acme, client, service):
    client.force_login(cast.root())
    assert b"Nothing is connected yet" in client.get("/integrations/").content
    start = client.get("/integrations/new/?adapter=rest&brings=accounts")
    assert b"What becomes of a row: Accounts" in start.content
    made = client.post("/integrations/new/?adapter=rest&brings=accounts", filled_in(service), follow=True)
    assert b"The connector is set up" in made.content
    connector = Connector.objects.get()
    tried = client.post(f"/integrations/{connector.pk}/trial/").content.decode()
    assert "Northwind" in tried
    assert "Would be added." in tried
    assert service.token not in client.get(f"/integrations/{connector.pk}/edit/").content.decode()
    kept = client.post(f"/integrations/{connector.pk}/removal/", {"name": "crm"}, follow=True)
    assert b"Type the connector" in kept.content
    client.post(f"/integrations/{connector.pk}/removal/", {"name": "CRM"})
    assert not Connector.objects.exists()


def test_what_is_wrong_stands_at_its_field(acme, client, service):
    client.force_login(cast.root())
    answer = client.post(
        "/integrations/new/?adapter=rest&brings=accounts", filled_in(service, place_external_id="", option_address="")
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "id_option_address_error" in page
    assert "id_place_external_id_error" in page


def test_a_source_that_fails_says_so_and_when_it_is_tried_again(acme, client, service):
    connector = make.rest(service)
    services.sync_due(clock=lambda: AS_OF)
    service.faults.append(503)
    services.order_sync(connector, by=None, as_of=AS_OF)
    services.sync_due(clock=lambda: AS_OF)
    client.force_login(cast.ada())
    for path in ("/integrations/", f"/integrations/{connector.pk}/"):
        page = client.get(path).content.decode()
        assert "Failing" in page
        assert "The server answered 503" in page
        assert ">Works<" not in page
    assert "It is tried again on" in page


def test_rows_that_need_a_fix_are_shown_as_they_came_and_can_be_read_again(acme, client, service):
    service.rows[0]["owner"] = "new@acme.example"
    places = {**make.PLACES, "owner": "owner"}
    connector = make.rest(service, mapping=places)
    services.sync_due(clock=lambda: AS_OF)
    client.force_login(cast.root())
    page = client.get(f"/integrations/{connector.pk}/").content.decode()
    assert "&quot;owner&quot;: &quot;new@acme.example&quot;" in page
    assert "No active user has the e-mail" in page
    cast.person("New", "csm")
    client.post(f"/integrations/{connector.pk}/run/")
    services.sync_due(clock=cast.clock)
    assert not Account.objects.filter(external_id="c-1").exists()
    assert [row.rejected_count for row in connector_rows(as_of=AS_OF)] == [1], "a run without news takes nothing back"
    assert "Read everything again" in client.get(f"/integrations/{connector.pk}/").content.decode()
    assert b"Rows of a source" in client.get("/data-quality/").content
    client.post(f"/integrations/{connector.pk}/run/", {"from_start": "1"})
    services.sync_due(clock=cast.clock)
    assert Account.objects.get(external_id="c-1").owner.email == "new@acme.example"
    assert "Read everything again" not in client.get(f"/integrations/{connector.pk}/").content.decode()


def test_what_a_source_brings_is_not_told_as_sent_over_the_api(acme, service):
    make.rest(service)
    Connector.objects.update(created_by=cast.root())
    services.sync_due(clock=lambda: AS_OF)
    assert [way.way for way in ways_in(as_of=AS_OF) if way.kind == "accounts"] == ["connector"]


def test_while_a_source_waits_or_runs_its_page_asks_again(acme, client, service):
    connector = make.rest(service)
    client.force_login(cast.root())
    address = f"/integrations/{connector.pk}/"
    waiting = client.get(address).content.decode()
    assert "Waits for a worker" in waiting
    assert f'hx-get="{address}"' in waiting
    Connector.objects.update(lease_until=AS_OF.replace(year=2099))
    assert ">Running<" in client.get(address).content.decode()
    refused = client.post(f"{address}run/", {"from_start": "1"}, follow=True).content.decode()
    assert "It is being read right now" in refused
    Connector.objects.update(lease_until=None)
    services.sync_due(clock=cast.clock)
    assert "hx-get=" not in client.get(address).content.decode().split('id="now"')[1].split(">")[0]


@pytest.mark.parametrize("who", [cast.ada, cast.grace])
def test_only_administrators_set_sources_up(acme, client, service, who):
    connector = make.rest(service)
    client.force_login(who())
    page = client.get(f"/integrations/{connector.pk}/").content.decode()
    assert "Sync log" in page
    assert "Read now" not in page
    for path in ("trial", "run", "switch", "removal", "edit"):
        assert client.post(f"/integrations/{connector.pk}/{path}/").status_code == 403


def test_another_tenants_source_is_not_there(acme, client, service, inside):
    with inside("globex"):
        theirs = make.rest(service)
    client.force_login(cast.root())
    assert client.get(f"/integrations/{theirs.pk}/").status_code == 404
    assert "CRM" not in client.get("/integrations/").content.decode()


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "en"), (390, "dark", "fa"), (390, "light", "en")]
)
def test_the_pages_of_a_source_are_clean(page, site, axe, service, width, scheme, language):
    root = cast.root(language=language)
    service.rows[0]["id"] = ""
    connector = make.rest(service)
    services.sync_due(clock=cast.clock)
    sign_in(page, site, root)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for path in (
        "/integrations/",
        "/integrations/new/",
        f"/integrations/{connector.pk}/",
        f"/integrations/{connector.pk}/edit/",
    ):
        assert_clean(page, axe, path)
