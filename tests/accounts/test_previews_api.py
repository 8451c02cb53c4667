"""What a change of a contract would move can be asked over REST: it says what the change then does, and keeps nothing."""

from datetime import date

import pytest

from accounts.models import Contract, Renewal, RevenueMovement
from cshub.audit.models import AuditEvent
from tests import cast
from tests.accounts import make

pytestmark = pytest.mark.usefixtures("acme")


def running(**fields):
    return make.contract(**{"starts_on": date(2026, 1, 1), "ends_on": date(2030, 1, 1), "auto_renews": True, **fields})


def kept():
    return [list(model.objects.order_by("pk").values()) for model in (RevenueMovement, Contract, Renewal)]


def test_a_line_change_is_foretold_and_then_does_the_same(ask):
    ada, contract = cast.ada(), running(arr=12_000)
    body = {"line": contract.lines.get().external_id, "occurred_on": "2026-06-01", "arr": "15000"}
    url = f"contracts/{contract.pk}/line_changes/"
    before = kept()
    told = ask(ada, "POST", f"{url}preview/", body)
    assert told.status_code == 200, told.content
    assert told.json()["movements"] == [
        {
            "kind": "expansion",
            "line": body["line"],
            "occurred_on": "2026-06-01",
            "amount": {"amount": "3000.00", "currency": "EUR"},
        }
    ]
    assert kept() == before
    assert not AuditEvent.objects.filter(verb="contract.line_changed").exists()
    assert ask(ada, "POST", url, body).status_code == 201
    booked = RevenueMovement.objects.latest("recorded_at", "occurred_on")
    assert (booked.kind, f"{booked.amount:.2f}") == ("expansion", "3000.00")


def test_terms_are_foretold_with_ends_prices_and_worth(ask):
    ada, contract = cast.ada(), running(arr=36_500)
    url = f"contracts/{contract.pk}/"
    told = ask(ada, "POST", f"{url}preview/", {"ends_on": "2030-01-11", "escalator_percent": "10"}).json()
    (end,) = told["ends"]
    assert (end["contract"], end["before"], end["after"], end["days"]) == (
        contract.external_id,
        "2030-01-01",
        "2030-01-11",
        10,
    )
    assert end["worth"] == {"amount": "1000.00", "currency": "EUR"}
    (price,) = told["prices"]
    assert (price["occurred_on"], price["after"]["amount"]) == ("2027-01-01", "40150.00")
    assert ask(ada, "GET", url).json()["escalator_percent"] is None
    nothing = ask(ada, "POST", f"{url}preview/", {})
    assert [nothing.json()[part] for part in ("movements", "ends", "prices")] == [[], [], []]


def test_a_patch_does_at_once_what_its_preview_said(ask):
    ada, contract = cast.ada(), running(arr=10_000, starts_on=date(2025, 11, 20))
    Contract.objects.filter(pk=contract.pk).update(recorded_at="2025-11-20T09:00:00Z")
    url, body = f"contracts/{contract.pk}/", {"escalator_percent": "5"}
    told = ask(ada, "POST", f"{url}preview/", body).json()
    assert [(each["kind"], each["amount"]["amount"]) for each in told["movements"]] == [("price", "500.00")]
    assert ask(ada, "PATCH", url, body).status_code == 200
    assert f"{contract.lines.get().arr:.2f}" == "10500.00"


def test_a_notice_is_foretold(ask):
    ada, contract = cast.ada(), running(ends_on=None, notice_days=30)
    told = ask(ada, "POST", f"contracts/{contract.pk}/notice/preview/", {"notified_on": "2026-11-20"}).json()
    assert [(end["before"], end["after"], end["days"], end["worth"]) for end in told["ends"]] == [
        (None, "2026-12-20", None, None)
    ]
    assert Contract.objects.get().ends_on is None


def test_what_the_change_refuses_the_preview_refuses_at_the_same_field(ask):
    ada, contract = cast.ada(), running()
    url, line = f"contracts/{contract.pk}/", contract.lines.get().external_id
    for path, body in (
        ("line_changes/", {"line": line, "occurred_on": "2031-01-01", "arr": "1"}),
        ("line_changes/", {"line": "none", "occurred_on": "2026-06-01", "arr": "1"}),
        ("notice/", {"notified_on": "2031-01-01"}),
    ):
        done, told = ask(ada, "POST", url + path, body), ask(ada, "POST", f"{url}{path}preview/", body)
        assert done.status_code in {400, 409}
        assert (told.status_code, told.json()["errors"]) == (done.status_code, done.json()["errors"])
    changed, told = (
        ask(ada, "PATCH", url, {"ends_on": "2025-01-01"}),
        ask(ada, "POST", f"{url}preview/", {"ends_on": "2025-01-01"}),
    )
    assert (told.status_code, told.json()["errors"]) == (changed.status_code, changed.json()["errors"])
    assert changed.status_code == 409
    assert ask(ada, "POST", f"{url}preview/", {"currency": "USD"}).status_code == 400


def test_who_may_not_change_may_not_try(ask, inside):
    contract = running()
    assert ask(cast.finn(), "POST", f"contracts/{contract.pk}/preview/", {}).status_code == 403
    with inside("globex"):
        theirs = running()
    assert ask(cast.ada(), "POST", f"contracts/{theirs.pk}/preview/", {}).status_code == 404
