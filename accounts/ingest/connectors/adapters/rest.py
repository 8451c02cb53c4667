"""Reads rows from a web service that answers JSON, page by page, from where the last reading ended."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ingest.connectors.adapters.adapter import CHOICE, WHOLE, Adapter, Option, Page, Source
from accounts.ingest.connectors.adapters.paths import at, by_path
from cshub.net.addresses import CannotReach
from cshub.net.fetch import fetch as ask

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PAGES = 10_000
SHOWN = 200

OPTIONS = (
    Option("address", gettext_lazy("Address"), needed=True, help=gettext_lazy("For example https://crm.example.com/api/customers")),
    Option("rows", gettext_lazy("Where the rows stand in the answer"), help=gettext_lazy("For example data.items. Empty: the answer is the list itself.")),
    Option("authentication", gettext_lazy("How it knows us"), CHOICE, default="bearer", choices=(
        ("none", gettext_lazy("Not at all")), ("bearer", gettext_lazy("Bearer token")), ("basic", gettext_lazy("User and password (user:password)")),
        ("header", gettext_lazy("A header of its own")),
    )),
    Option("header", gettext_lazy("Name of that header"), help=gettext_lazy("Only for “A header of its own”, for example X-Api-Key.")),
    Option("paging", gettext_lazy("How it turns pages"), CHOICE, default="none", choices=(
        ("none", gettext_lazy("Everything in one answer")), ("number", gettext_lazy("Page number")), ("next", gettext_lazy("The answer holds the next address")),
        ("cursor", gettext_lazy("The answer holds a cursor")),
    )),
    Option("page_parameter", gettext_lazy("Name of the page or cursor parameter"), default="page"),
    Option("next", gettext_lazy("Where the next address or cursor stands"), help=gettext_lazy("For example paging.next.cursor")),
    Option("changed", gettext_lazy("Field that says when a row changed"), help=gettext_lazy("Then only rows changed since the last reading are asked for.")),
    Option("since_parameter", gettext_lazy("Parameter for “changed since”"), help=gettext_lazy("For example updated_since")),
    Option("page_size", gettext_lazy("Rows a page at most"), WHOLE, default=1000, lowest=1, highest=5000),
)  # fmt: skip


def fetch(source: Source, cursor: dict[str, Any]) -> Iterator[Page]:
    """The pages behind `cursor` ({"since": highest change seen, "resume": address of the next page}).

    A reading that stopped in the middle goes on at `resume`; only a reading that came to its end moves `since`.
    """
    options = source.options
    since, highest = cursor.get("since", ""), cursor.get("highest") or cursor.get("since", "")
    address, number = cursor.get("resume") or _first(options, since), int(cursor.get("number", 1))
    for _page in range(MOST_PAGES):
        answer = _ask(source, address)
        rows = _rows(answer, options)
        highest = max([highest, *_changes(rows, options)])
        following = _following(answer, rows, address, number, options)
        if not following or not rows:
            yield Page(tuple(rows), {"since": highest} if highest else {})
            return
        address, number = following, number + 1
        yield Page(tuple(rows), {"since": since, "highest": highest, "resume": address, "number": number})
    raise CannotReach(_("There are more than %(count)s pages. Make the pages larger.") % {"count": MOST_PAGES})


def _ask(source: Source, address: str) -> Any:
    if urlsplit(address).netloc != urlsplit(source.options["address"]).netloc:
        raise CannotReach(
            _("The next page is at another server (%(address)s). The secret is not sent there.")
            % {"address": address[:SHOWN]}
        )
    answer = ask(address, headers={"Accept": "application/json", **_authentication(source)})
    if answer.status in {401, 403}:
        raise CannotReach(
            _("The server refuses the secret (%(status)s). Enter a valid one.") % {"status": answer.status}
        )
    if answer.status != 200:
        raise CannotReach(
            _("The server answered %(status)s at %(address)s. Check the address, or try again later.")
            % {"status": answer.status, "address": address[:SHOWN]}
        )
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise CannotReach(
            _("The answer is not JSON: %(start)s") % {"start": answer.body[:SHOWN].decode(errors="replace")}
        ) from error


def _authentication(source: Source) -> dict[str, str]:
    match source.options.get("authentication"):
        case "bearer":
            return {"Authorization": f"Bearer {source.secret}"}
        case "basic":
            return {"Authorization": "Basic " + base64.b64encode(source.secret.encode()).decode()}
        case "header":
            return {source.options["header"]: source.secret}
    return {}


def _first(options: Any, since: str) -> str:
    added = {}
    if since and options.get("since_parameter"):
        added[options["since_parameter"]] = since
    if options.get("paging") == "number":
        added[options["page_parameter"]] = "1"
    return _with(options["address"], added)


def _following(answer: Any, rows: list[dict[str, Any]], address: str, number: int, options: Any) -> str:
    """The address of the next page, or nothing at the end."""
    match options.get("paging"):
        case "number":
            return _with(address, {options["page_parameter"]: str(number + 1)}) if rows else ""
        case "next":
            found = at(answer, options["next"])
            return urljoin(address, found) if isinstance(found, str) and found else ""
        case "cursor":
            found = at(answer, options["next"])
            return _with(address, {options["page_parameter"]: str(found)}) if found else ""
    return ""


def _rows(answer: Any, options: Any) -> list[dict[str, Any]]:
    rows = at(answer, options.get("rows", ""))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CannotReach(
            _("There is no list of rows at “%(path)s”. The answer has: %(keys)s.")
            % {
                "path": options.get("rows", ""),
                "keys": ", ".join(list(answer)[:20]) if isinstance(answer, dict) else type(answer).__name__,
            },
            field="rows",
        )
    return rows


def _changes(rows: list[dict[str, Any]], options: Any) -> list[str]:
    path = options.get("changed", "")
    return [str(value) for row in rows if path and (value := at(row, path)) is not None]


def _with(address: str, added: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **added}
    return urlunsplit(parts._replace(query=urlencode(query)))


REST = Adapter(
    "rest",
    OPTIONS,
    gettext_lazy("Token or password"),
    ("accounts", "contacts", "contracts", "orders", "invoices", "usage", "surveys", "tickets", "interactions"),
    fetch,
    by_path,
)
