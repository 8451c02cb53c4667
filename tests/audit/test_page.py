"""The page of the trail: filters, pages by number, and the check of the chain."""

from typing import Any

from django.urls import reverse

from cshub.audit.queries import ROWS, trail_page
from cshub.audit.services import record
from cshub.tenancy.models import Tenant
from tests import cast
from tests.database import AS_OF


def test_pages_hold_every_deed_once(acme: Tenant) -> None:
    finn = cast.finn()
    for _ in range(ROWS + 5):
        record("thing.done", target=None, by=finn, at=AS_OF)
    first = trail_page(finn, filters={})
    rest = trail_page(finn, filters={}, before=first.next_before)
    assert [event.seq for event in first.events + rest.events] == list(range(ROWS + 5, 0, -1))
    assert rest.next_before is None


def test_filters_narrow_and_nonsense_is_said(acme: Tenant, client: Any) -> None:
    finn, ada = cast.finn(), cast.ada()
    client.force_login(finn)
    record("thing.done", target=ada, by=finn, at=AS_OF)
    record("other.done", target=None, by=None, at=AS_OF)
    page = client.get(
        reverse("settings_audit"), {"verb": "thing.done", "object_id": str(ada.pk), "actor_id": str(finn.pk)}
    )
    assert [event.verb for event in page.context["page"].events] == ["thing.done"]
    assert client.get(reverse("settings_audit"), {"actor_id": "nobody"}).status_code == 422
    assert client.get(reverse("settings_audit"), {"before": "9" * 40, "verb": "a\x00"}).status_code == 422


def test_the_page_checks_the_chain(acme: Tenant, client: Any) -> None:
    client.force_login(cast.finn())
    assert "Every link of the chain holds" in client.get(reverse("settings_audit"), {"check": "1"}).content.decode()


def test_those_who_may_not_read_the_trail_see_an_empty_one(acme: Tenant) -> None:
    record("thing.done", target=None, by=None, at=AS_OF)
    assert trail_page(cast.ada(), filters={}).events == ()
