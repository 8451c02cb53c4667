"""What a browser does with a page: find a form, keep its values, send it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.test import Client

from cshub.users.models import User
from tests.cast import PASSWORD

UNSENT = ("checkbox", "radio", "submit", "file")


@dataclass
class Form:
    """One form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str = "get"
    values: dict[str, Any] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.select = self.textarea = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif self.forms and tag == "option":
            self._option(given)
        elif self.forms and given.get("name"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given["name"]
        if tag in ("input", "select", "textarea", "button"):
            form.names.append(name)
        if tag == "input" and (given.get("type") not in UNSENT or "checked" in given):
            form.values[name] = given.get("value", "")
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.textarea = name
            form.values[name] = ""

    def _option(self, given: dict[str, str]) -> None:
        if self.select and ("selected" in given or self.select not in self.forms[-1].values):
            self.forms[-1].values[self.select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.forms[-1].values[self.textarea] += data.lstrip("\n")


def forms_on(page: Any, method: str) -> list[Form]:
    """Every form of a page that is sent this way."""
    parser = _Forms()
    parser.feed(page.content.decode())
    return [form for form in parser.forms if form.method == method]


def links_on(page: Any, path: str) -> set[str]:
    """Names of the parameters that a page's links to itself carry."""
    parser = _Forms()
    parser.feed(page.content.decode())
    own = (urlsplit(link) for link in parser.links)
    return {name for link in own if link.path in ("", path) for name in parse_qs(link.query)}


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
