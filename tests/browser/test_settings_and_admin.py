"""Settings, jobs, the decision about a renewal and the admin site in a real browser: no rule of axe is broken, nothing is too wide,
paper shows no navigation, and forced colors keep focus and buttons."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Renewal
from cshub.users.models import User
from cshub.users.services import issue_key
from cshub.work import jobs
from playbooks.models import PlaybookVersion
from tests import cast
from tests.accounts import make
from tests.browser.test_pages_of_accounts import assert_clean, sign_in
from tests.playbooks import make as work

NOW = cast.clock()
LONG = "Nightly export of the Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter"


@pytest.fixture
def root(site: Any, page: Any) -> User:
    """Root, signed in; jobs in every state, a key with a long name, a renewal due, and a version that waits for approval."""
    cache.clear()
    user = cast.root()
    sign_in(page, site, user)
    issue_key(user=user, name=LONG, scopes=["read"], by=user, as_of=NOW)
    for title in ("Waiting", "Running", "Failed", LONG):
        job = jobs.queue_job(kind="ingest.check", title=f"{title}.csv", by=user, as_of=NOW)
        if title != "Waiting":
            jobs.start_job(job, as_of=NOW, total_count=50)
        if title == "Failed":
            jobs.fail_job(job, error="Row 12 has more cells than the header. Upload it again.", as_of=NOW)
    yesterday = NOW.date() - timedelta(days=1)
    northwind = make.account(name="Northwind", owner=user)
    make.renewal(make.contract(northwind, ends_on=yesterday, starts_on=yesterday - timedelta(days=365)))
    work.submitted(name="Renewal runway")
    return user


def pages(user: User) -> list[str]:
    renewal, version = Renewal.objects.get(), PlaybookVersion.objects.get()
    return [
        reverse("profile"),
        reverse("settings_members"),
        reverse("settings_member", args=[user.pk]),
        reverse("settings_api_keys"),
        reverse("settings_mail"),
        reverse("settings_audit"),
        reverse("jobs"),
        reverse("account", args=[renewal.account_id]),
        reverse("renewal_decision", args=[renewal.account_id, renewal.pk]),
        reverse("admin:index"),
        reverse("admin:accounts_account_changelist"),
        reverse("admin:users_user_change", args=[user.pk]),
        reverse("admin:playbooks_playbookversion_change", args=[version.pk]),
    ]


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(1440, "light", "en"), (1440, "dark", "fa"), (390, "dark", "en"), (390, "light", "fa")],
)
def test_every_page_is_clean(
    page: Any, axe: Callable[..., None], root: User, width: int, scheme: str, language: str
) -> None:
    User.objects.update(language=language)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for path in pages(root):
        assert_clean(page, axe, path)


def test_paper_shows_what_was_asked_for_and_no_navigation(page: Any, root: User) -> None:
    page.set_viewport_size({"width": 700, "height": 990})
    page.emulate_media(media="print", color_scheme="dark")
    for path in pages(root):
        page.goto(path)
        for chrome in (".c-side-nav", ".c-bottom-bar", ".c-bar", "#nav-sidebar", "#header"):
            assert not any(each.is_visible() for each in page.locator(chrome).all()), (path, chrome)
        if "/admin/" not in path:
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", path


def test_forced_colors_keep_the_edges_of_buttons_and_the_focus(page: Any, root: User) -> None:
    page.emulate_media(forced_colors="active")
    for path in (reverse("settings_api_keys"), reverse("jobs"), reverse("settings_members")):
        page.goto(path)
        edges = "[...document.querySelectorAll('main .c-button')].map((e) => parseFloat(getComputedStyle(e).borderTopWidth))"
        widths = page.evaluate(edges)
        assert widths, path
        assert min(widths) >= 1, path
        page.locator("main .c-button").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2, path


def test_less_motion_means_none(page: Any, root: User) -> None:
    page.goto(reverse("jobs"))
    moving = "[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).animationName !== 'none').length"
    assert page.evaluate(moving) == 0


def test_the_command_key_is_the_one_of_this_machine(page: Any, root: User) -> None:
    page.goto(reverse("jobs"))
    assert page.locator(".c-palette-button kbd").inner_text() == "Ctrl K"
