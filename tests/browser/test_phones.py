"""On a phone nothing scrolls sideways but what says so, and a cell whose heading is gone says what it is: every page of a small company is walked."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.urls import Resolver404, resolve

from accounts.ingest import services as imports
from accounts.models import Account
from cshub.demo.load import load
from cshub.tenancy import statistics
from cshub.users.services import issue_key
from cshub.work import jobs
from tests import cast
from tests.browser.test_pages_of_accounts import WIDEST, sign_in
from tests.ingest.files import check

NOW = cast.clock()
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
OF_EACH = 2  # pages of one kind: accounts differ in what they show
AT_LEAST = 60  # kinds of pages
NOT_PAGES = ("admin:", ".csv", "export", "attachment", "sign_out", "/api/")

OPEN = "document.querySelectorAll('details:not(.c-menu)').forEach(each => each.open = true)"
SCROLLING = """() => [...document.querySelectorAll('table')].filter(table => table.offsetParent).flatMap(table => {
    for (let box = table.parentElement; box; box = box.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX))
            return box.scrollWidth > box.clientWidth + 1 ? [table.outerHTML.slice(0, 120)] : [];
    return [];
})"""
NAMELESS = """() => [...document.querySelectorAll('table:not(.c-account-table, .c-forest, .c-waterfall)')].filter(table => table.offsetParent && table.tHead && getComputedStyle(table.tHead).display === 'none').flatMap(table => {
    const headings = [...table.tHead.rows[0].cells].map(cell => cell.querySelector('.u-visually-hidden') ? '' : cell.textContent.trim());
    return [...table.tBodies].flatMap(body => [...body.rows]).filter(row => ![...row.cells].some(cell => cell.colSpan > 1)).flatMap(row =>
        [...row.cells].slice(1).filter((cell, place) => cell.offsetParent && cell.textContent.trim() && headings[place + 1] && cell.dataset.label !== headings[place + 1])
            .map(cell => cell.outerHTML.slice(0, 120)));
})"""
LINKS = "[...document.querySelectorAll('main a[href], nav a[href]')].map(each => each.href)"


@pytest.fixture
def company(site: Any, page: Any) -> None:
    """A small company after half a year, and what its people add by hand; root is signed in."""
    cache.clear()
    load(accounts=24, months=7, seed=7, as_of=NOW)
    statistics.refresh_statistics("acme")
    root = cast.root()
    sign_in(page, site, root)
    issue_key(user=root, name=LONG, scopes=["read", "write"], by=root, as_of=NOW)
    jobs.queue_job(kind="ingest.check", title=f"{LONG}.csv", by=root, as_of=NOW)
    wrong = check(f"external id,name,customer since\nx-1,{LONG},2026-01-31\nx-2,{LONG},never\n", as_of=NOW)
    imports.import_batch(wrong, by=root, as_of=NOW)
    Account.objects.filter(pk=Account.objects.earliest("recorded_at").pk).update(name=LONG)


def test_nothing_scrolls_sideways_and_no_cell_loses_its_heading(page: Any, site: Any, company: None) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_default_navigation_timeout(60_000)  # the first page is drawn while nothing is warm
    seen: Counter[str] = Counter()
    wrong = []
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        name = kind_of(path)
        if not name or seen[name] >= OF_EACH:
            continue
        seen[name] += 1
        page.goto(path)
        page.evaluate(OPEN)
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0:
            wrong.append((path, "is too wide", page.evaluate(WIDEST)))
        wrong += [(path, "has a table that scrolls", table) for table in page.evaluate(SCROLLING)]
        wrong += [(path, "has a cell without its heading", cell) for cell in page.evaluate(NAMELESS)[:2]]
        waiting += [urlsplit(link).path for link in page.evaluate(LINKS) if link.startswith(site.url(""))]
    assert wrong == [], "\n".join(map(str, wrong))
    assert len(seen) >= AT_LEAST, sorted(seen)


def kind_of(path: str) -> str:
    """The name of the route of a page; empty where it is none."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    name = match.view_name or ""
    return "" if any(part in f"{name} {path}" for part in NOT_PAGES) else name
