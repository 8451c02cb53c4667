"""Every address of the tenant's site is in the access table, and nobody meets an error there."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cshub.tenancy.models import Tenant
from cshub.users import access
from tests import cast

OPEN_TO_ALL = {"api:not_found"}  # answers 404, whatever is asked
PUBLIC_HOST = {"healthz", "readyz", "status", "platform_admin:*"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = {"csm": cast.ada, "agent": cast.alan, "manager": cast.grace, "finance": cast.finn, "admin": cast.root}
CLOSED = {401, 403, 404, 405}
ANSWERS = {200, 302, 400, 404}  # what a page that may be read answers; 404 where an argument leads nowhere
SOMETHING = {
    "uuid": str(uuid4()),
    "int": "1",
    "slug": "nothing",
    "str": "nothing",
    "path": "nothing",
}


def routes(patterns: Any = None, prefix: str = "", path: str = "/") -> Iterator[tuple[str, str]]:
    """(name, address with something in place of each argument) of every route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = path + filled(pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(
                pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix, here
            )
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", here


def filled(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: SOMETHING[found[1] or "str"], text)


ALL = dict(routes())
OURS = {name: path for name, path in ALL.items() if not name.startswith(("admin:", "api:"))}
API = {name: path for name, path in ALL.items() if name.startswith("api:") and name not in OPEN_TO_ALL}
ADMIN = {
    name: path for name, path in ALL.items() if name.startswith("admin:") and name != "admin:login" and "<" not in path
}


def test_every_route_has_a_name_and_a_row() -> None:
    assert not [path for name, path in ALL.items() if name.endswith("None") and not name.startswith("admin:")]
    assert sorted(name for name in ALL if access.row(name) is None and name not in OPEN_TO_ALL) == []


def test_no_row_outlives_its_route() -> None:
    stale = {name for name in access.ROUTES if name not in ALL and not name.endswith("*")}
    assert sorted(stale - PUBLIC_HOST) == []


def test_names_are_given_once() -> None:
    names = [name for name, _path in routes() if not name.startswith("admin:")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_nobody_gets_in_unless_the_table_says_so(acme: Tenant, client: Client) -> None:
    wrong = {}
    for name, path in OURS.items():
        for method in METHODS:
            answer = client.generic(method, path)
            is_public = (access.row(name) or {}).get(method) is access.PUBLIC
            is_sent_away = answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
            if answer.status_code >= 500 or not (is_public or is_sent_away or answer.status_code in CLOSED):
                wrong[f"{method} {name}"] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_reads_what_the_table_says_and_never_meets_an_error(acme: Tenant, client: Client, role: str) -> None:
    client.force_login(PEOPLE[role]())
    assert strays(OURS, "GET", role, lambda path: client.get(path).status_code, ANSWERS) == {}


@pytest.mark.parametrize("role", PEOPLE)
def test_an_empty_form_is_answered_and_only_to_those_the_table_names(acme: Tenant, client: Client, role: str) -> None:
    person = PEOPLE[role]()

    def post(path: str) -> int:
        client.force_login(person)  # one of the pages signs out
        return client.post(path).status_code

    assert strays(OURS, "POST", role, post, {*ANSWERS, 204, 405, 409, 422}) == {}


@pytest.mark.parametrize("role", PEOPLE)
def test_the_api_asks_the_same_table(acme: Tenant, client: Client, role: str) -> None:
    key = cast.ivy(of=PEOPLE[role]())
    assert strays(API, "GET", role, lambda path: client.get(path, headers=key).status_code, {200, 404, 405}) == {}


def test_the_api_answers_nobody(acme: Tenant, client: Client) -> None:
    closed = {name: path for name, path in API.items() if (access.row(name) or {}).get("GET") is not access.PUBLIC}
    answers = {name: client.get(path).status_code for name, path in closed.items()}
    assert {name: status for name, status in answers.items() if status not in (401, 405)} == {}


def test_who_may_send_a_page_s_form_may_see_the_page() -> None:
    blind = {name: row["POST"] - row["GET"] for name, row in access.ROUTES.items() if {"GET", "POST"} <= row.keys()}
    assert {name: roles for name, roles in blind.items() if roles} == {}


def test_the_admin_site_is_closed_to_those_who_do_not_run_it(acme: Tenant, client: Client) -> None:
    wrong = {}
    for person, expected in (
        (cast.ada, (302, 403, 404)),
        (cast.finn, (302, 403, 404)),
        (cast.grace, ANSWERS | {403, 405}),
    ):
        client.force_login(user := person())
        answers = {name: client.get(path).status_code for name, path in ADMIN.items()}
        wrong |= {f"{name} {user}": status for name, status in answers.items() if status not in expected}
    assert wrong == {}


def strays(
    paths: dict[str, str], method: str, role: str, ask: Callable[[str], int], allowed: set[int]
) -> dict[str, int]:
    """The routes that answer this role otherwise than the table says, with the status they answered."""
    found = {}
    for name, path in paths.items():
        roles = (access.row(name) or {}).get(method, frozenset())
        status = ask(path)
        expected = allowed if roles is access.PUBLIC or role in roles else {403, 405}
        if status not in expected:
            found[name] = status
    return found


def test_signed_in_at_one_tenant_is_nobody_at_another(
    acme: Tenant, client: Client, inside: Callable[[str], AbstractContextManager[Tenant]]
) -> None:
    client.force_login(cast.root())
    there = Client(headers={"host": "globex.testserver"})
    there.cookies = client.cookies
    for name, path in OURS.items():
        row = access.row(name) or {}
        if "GET" in row and row["GET"] is not access.PUBLIC:
            answer = there.get(path)
            assert (answer.status_code, answer.headers.get("Location", "")[:9]) == (302, "/sign-in/"), name
