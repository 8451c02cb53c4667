"""The OpenAPI document is whole, and its reference works behind a strict policy."""

from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from cshub.api.problems import MEDIA_TYPE
from cshub.tenancy.models import Tenant
from tests import cast

RESOURCES = ("users", "api_keys", "audit_events", "jobs")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def of_the_kit(document: dict[str, Any]) -> dict[str, Any]:
    return {path: methods for path, methods in document["paths"].items() if path.split("/")[3] in RESOURCES}


def test_it_is_openapi_3_1_and_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate_schema(document)


def test_it_is_made_without_a_warning_for_the_kit(document: dict[str, Any]) -> None:
    said = [
        text
        for text in [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache]
        if "/cshub/" in str(text) or "cshub." in str(text)
    ]
    assert said == []


def test_every_route_says_its_problems(document: dict[str, Any]) -> None:
    paths = of_the_kit(document)
    assert len(paths) == 8
    for path, methods in paths.items():
        for method, operation in methods.items():
            problems = {
                code for code, response in operation["responses"].items() if MEDIA_TYPE in response.get("content", {})
            }
            assert {"401", "403", "429", "500", "503"} <= problems, (path, method)
            assert ("404" in problems) == ("{" in path), (path, method)
            assert operation["security"] == [{"key": []}, {"session": []}]


def test_lists_say_their_parameters_and_shape(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/users/"]["get"]
    assert {"limit", "cursor", "sort", "fields", "role", "role__in", "name__icontains"} <= {
        parameter["name"] for parameter in operation["parameters"]
    }
    page = document["components"]["schemas"]["PaginatedUserList"]
    assert page["required"] == ["data", "has_more", "next_cursor"]


def test_the_reference_loads_nothing_from_elsewhere_and_nothing_inline(acme: Tenant, client: Any) -> None:
    client.force_login(cast.ada())
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "<style" not in text
    assert " style=" not in text
    assert "//" not in text.replace("<!doctype", "").replace("://testserver", "")
    assert all(tag.startswith(' src="/') for tag in text.split("<script")[1:])
    script = client.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/").json()["resources"]["users"].endswith("/api/v1/users/")


def test_the_examples_of_the_guide_are_the_code_that_runs(checkout: Path) -> None:
    guide = (checkout / "docs" / "api-kit.md").read_text()
    blocks = guide.split("```python\n")[1:4]
    sources = ("cshub/api/resources/users.py", "cshub/users/access.py", "cshub/api/resources/api_keys.py")
    for block, source in zip(blocks, sources, strict=True):
        lines = [line.strip() for line in block.partition("```")[0].strip().splitlines() if line.strip()]
        code = [line.strip() for line in (checkout / source).read_text().splitlines()]
        assert [line for line in lines if line not in code] == []
