"""What a browser does with a page: find a form, keep its values, send it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from cshub.users.models import User
from tests.cast import PASSWORD


@dataclass
class Form:
    """One form of a page: where it goes, and what it would send as it stands."""

    action: str
    values: dict[str, Any] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.select = self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif not self.forms:
            return
        elif tag == "input" and given.get("name"):
            self._input(given)
        elif tag == "select":
            self.select = given.get("name") or ""
        elif tag == "option" and self.select:
            if "selected" in given or self.select not in self.forms[-1].values:
                self.forms[-1].values[self.select] = given.get("value") or ""
        elif tag == "textarea":
            self.textarea = given.get("name") or ""
            self.forms[-1].values[self.textarea] = ""

    def _input(self, given: dict[str, str | None]) -> None:
        if given.get("type") not in ("checkbox", "radio", "submit", "file") or "checked" in given:
            self.forms[-1].values[str(given["name"])] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.forms[-1].values[self.textarea] += data.lstrip("\n")


def form_on(page: Any, action_ends: str = "", *, with_field: str = "") -> dict[str, Any]:
    """The values of the first form that goes there, or has that field."""
    parser = _Forms()
    parser.feed(page.content.decode())
    for form in parser.forms:
        if form.action.endswith(action_ends) and (not with_field or with_field in form.values):
            return form.values
    raise AssertionError(f"No form to …{action_ends} with {with_field!r} on this page.")


def sign_in(user: User, host: str = "acme.testserver") -> Client:
    """A browser in which somebody signed in through the page."""
    client = Client(headers={"host": host})
    answer = client.post("/sign-in/", {"username": user.email, "email": user.email, "password": PASSWORD})
    assert answer.status_code == 302, form_on(answer)
    return client


def text_of(page: HttpResponse) -> str:
    return page.content.decode()


def said(client: Client, path: str, data: dict[str, Any] | None = None) -> str:
    """The page one lands on after sending a form, as text."""
    answer = client.post(path, data or {}, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return text_of(answer)
