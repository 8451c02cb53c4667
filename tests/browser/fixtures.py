"""A real browser at a tenant's real pages: what the console says against a page fails its test."""

import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from cshub.embedded.browser import NONE_FOUND, find_browser
from cshub.embedded.folders import one_at_a_time

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]
NEEDS_BROWSER = {"browser", "page", "axe"}
PATIENCE = 10_000  # milliseconds until a page that does not come is an error


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser its tests are left out, and said so at the end; on the build server that is an error."""
    for item in items:
        if NEEDS_BROWSER & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
    wanted = [item for item in items if item.get_closest_marker("browser")]
    if not wanted or find_browser():
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{NONE_FOUND} {len(wanted)} browser tests cannot run.")
    items[:] = [item for item in items if item not in wanted]
    config.hook.pytest_deselected(items=wanted)
    config.stash[NOT_RUN] = len(wanted)


NOT_RUN = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A parallel test process tells the one that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["browser_tests_not_run"] = session.config.stash.get(NOT_RUN, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[NOT_RUN] = getattr(node, "workeroutput", {}).get("browser_tests_not_run", 0)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if count := config.stash.get(NOT_RUN, 0):
        terminalreporter.section("BROWSER TESTS NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{count} browser tests did not run. {NONE_FOUND}")


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line here; failures reach the test."""


@dataclass(frozen=True)
class Site:
    """The product, served on this machine for as long as the session lasts."""

    port: int

    def url(self, path: str = "/", *, tenant: str = "acme") -> str:
        return f"http://{tenant}.localhost:{self.port}{path}"


@pytest.fixture(scope="session")
def running_site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    settings.DATA_DIR.mkdir(exist_ok=True)
    with one_at_a_time(settings.DATA_DIR / "assets.lock"):
        call_command("build_assets", stdout=io.StringIO())
    with django_db_blocker.unblock():
        server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
        server.daemon_threads = True
        server.set_app(get_wsgi_application())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield Site(server.server_address[1])
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(running_site: Site, committed_acme: object) -> Site:
    """Acme's pages under `site.url("/accounts/")`. The test commits what it wants to see there."""
    return running_site


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv(
            "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
        )  # Playwright keeps an event loop in this thread; the tests are not asynchronous
        environment = os.environ | (
            {} if os.access(Path("~").expanduser(), os.W_OK) else {"HOME": tempfile.gettempdir()}
        )
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS, env=environment)
        yield chromium
        chromium.close()


@pytest.fixture
def console() -> list[str]:
    """Errors of the page as they come in, content security policy included. A test that provokes some clears the list."""
    return []


@pytest.fixture
def page(browser: Any, site: Site, console: list[str]) -> Iterator[Any]:
    """A new page in a profile of its own; `page.goto("/accounts/")` opens Acme's."""
    context = browser.new_context(base_url=site.url(""), reduced_motion="reduce", locale="en-US")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on(
        "console",
        lambda message: (
            console.append(f"{message.text} ({message.location.get('url')})") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: console.append(str(error)))
    yield page
    context.close()
    assert not console, "The browser's console: " + "\n".join(console)


@pytest.fixture
def axe() -> Callable[..., None]:
    """`axe(page)` fails on any violation of WCAG 2.2 A and AA that the axe rules can see."""
    from axe_playwright_python.sync_playwright import Axe

    def check(
        page: Any, *, rules: tuple[str, ...] = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
    ) -> None:
        options = {
            "runOnly": {"type": "tag", "values": list(rules)},
            "preload": False,  # reading imported sheets again would add inline styles, which the policy refuses
        }
        found = Axe().run(page, options=options).response["violations"]
        told = [
            f"{rule['id']}: {rule['help']}\n    " + "\n    ".join(node["html"] for node in rule["nodes"])
            for rule in found
        ]
        assert not told, "\n".join(told)

    return check
