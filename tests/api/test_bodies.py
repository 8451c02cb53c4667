"""Bodies: whatever is wrong is named with a pointer and a remedy, and nothing answers 500."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError, ValidationError

from cshub.api.parsers import parse_json
from cshub.api.problems import PROBLEMS
from cshub.api.serializers import MoneyField, StrictSerializer
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from tests import cast
from tests.api.conftest import Api

NEW = {"email": "new@acme.example", "name": "New", "role": "csm"}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"x": {"b": 1, "b": 2}}', "'b' stands twice"),
        (b"[NaN]", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 10_000 + b"]", "more than 40 digits"),
        (b'["a\\u0000b"]', "NUL"),
        (b'{"a\\u0000": 1}', "NUL"),
        (b'["\\ud800"]', "half of a surrogate pair"),
        (b"\xff", "not UTF-8"),
        (b'{"a": ', "at line 1, column"),
        (b"", "not JSON"),
        (b"[" * 33 + b"]" * 33, "more than 32 levels"),
        (b"[" * 100_000, "more than 32 levels"),
        (b"\xef\xbb\xbf{}", "not JSON"),
    ],
)
def test_json_that_would_be_misread_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_json(raw)
    assert words in str(refused.value.detail)


@pytest.mark.parametrize(
    "raw", [b'"\\ud83d\\ude00"', b"[1, -0.5, 1e10, true, null]", '{"ü": "\u202eא"}'.encode(), b"[" * 31 + b"]" * 31]
)
def test_json_that_is_odd_but_right_is_read(raw: bytes) -> None:
    parse_json(raw)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({**NEW, "nmae": "x"}, "/nmae", "unknown_field"),
        ({**NEW, "is_active": True}, "/is_active", "read_only"),
        ({**NEW, "id": "x"}, "/id", "read_only"),
        ({**NEW, "a/b~c": 1}, "/a~1b~0c", "unknown_field"),
        ({**NEW, "role": "king"}, "/role", "invalid_choice"),
        ({**NEW, "email": "no address"}, "/email", "invalid"),
        ({**NEW, "name": ["x"]}, "/name", "invalid"),
        ({**NEW, "name": 5}, "/name", "invalid"),
        ({**NEW, "email": 1.5}, "/email", "invalid"),
        ({**NEW, "team": "00000000-0000-7000-8000-000000000000"}, "/team", "does_not_exist"),
        ({**NEW, "team": 7}, "/team", "does_not_exist"),
        ({"email": "a@b.example", "role": "csm"}, "/name", "required"),
        ([NEW], "", "invalid"),
        ("text", "", "invalid"),
        (None, "", "null"),
        ({**NEW, "name": "x" * 1_000_000}, "/name", "max_length"),
    ],
)
def test_every_wrong_value_is_pointed_at(acme: Tenant, api: Api, body: Any, pointer: str, code: str) -> None:
    raw = b"null" if body is None else None
    response = api("post", "/api/v1/users/", cast.ivy(), raw or body)
    assert response.status_code == 400
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in response.json()["errors"]}
    assert not User.objects.filter(email="new@acme.example").exists()


def test_all_that_is_wrong_is_said_at_once(acme: Tenant, api: Api) -> None:
    response = api("post", "/api/v1/users/", cast.ivy(), {"nmae": "x", "role": "king", "id": 1})
    assert {error["pointer"] for error in response.json()["errors"]} == {"/nmae", "/role", "/id", "/email", "/name"}
    assert "Did you mean name?" in response.content.decode()


def test_a_refusal_of_a_verb_is_409_with_its_field(acme: Tenant, api: Api) -> None:
    response = api("post", "/api/v1/users/", cast.ivy(), {**NEW, "email": "IVY@acme.example"})
    assert response.status_code == 409
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/email", "email_taken")


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("get", "/api/v1/nothing/", {}, 404, "not_found"),
        ("get", "/api/nothing", {}, 404, "not_found"),
        ("get", "/api/v1/users/not-an-id/", {}, 404, "not_found"),
        ("get", "/api/v1/users/00000000-0000-7000-8000-000000000000/", {}, 404, "not_found"),
        ("delete", "/api/v1/users/", {}, 405, "method_not_allowed"),
        ("post", "/api/v1/jobs/", {}, 405, "method_not_allowed"),
        ("get", "/api/v1/users/", {"Accept": "text/csv"}, 406, "not_acceptable"),
        ("post", "/api/v1/users/", {"Content_Type": "text/plain"}, 415, "unsupported_media_type"),
    ],
)
def test_every_error_is_a_problem(
    acme: Tenant, api: Api, method: str, path: str, more: dict[str, str], status: int, code: str
) -> None:
    body = NEW if method == "post" else None
    response = api(method, path, cast.ivy(), body, **more)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == f"/api/docs/errors/{code}/"
    assert set(response.json()) == {"type", "title", "status", "detail", "instance", "errors"}


def test_a_form_is_no_json(acme: Tenant, client: Any) -> None:
    client.raise_request_exception = False
    for more in ({}, {"Idempotency-Key": "x"}):
        assert (
            client.post(
                "/api/v1/users/", NEW, headers={**cast.ivy(of=cast.person(f"I{len(more)}", "admin")), **more}
            ).status_code
            == 415
        )


def test_a_body_that_is_too_large_is_413(acme: Tenant, api: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    headers = cast.ivy()
    big = {**NEW, "name": "x" * 2000}
    assert api("post", "/api/v1/users/", headers, big).status_code == 413
    assert api("post", "/api/v1/users/", headers, big, Idempotency_Key="x").status_code == 413


def test_a_bug_is_500_without_a_trace(acme: Tenant, api: Api, monkeypatch: Any) -> None:
    from cshub.api.resources.users import UserViewSet

    monkeypatch.setattr(UserViewSet, "create_row", lambda self, data: 1 / 0)
    response = api("post", "/api/v1/users/", cast.ivy(), NEW)
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert "ZeroDivision" not in response.content.decode()


def test_every_kind_of_problem_has_a_page(acme: Tenant, client: Any) -> None:
    for code, problem in PROBLEMS.items():
        assert escape(problem.title) in client.get(f"/api/docs/errors/{code}/").content.decode()
    assert client.get("/api/docs/errors/").status_code == 200
    assert client.get("/api/docs/errors/nothing/").status_code == 404


class Deal(StrictSerializer):
    """Something with money."""

    value = MoneyField(amount="arr", currency="currency")


def test_money_goes_in_and_out_as_text() -> None:
    deal = Deal(data={"value": {"amount": "186000.00", "currency": "EUR"}})
    assert deal.is_valid()
    assert deal.validated_data == {"arr": Decimal("186000.00"), "currency": "EUR"}
    assert Deal({"arr": Decimal("1.5"), "currency": "PLN"}).data == {"value": {"amount": "1.50", "currency": "PLN"}}


@pytest.mark.parametrize(
    "value",
    [1, "1.00", None, {}, {"amount": "1"}, *({"amount": amount, "currency": "EUR"} for amount in (1, 1.0, "1,00", "NaN", "1e5", "1.001", "٣", "9" * 16, " 1")),
     *({"amount": "1", "currency": currency} for currency in ("eur", "EURO", "", None, "ЕUR")), {"amount": "1", "currency": "EUR", "more": 1}],
)  # fmt: skip
def test_money_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Deal(data={"value": value}).is_valid(raise_exception=True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["email", "name", "role", "team", "x"]), below, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=anything, key=st.none() | st.text(alphabet="abc", min_size=1, max_size=2))
def test_whatever_the_body_it_answers_without_failing(acme: Tenant, api: Api, body: Any, key: str | None) -> None:
    asks = User.objects.filter(name="Ivy").first() or cast.person("Ivy", "admin")
    more = {"Idempotency_Key": key} if key else {}
    assert api(
        "post", "/api/v1/users/", cast.ivy(of=asks), body if body is not None else b"null", **more
    ).status_code in {201, 400, 409, 422}
