"""Setting up a source, watching it and removing it, over HTTP."""

import pytest

from accounts.ingest.connectors import services, tasks
from accounts.ingest.connectors.models import Connector
from tests import cast
from tests.browser.test_pages_of_accounts import assert_clean, sign_in
from tests.connectors import make
from tests.connectors.servers import WebService, serving


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
