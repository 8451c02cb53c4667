"""What the shell of every page shows: where one can go, who one is, and how the page looks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from cshub.users.models import User
from cshub.web.people import initials
from cshub.web.queries.shell import ShellFacts, shell_facts

EVERYONE = frozenset({"csm", "agent", "manager", "finance", "admin"})
CUSTOMER_WORK = EVERYONE - {"finance"}
PROOF = EVERYONE - {"agent"}
LINKED_VIEWS = 8
THEMES = ("light", "dark", "auto")
URLS = ("sign_in", "sign_out", "profile", "search", "job_card", "set_language")


@dataclass(frozen=True)
class Entry:
    """A place in the navigation; it appears once its URL exists, to the roles that may go there."""

    url_name: str
    label: Promise
    icon: str
    section: str  # the part of the product that keeps it marked as current
    roles: frozenset[str] = EVERYONE
    on_phone: bool = False


@dataclass(frozen=True)
class Group:
    heading: Promise | str
    entries: tuple[Entry, ...]


NAVIGATION = (
    Group(
        "",
        (
            Entry("inbox", _("Inbox"), "inbox", "inbox", CUSTOMER_WORK, on_phone=True),
            Entry("accounts", _("Accounts"), "building-2", "accounts", on_phone=True),
            Entry("contacts", _("People"), "users", "contacts"),
            Entry("renewals", _("Renewals"), "calendar-clock", "renewals", on_phone=True),
            Entry("portfolio", _("Portfolio"), "chart-pie", "portfolio"),
            Entry("value_settings", _("Customer value"), "coins", "value", PROOF),
            Entry("segments", _("Segments"), "funnel", "segments"),
            Entry("scorecards", _("Health model"), "sliders-horizontal", "scorecards"),
        ),
    ),
    Group(
        _("Proactive work"),
        (
            Entry("playbooks", _("Playbooks"), "route", "playbooks"),
            Entry("surveys", _("Surveys and signals"), "message-square-heart", "surveys", CUSTOMER_WORK),
        ),
    ),
    Group(
        _("Proof"),
        (
            Entry("impact", _("Impact ledger"), "scale", "impact", PROOF),
            Entry("backtest", _("Is the score honest?"), "target", "health"),
            Entry("experiments", _("Experiments"), "flask-conical", "experiments", PROOF),
            Entry("reports", _("Reports"), "file-chart-column", "reports", PROOF, on_phone=True),
        ),
    ),
)
TOOLS = (
    Entry("imports", _("Import"), "upload", "import", CUSTOMER_WORK),
    Entry("integrations", _("Integrations"), "plug", "integrations", CUSTOMER_WORK),
    Entry("data_quality", _("Data quality"), "badge-check", "data-quality"),
    Entry("events", _("Events"), "activity", "events", CUSTOMER_WORK),
    Entry("jobs", _("Jobs"), "list-checks", "jobs"),
    Entry("settings", _("Settings"), "settings", "settings"),
    Entry("admin:index", _("Administration"), "shield", "admin", frozenset({"admin", "manager"})),
)


@dataclass(frozen=True)
class Link:
    label: Promise | str
    icon: str
    url: str
    is_current: bool
    on_phone: bool = False
    count: int | Callable[[], int | None] | None = None  # templates call it, so a page without navigation asks nothing
    is_hot: bool = False


@dataclass(frozen=True)
class LinkGroup:
    heading: Promise | str
    links: tuple[Link, ...]


class Waiting:
    """What only the database knows, read when a template first shows it: one query, and none for parts of pages."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def _facts(self) -> ShellFacts:
        return shell_of(self._request)

    def due_count(self) -> int | None:
        return self._facts.due_count or None

    def views(self) -> tuple[Link, ...]:
        """The saved lists of this person, as links."""
        url = _url("accounts")
        here = sorted(self._request.GET.items()) if self._request.path == url else None
        return tuple(
            Link(view.name, "star", f"{url}?{view.query}", sorted(parse_qsl(view.query)) == here)
            for view in self._facts.views[:LINKED_VIEWS]
        )


def shell_of(request: HttpRequest) -> ShellFacts:
    """What only the database knows about the frame, read once a request, by whoever asks first."""
    kept: ShellFacts | None = getattr(request, "_shell_facts", None)
    if kept is None:
        user = getattr(request, "user", None)
        kept = shell_facts(user) if isinstance(user, User) else ShellFacts(0, ())
        request._shell_facts = kept  # type: ignore[attr-defined]
    return kept


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` for templates/base.html; answers without a query of its own, see Waiting."""
    return {"shell": shell(request)}


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    waiting = Waiting(request)
    groups = tuple(group for group in (_links(group, request, user, waiting) for group in NAVIGATION) if group.links)
    tools = _links(Group("", TOOLS), request, user, waiting).links
    return {
        "groups": groups,
        "tools": tools,
        "views": waiting.views,
        "phone": tuple(link for group in groups for link in group.links if link.on_phone)[:4],
        "theme": _theme(request, user),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "single_keys": "off" if getattr(user, "shortcuts_on", True) is False else "on",
        "workspace": getattr(getattr(request, "tenant", None), "name", "") or "cshub",
        "user_name": _name(user),
        "user_initials": initials(_name(user)),
        "urls": {name: _url(name) for name in URLS},
        "here": request.get_full_path(),
    }


def shown_by(shell: dict[str, Any]) -> tuple[Any, ...]:
    """All that the frame of a page shows, for keeping it: links with their counts, views, who one is, and how the page looks."""
    links = [link for group in shell["groups"] for link in group.links]
    counts = [link.count() for link in links if callable(link.count)]
    return (
        tuple((link.url, link.is_current) for link in (*links, *shell["tools"])),
        tuple((link.url, link.label, link.is_current) for link in shell["views"]()),
        *counts,
        *(shell[name] for name in ("theme", "dir", "workspace", "user_name")),
        tuple(shell["urls"].values()),
    )


def _links(group: Group, request: HttpRequest, user: Any, waiting: Waiting) -> LinkGroup:
    links = []
    for entry in group.entries:
        url = _url(entry.url_name)
        if url and _may_see(user, entry):
            count = waiting.due_count if entry.url_name == "inbox" else None
            is_current = _is_current(entry, url, request)
            links.append(
                Link(entry.label, entry.icon, url, is_current, entry.on_phone, count, is_hot=count is not None)
            )
    return LinkGroup(group.heading, tuple(links))


def _url(name: str) -> str:
    return _address(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=500)
def _address(name: str, urlconf: str, _prefix: str) -> str:
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return ""


def _may_see(user: Any, entry: Entry) -> bool:
    if user is None or not getattr(user, "is_authenticated", False):
        return False
    if callable(decide := getattr(user, "can_see", None)):
        return bool(decide(entry))
    return getattr(user, "is_superuser", False) or getattr(user, "role", "") in entry.roles


def _is_current(entry: Entry, url: str, request: HttpRequest) -> bool:
    match = getattr(request, "resolver_match", None)
    if match and (match.url_name == entry.url_name or entry.section in match.namespaces):
        return True
    return request.path == url or (url != "/" and request.path.startswith(url))


def _theme(request: HttpRequest, user: Any) -> str:
    """This device's choice first, then the person's, then the system's."""
    for chosen in (request.COOKIES.get("theme", ""), getattr(user, "theme", "")):
        if chosen in THEMES:
            return chosen
    return "auto"


def _name(user: Any) -> str:
    if user is None or not getattr(user, "is_authenticated", False):
        return ""
    return getattr(user, "name", "") or getattr(user, "email", "") or str(user)
