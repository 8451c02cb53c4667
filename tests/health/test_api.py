"""Health over REST: to be read by everybody, written by nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest

from health.models import HealthScore
from health.services import score_accounts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def api(client: Any) -> Any:
    client.force_login(cast.ada())
    return client


def test_scorecards_show_their_versions_and_formulas(api):
    version = make.active_version()
    answer = api.get("/api/v1/scorecards/").json()
    (card,) = answer["data"]
    assert card["versions"][0]["definition"] == version.definition
    assert card["versions"][0]["state"] == "active"
    assert api.get(f"/api/v1/scorecards/{card['id']}/").json()["id"] == card["id"]


def test_verdicts_come_with_what_they_are_made_of(api):
    version = make.active_version()
    northwind, fabrikam = make.account(), make.account()
    make.answered(northwind, 2)
    make.answered(fabrikam, 9)
    score_accounts(as_of=make.AS_OF)

    answer = api.get("/api/v1/health_scores/", {"account": str(northwind.pk)}).json()

    assert answer["data"] == [
        {
            "account": str(northwind.pk),
            "scored_at": "2026-11-21T09:00:00Z",
            "score": "20.00",
            "band": "risk",
            "coverage": "1.000",
            "reason": "nps",
            "reason_text": "NPS 2",
            "version": str(version.pk),
            "contributions": [{"key": "nps", "source": "survey_nps", "raw": 2.0, "points": 20.0}],
            "input_hash": HealthScore.objects.get(account=northwind).input_hash,
        }
    ]


def test_verdicts_are_filtered_and_paged(api):
    make.active_version()
    for _ in range(5):
        make.answered(make.account(), 2)
    make.answered(make.account(), 9)
    score_accounts(as_of=make.AS_OF)

    first = api.get("/api/v1/health_scores/", {"band": "risk", "limit": 3}).json()
    second = api.get("/api/v1/health_scores/", {"band": "risk", "limit": 3, "cursor": first["next_cursor"]}).json()

    seen = [row["account"] for row in first["data"] + second["data"]]
    assert (len(seen), len(set(seen)), second["has_more"]) == (5, 5, False)
    later = (make.AS_OF + timedelta(days=1)).isoformat()
    assert api.get("/api/v1/health_scores/", {"scored_at__gte": later}).json()["data"] == []


def test_the_number_of_statements_of_a_page_does_not_grow(api, count_queries):
    make.active_version()
    for _ in range(3):
        make.answered(make.account(), 2)
    score_accounts(as_of=make.AS_OF)
    api.get("/api/v1/health_scores/?limit=1")  # a version's formula is read once
    assert count_queries(lambda: api.get("/api/v1/health_scores/?limit=1")) == count_queries(
        lambda: api.get("/api/v1/health_scores/?limit=3")
    )


def test_the_verdicts_in_force_come_worst_first_with_their_reason_in_the_readers_language(api):
    make.active_version()
    poor, fine, unknown = (make.account() for _ in range(3))
    later = make.AS_OF + timedelta(days=1)
    for account, answer, scored in ((poor, 6, make.AS_OF), (fine, 9, make.AS_OF), (poor, 2, later)):
        make.answered(account, answer, at=scored - timedelta(hours=1))
        score_accounts(as_of=scored)

    found, cursor = [], ""
    while cursor is not None:
        page = api.get("/api/v1/account_health/", {"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        found += [(row["account"], row["score"], row["reason_text"]) for row in page["data"]]
        cursor = page["next_cursor"]

    assert found == [
        (str(poor.pk), "20.00", "NPS 2"),
        (str(fine.pk), "90.00", "NPS 9"),
        (str(unknown.pk), None, "Not enough data: 0 of 1 measure connected"),
    ]
    [row] = api.get("/api/v1/account_health/", {"band": "unknown"}, headers={"Accept-Language": "pl"}).json()["data"]
    assert row["reason_text"].startswith("Za mało danych")
    assert api.get("/api/v1/account_health/", {"score__gte": "50"}).json()["data"][0]["account"] == str(fine.pk)


@pytest.mark.parametrize("route", ["/api/v1/health_scores/", "/api/v1/account_health/", "/api/v1/scorecards/"])
def test_nothing_is_written_over_rest(api, route):
    answer = api.post(route, json.dumps({"score": 100}), content_type="application/json")
    assert answer.status_code in {403, 405}
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("query", ["band=purple", "scored_at__gte=yesterday", "account=1", "sort=score", "health=1"])
def test_a_wrong_parameter_is_named(api, query):
    answer = api.get(f"/api/v1/health_scores/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
