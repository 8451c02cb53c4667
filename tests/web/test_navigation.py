"""The navigation shows what exists and what one may see, and asks the database nothing."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.urls import path

from cshub.web import navigation

urlpatterns = [
    path(name + "/", lambda request: None, name=name) for name in ("inbox", "accounts", "impact", "reports", "sign_out")
]  # type: ignore[list-item,misc]


def request(path: str = "/", **user: Any) -> HttpRequest:
    made = RequestFactory().get(path)
    made.user = SimpleNamespace(is_authenticated=True, **user)  # type: ignore[assignment]
    return made


def labels(made: HttpRequest) -> list[str]:
    return [str(link.label) for group in navigation.shell(made)["groups"] for link in group.links]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("csm", ["Inbox", "Accounts", "Impact ledger", "Reports"]),
        ("finance", ["Accounts", "Impact ledger", "Reports"]),
        ("agent", ["Inbox", "Accounts"]),
        ("", []),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_a_role_sees_its_places_and_only_pages_that_exist(role: str, seen: list[str]) -> None:
    assert labels(request(role=role)) == seen


@override_settings(ROOT_URLCONF=__name__)
def test_an_access_table_has_the_last_word() -> None:
    made = request(role="admin", can_see=lambda entry: entry.url_name == "accounts")
    assert labels(made) == ["Accounts"]


@override_settings(ROOT_URLCONF=__name__)
def test_the_place_one_is_in_is_marked() -> None:
    shell = navigation.shell(request("/accounts/7/", role="csm"))
    assert [str(link.label) for group in shell["groups"] for link in group.links if link.is_current] == ["Accounts"]


@override_settings(ROOT_URLCONF=__name__)
def test_nobody_sees_nothing() -> None:
    made = RequestFactory().get("/")
    shell = navigation.shell(made)
    assert shell["groups"] == ()
    assert shell["user_name"] == ""
    assert shell["urls"]["profile"] == ""


@pytest.mark.parametrize(
    ("cookie", "own", "theme"),
    [("dark", "light", "dark"), ("", "light", "light"), ("pink", "", "auto"), ("", "", "auto")],
)
@override_settings(ROOT_URLCONF=__name__)
def test_the_theme_of_this_device_comes_first(cookie: str, own: str, theme: str) -> None:
    made = request(role="csm", theme=own)
    made.COOKIES["theme"] = cookie
    assert navigation.shell(made)["theme"] == theme
