"""Lists: pages by keyset, closed filters, sorting with nulls, only the fields one asked for."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cshub.audit.services import record
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from tests import cast
from tests.api.conftest import Api
from tests.database import AS_OF


def people(number: int) -> None:
    User.objects.bulk_create(
        User(
            email=f"p{n}@acme.example",
            name=f"Person {n % 7}",
            created_at=AS_OF,
            last_login=None if n % 3 else AS_OF + timedelta(hours=n % 5),
        )
        for n in range(number)
    )


def walk(api: Api, headers: dict[str, str], path: str) -> list[dict[str, Any]]:
    """Every row, page by page."""
    found: list[dict[str, Any]] = []
    url = path
    while True:
        page = api("get", url, headers).json()
        found += page["data"]
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return found
        url = f"{path}&cursor={page['next_cursor']}"


@pytest.mark.parametrize(
    "sort", ["name", "-name", "email", "-email", "created_at", "-created_at", "last_login", "-last_login"]
)
def test_pages_hold_every_row_once_and_in_order(acme: Tenant, api: Api, sort: str) -> None:
    people(40)
    headers = cast.ivy()
    rows = walk(api, headers, f"/api/v1/users/?limit=7&sort={sort}")
    assert len(rows) == len({row["id"] for row in rows}) == 41
    values = [row[sort.removeprefix("-")] for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert values == known + [None] * (len(values) - len(known))


def test_a_page_costs_the_same_however_many_rows_there_are(acme: Tenant, api: Api, count_queries: Any) -> None:
    headers = cast.ivy()
    api("get", "/api/v1/users/?limit=5", headers)
    people(3)
    few = count_queries(lambda: api("get", "/api/v1/users/?limit=5", headers))
    people_more = [User(email=f"q{n}@acme.example", name="Q", created_at=AS_OF) for n in range(60)]
    User.objects.bulk_create(people_more)
    assert count_queries(lambda: api("get", "/api/v1/users/?limit=50", headers)) == few


def test_the_next_page_is_also_linked(acme: Tenant, api: Api) -> None:
    people(3)
    response = api("get", "/api/v1/users/?limit=2&role=csm", cast.ivy())
    url = response["Link"].removeprefix("<").removesuffix('>; rel="next"')
    assert len(api("get", url, cast.ivy(of=cast.grace())).json()["data"]) == 1


@pytest.mark.parametrize(
    ("query", "pointer", "words"),
    [
        ("nmae=x", "?nmae", "Did you mean name?"),
        ("limit=0", "?limit", "from 1 to 200"),
        ("limit=201", "?limit", "from 1 to 200"),
        ("limit=%D9%A3", "?limit", "from 1 to 200"),
        ("limit=abc", "?limit", "from 1 to 200"),
        ("sort=password", "?sort", "Known: created_at, email"),
        ("sort=-user__password", "?sort", "cannot be sorted"),
        ("fields=id,passwort", "?fields", "Known:"),
        ("fields=password", "?fields", "is not among"),
        ("expand=everything", "?expand", "Known: none."),
        ("cursor=made-up", "?cursor", "no cursor of this list"),
        ("is_active=maybe&role=king", "?role", "king"),
        ("team=not-an-id", "?team", "is not a valid UUID"),
        ("name=a%00b", "?name", "NUL"),
        ("password__startswith=a", "?password__startswith", "There is no parameter"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(acme: Tenant, api: Api, query: str, pointer: str, words: str) -> None:
    response = api("get", f"/api/v1/users/?{query}", cast.ivy())
    assert response.status_code == 400
    errors = {error["pointer"]: error["detail"] for error in response.json()["errors"]}
    assert words in errors[pointer]


def test_a_cursor_keeps_to_its_order_and_tenant(acme: Tenant, api: Api, inside: Any) -> None:
    people(3)
    cursor = api("get", "/api/v1/users/?limit=1&sort=name", cast.ivy()).json()["next_cursor"]
    with inside("globex"):
        response = api("get", f"/api/v1/users/?limit=1&sort=name&cursor={cursor}", cast.ivy(), host="globex.testserver")
        assert response.json()["errors"][0]["pointer"] == "?cursor"
    other = api("get", f"/api/v1/users/?sort=-name&cursor={cursor}", cast.ivy(of=cast.grace()))
    assert "belongs to the order name" in other.json()["detail"]


def test_only_the_fields_that_were_asked_for(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    assert api("get", "/api/v1/users/?fields=name,role", headers).json()["data"] == [{"name": "Ivy", "role": "admin"}]


def test_filters_narrow(acme: Tenant, api: Api) -> None:
    people(5)
    headers = cast.ivy()
    assert len(api("get", "/api/v1/users/?role__in=admin,manager", headers).json()["data"]) == 1
    assert len(api("get", "/api/v1/users/?name__icontains=person", headers).json()["data"]) == 5
    assert api("get", "/api/v1/users/?is_active=false", headers).json()["data"] == []


def test_the_trail_reads_newest_first_and_by_number(acme: Tenant, api: Api) -> None:
    headers = cast.ivy()
    for n in range(5):
        record("thing.done", target=None, by=None, at=AS_OF, after={"n": n})
    rows = api("get", "/api/v1/audit_events/?verb=thing.done&seq__gte=3", headers).json()["data"]
    assert [row["seq"] for row in rows] == [6, 5, 4, 3]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(min_size=1, max_size=80), sort=st.text(max_size=30), limit=st.text(max_size=10))
def test_whatever_stands_in_the_parameters_it_answers_without_failing(
    acme: Tenant, api: Api, cursor: str, sort: str, limit: str
) -> None:
    asks = User.objects.filter(name="Ivy").first() or cast.person("Ivy", "admin")
    query = urlencode({"cursor": cursor, "sort": sort, "limit": limit}, errors="replace")
    assert api("get", f"/api/v1/users/?{query}", cast.ivy(of=asks)).status_code in {200, 400}
