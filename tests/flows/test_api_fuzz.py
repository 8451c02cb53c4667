"""Whatever is sent to the API, it answers with a problem that says what is wrong, and never fails itself."""

import json
import random
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.settings import api_settings

from cshub.tenancy.models import Tenant
from tests import cast
from tests.flows.hostile import VALUES, as_text, one_of_everything

BODIES, ADDRESSES = 14, 2  # hostile bodies of a route, hostile values of a parameter
MARK = "@hostile@"
KINDS = {"date": "2026-11-01", "date-time": "2026-11-01T00:00:00Z", "email": "a@b.example", "uri": "https://b.example"}
NO_OBJECTS = (
    "",
    "[]",
    "null",
    '"x"',
    "{",
    "\x00",
    "[" * 5000,
    '{"a":' * 500,
    '{"a": 1, "a": 2}',
    "\ufeff{}",
    *VALUES[:7],
)
PLAIN = {"string": "x", "integer": 1, "number": 1, "boolean": True, "array": [], "object": {}, "null": None}


class Api:
    """The API with its own document: what each route takes, and an id for each resource."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
        self.client = Client(headers={"host": "acme.testserver"}, raise_request_exception=False)
        root = cast.root()
        one_of_everything(root)
        self.headers = cast.ivy("admin", of=root)
        self.ids: dict[str, str] = {}
        for path in self.document["paths"]:
            if path.count("/") == 4 and "{" not in path:
                found = self.client.get(path, headers=self.headers).json()
                if rows := isinstance(found, dict) and found.get("data"):
                    self.ids[path.split("/")[3]] = str(rows[0].get("id", ""))

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (method.upper(), self.filled(path), operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if not path.startswith("/api/v1/schema")
        ]

    def filled(self, path: str) -> str:
        known = self.ids.get(path.split("/")[3], "none")
        return path.replace("{id}", known).replace("{pk}", known).replace("{external_id}", "account-x")

    def ask(self, method: str, path: str, body: str = "") -> Any:
        return self.client.generic(
            method, path, body.encode("utf-8", "surrogatepass"), "application/json", headers=self.headers
        )

    def shape(self, operation: dict[str, Any]) -> dict[str, Any]:
        content = operation.get("requestBody", {}).get("content", {})
        return self.example(content["application/json"]["schema"]) if "application/json" in content else {}

    def example(self, schema: dict[str, Any], name: str = "") -> Any:
        """A value that fits."""
        if "$ref" in schema:
            return self.example(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
        if choices := schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf"):
            return self.example(choices[0], name)
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema["type"][0] if isinstance(schema.get("type"), list) else schema.get("type", "string")
        if kind == "object":
            fields = schema.get("properties", {})
            return {key: self.example(field, key) for key, field in fields.items() if not field.get("readOnly")}
        if schema.get("format") == "uuid":
            return next((found for key, found in self.ids.items() if name and key.startswith(name)), MARK)
        return KINDS.get(schema.get("format", ""), PLAIN[kind])


@pytest.fixture
def api(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Api:
    for scope in api_settings.DEFAULT_THROTTLE_RATES:
        monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, scope, "1000000/hour")
    return Api()


def wrong(answer: Any) -> str:
    """What is wrong with an answer; nothing when it is a success or a proper problem."""
    if answer.status_code >= 500:
        return f"{answer.status_code}"
    if answer.status_code >= 400:
        if answer["Content-Type"] != "application/problem+json":
            return f"{answer.status_code} as {answer['Content-Type']}"
        problem = answer.json()
        if not {"type", "title", "status", "detail", "errors"} <= problem.keys():
            return f"{answer.status_code} without its members"
    return ""


def test_no_body_makes_it_fail(api: Api) -> None:
    chance, found, sent = random.Random(7), {}, 0
    for method, path, operation in api.operations():
        if method in ("GET", "DELETE"):
            continue
        shape = api.shape(operation)
        for _ in range(BODIES if shape else 3):
            body = dict(shape)
            for name in chance.sample(sorted(shape), min(len(shape), chance.choice((1, 1, 2)))):
                body[name] = f"{MARK}{chance.randrange(len(VALUES))}"
            if chance.random() < 0.1:
                body[chance.choice(("id", "is_admin", "__proto__", "a\x00b"))] = 1
            text = json.dumps(body)
            for place, value in enumerate(VALUES):
                text = text.replace(f'"{MARK}{place}"', value)
            sent += 1
            if words := wrong(api.ask(method, path, text)):
                found[f"{method} {path} {text[:300]}"] = words
    assert sent > 200
    assert found == {}


def test_what_is_no_object_is_said(api: Api) -> None:
    found = {}
    for method, path, operation in api.operations():
        for text in NO_OBJECTS if method in ("POST", "PUT", "PATCH") and api.shape(operation) else ():
            answer = api.ask(method, path, text)
            if (words := wrong(answer)) or (answer.status_code < 400 and text):
                found[f"{method} {path} {text[:20]}"] = words or answer.status_code
    assert found == {}


def test_no_parameter_makes_it_fail(api: Api) -> None:
    chance, found = random.Random(7), {}
    common = ("cursor", "limit", "sort", "fields", "expand", "unknown")
    for method, path, operation in api.operations():
        if method != "GET":
            continue
        names = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"} | set(common)
        for name in sorted(names):
            for value in chance.sample(VALUES, ADDRESSES):
                address = f"{path}?{name}={quote(as_text(value)[:6000])}"
                if words := wrong(api.ask("GET", address)):
                    found[address[:200]] = words
    assert found == {}


def test_no_id_makes_it_fail(api: Api) -> None:
    found = {}
    for path in api.document["paths"]:
        for value in VALUES if "{" in path else ():
            address = path.partition("{")[0] + quote(as_text(value)[:2000], safe="") + "/" + path.partition("}/")[2]
            for method in ("GET", "PATCH", "PUT", "DELETE", "POST"):
                if method.lower() in api.document["paths"][path] and (words := wrong(api.ask(method, address, "{}"))):
                    found[f"{method} {address[:200]}"] = words
    assert found == {}
