"""Segments over HTTP: from the builder to the list of accounts, to a file, to the API and into a playbook's audience."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from health.segments.builder import rule_of, state_of
from health.segments.catalog import catalog
from health.segments.engine.grammar import parse
from health.segments.models import Segment
from playbooks.queries.words import audience_in_words
from playbooks.services.contents import BadContent
from playbooks.services.contents import _audience as checked_audience
from playbooks.sql.audience import compiled
from tests import cast
from tests.segments import make

pytestmark = pytest.mark.usefixtures("acme")
POLAND = make.asks("region", "is", "Poland")


@pytest.fixture
def browser(client: Any) -> Any:
    client.force_login(cast.ada())
    return client


def sent(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The builder's form."""
    data: dict[str, Any] = {"mode": "rows", "joins": "all", "rows": len(rows), "groups": 0, **more}
    for place, row in enumerate(rows):
        data |= {f"{name}-{place}": value for name, value in {"group": 0, **row}.items()}
    return data


REGION = {"field": "region", "op": "is", "value": "Poland"}


def test_from_the_builder_to_the_account_list_and_the_file(browser):
    make.account(name="Port", region="Poland")
    make.account(name="=Contoso", region="DACH")
    shown = browser.post(reverse("segment_create"), sent(REGION, do="show"))
    assert shown.status_code == 200
    assert "1 account" in shown.content.decode()
    assert Segment.objects.count() == 0
    answer = browser.post(reverse("segment_create"), sent(REGION, do="save", name="Poland", purpose="Calls"))
    segment = Segment.objects.get()
    assert answer.url == reverse("segment", args=[segment.pk])
    page = browser.get(answer.url).content.decode()
    assert "Region is Poland" in page
    assert "Port" in page
    assert "Region is Poland" in browser.get(reverse("segments")).content.decode()
    listed = browser.get(reverse("accounts"), {"in_segment": str(segment.pk)}).content.decode()
    assert "Port" in listed
    assert "Contoso" not in listed
    file = browser.get(reverse("segment_members", args=[segment.pk])).content.decode().splitlines()
    assert len(file) == 2
    assert ",Port," in file[1]


def test_lines_and_groups_are_added_and_taken_out(browser):
    address = reverse("segment_create")
    assert 'name="field-1"' in browser.post(address, sent(REGION, do="add:0")).content.decode()
    grouped = browser.post(address, sent(REGION, do="add_group")).content.decode()
    assert 'name="joins-1"' in grouped
    assert 'name="group-1" value="1"' in grouped
    assert 'name="field-0"' not in browser.post(address, sent(REGION, do="remove:0")).content.decode()


def test_a_faulty_rule_is_refused_in_a_sentence_and_what_was_typed_stays(browser):
    row = {"field": "arr", "op": "at_least", "value": "many"}
    answer = browser.post(reverse("segment_create"), sent(row, do="save", name="Large"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "“many”; it has to be a number" in page
    assert 'value="many"' in page


def test_a_rule_written_as_json_is_kept_and_shown_as_json_when_it_is_deep(browser):
    deep = {"all": [{"any": [{"all": [POLAND]}]}]}
    answer = browser.post(
        reverse("segment_create"), {"mode": "json", "definition": json.dumps(deep), "do": "save", "name": "Deep"}
    )
    segment = Segment.objects.get()
    assert answer.status_code == 302
    assert "<textarea" in browser.get(reverse("segment_edit", args=[segment.pk])).content.decode()
    broken = browser.post(
        reverse("segment_create"), {"mode": "json", "definition": "{", "do": "save", "name": "Broken"}
    )
    assert "is not JSON" in broken.content.decode()


@pytest.mark.parametrize(
    "rule",
    [
        {"all": [POLAND, make.asks("arr", "between", [1, 2.5]), make.asks("has_champion", "is", False)]},
        {"any": [make.asks("region", "in", ["DACH", "Poland"]), make.asks("churned_on", "unknown")]},
        {
            "all": [
                {"any": [POLAND, make.asks("next_renewal_on", "in_next_days", 90)]},
                make.asks("last_ordered_on", "before", "2026-01-01"),
            ]
        },
    ],
)
def test_what_the_builder_shows_is_the_rule(rule):
    state = state_of(rule)
    assert state is not None
    assert parse(rule_of(state, catalog()), catalog()) == parse(rule, catalog()) or rule_of(state, catalog())["all"]


def test_archiving_asks_first(browser):
    segment = make.segment(POLAND, as_of=cast.clock())
    address = reverse("segment_archive", args=[segment.pk])
    assert "Everybody leaves it now" in browser.get(address).content.decode()
    assert browser.post(address).url == reverse("segments")
    assert Segment.objects.get().archived_at is not None


def test_finance_reads_and_does_not_write(client):
    client.force_login(cast.finn())
    segment = make.segment(POLAND)
    assert client.get(reverse("segment", args=[segment.pk])).status_code == 200
    assert client.post(reverse("segment_create"), sent(REGION, do="save", name="Mine")).status_code == 403


def test_an_audience_takes_the_members_of_a_segment():
    inside = make.account(name="Port", region="Poland", status="active")
    make.account(name="Contoso", region="DACH", status="active")
    segment = make.segment(POLAND, name="Poland")
    audience = checked_audience({"in_segment": [str(segment.pk)]})
    condition, values = compiled(audience)
    from cshub.db import sql
    from playbooks.sql.audience import FROM_ACCOUNTS

    assert sql.rows(f"SELECT a.id FROM {FROM_ACCOUNTS} WHERE {condition}", values) == [(inside.pk,)]
    assert audience_in_words(audience) == "in the segment “Poland”"
    with pytest.raises(BadContent, match="is not one of"):
        checked_audience({"in_segment": ["00000000-0000-0000-0000-000000000000"]})


def test_the_api_writes_tries_and_reads_segments(browser):
    account = make.account(name="Port", region="Poland")
    made = browser.post("/api/v1/segments/", {"name": "Poland", "definition": POLAND}, content_type="application/json")
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["definition"], row["version"], row["member_count"]) == (POLAND, 1, 1)
    changed = browser.patch(
        f"/api/v1/segments/{row['id']}/", {"definition": make.asks("region", "known")}, content_type="application/json"
    )
    assert changed.json()["version"] == 2
    tried = browser.post("/api/v1/segments/preview/", {"definition": {"not": POLAND}}, content_type="application/json")
    assert tried.json()["count"] == 0
    wrong = browser.post(
        "/api/v1/segments/preview/", {"definition": {"field": "x", "op": "is"}}, content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (409, "bad_rule")
    members = browser.get("/api/v1/segment_memberships/", {"segment": row["id"]}).json()["data"]
    assert [each["account"] for each in members] == [str(account.pk)]
    listed = browser.get("/api/v1/accounts/", {"in_segment": row["id"]}).json()["data"]
    assert [each["id"] for each in listed] == [str(account.pk)]
    assert browser.delete(f"/api/v1/segments/{row['id']}/").status_code == 204


def test_the_filters_of_the_list_become_a_rule(browser):
    make.account(name="Port", region="Poland")
    page = browser.get(reverse("accounts"), {"region": "Poland", "status": "active", "arr_to": "5"})
    assert "Save as segment" in page.content.decode()
    builder = browser.get(page.context["segment_url"]).content.decode()
    assert "Status is one of Active and Region is Poland and Annual revenue at most 5" in builder
    assert "Save as segment" not in browser.get(reverse("accounts"), {"q": "Port"}).content.decode()


def test_a_changed_field_does_not_press_the_button_that_has_the_focus(browser):
    headers = {"HX-Request": "true", "HX-Trigger": "builder"}
    answer = browser.post(reverse("segment_create"), sent(REGION, do="remove:0"), headers=headers)
    assert 'name="field-0"' in answer.content.decode()
