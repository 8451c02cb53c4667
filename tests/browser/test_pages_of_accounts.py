"""Inbox, accounts and account page in a real browser: nothing for axe, nothing on the console, nothing too wide; and worked by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts import services
from accounts.models import Account
from cshub.users.models import User
from playbooks.models import Task
from tests import cast
from tests.accounts import make
from tests.playbooks import make as work

NOW = cast.clock()
LONG = "Zjednoczone Zakłady Przetwórstwa Rolno-Spożywczego Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def sign_in(page: Any, site: Any, user: User) -> None:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site.url("/")}]
    )


@pytest.fixture
def ada(site: Any, page: Any) -> User:
    """Ada, signed in."""
    cache.clear()
    user = cast.ada()
    sign_in(page, site, user)
    return user


@pytest.fixture
def book(ada: User) -> list[Account]:
    """Three accounts: at risk with a task and a long name, watched, and one of which nothing is known."""
    risky = make.account(name=LONG, owner=ada, domain="zaklady.example", segment="Enterprise", region="Poland")
    calm = make.account(name="Port Północny", owner=ada)
    unknown = make.account(name="=1+1", external_id="<b>")
    for account, arr, days in ((risky, 186_000, 54), (calm, 74_000, 9)):
        made = make.contract(
            account, arr=arr, ends_on=NOW.date() + timedelta(days=days), starts_on=NOW.date() - timedelta(300)
        )
        make.renewal(made)
    work.health(risky)
    work.health(calm, score=58, band="watch")
    make.interaction(risky, user=ada, occurred_at=NOW - timedelta(days=2), body="They asked for a recap.")
    make.interaction(risky, mode="reactive", channel="email", occurred_at=NOW - timedelta(days=4))
    make.survey_response(risky, score=2, verbatim="Why are we renewing this?", occurred_at=NOW - timedelta(days=1))
    marek = services.record_contact(
        account=risky, name="Marek Lis", email="marek@zaklady.example", role="champion", by=ada, as_of=NOW
    )
    services.revise_contact(marek, timezone="Europe/Warsaw", role="sponsor", by=ada, as_of=NOW)
    services.record_consent(marek, channel="email", state="granted", source="Order form", by=ada, as_of=NOW)
    services.record_consent(marek, channel="email", state="withdrawn", by=ada, as_of=NOW)
    services.set_windows(marek, windows=[(0, time(9), time(12))], by=ada, as_of=NOW)
    services.move_stage(risky, to_stage="onboarding", by=ada, as_of=NOW)
    services.set_parent(calm, parent=risky, by=ada, as_of=NOW)
    services.attach_file(account=risky, contact=marek, content=ContentFile(b"a"), file_name="a.txt", by=ada, as_of=NOW)
    services.create_custom_field(subject="account", key="seats", label="Seats", kind="number", by=ada, as_of=NOW)
    work.transition(risky, occurred_at=NOW - timedelta(days=1))
    work.task(
        risky, title="Call the sponsor", due_on=NOW.date(), owner=ada, as_of=NOW, instructions="Ask what changed."
    )
    work.task(calm, title="Send the recap", due_on=NOW.date() + timedelta(days=1), owner=ada, as_of=NOW)
    return [risky, calm, unknown]


WIDEST = """() => [...document.querySelectorAll("body *")].filter(each => {
    const box = each.getBoundingClientRect();
    return box.width && (box.right > document.documentElement.clientWidth + 1 || box.left < -1);
}).slice(-3).map(each => each.outerHTML.slice(0, 160))"""


def assert_clean(page: Any, axe: Callable[..., None], path: str) -> None:
    page.goto(path)
    assert page.locator("h1").count() == 1, path
    axe(page)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{path} is {overflow} px too wide: {page.evaluate(WIDEST)}"


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "en"), (390, "dark", "fa"), (320, "light", "pl")]
)
def test_every_page_is_clean(
    page: Any, axe: Callable[..., None], ada: User, book: list[Account], width: int, scheme: str, language: str
) -> None:
    User.objects.update(language=language)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    task = Task.objects.first()
    assert task
    for path in (
        reverse("inbox"),
        f"{reverse('inbox')}?item={task.pk}",
        f"{reverse('inbox')}?view=snoozed",
        reverse("accounts"),
        f"{reverse('accounts')}?owner=me&health=risk&health=watch&sort=-arr",
        f"{reverse('accounts')}?q=nobody&renewal=soon",
        reverse("account_create"),
        *(reverse("account", args=[account.pk]) for account in book),
        reverse("account_note", args=[book[0].pk]),
        reverse("account_stage", args=[book[0].pk]),
        reverse("account_merge", args=[book[0].pk]),
        reverse("account_file", args=[book[0].pk]),
        reverse("contacts"),
        reverse("contact", args=[book[0].contacts.get().pk]),
        reverse("contact_windows", args=[book[0].contacts.get().pk]),
        reverse("contact_consent", args=[book[0].contacts.get().pk]),
    ):
        assert_clean(page, axe, path)


def test_the_dialogs_are_clean(page: Any, axe: Callable[..., None], ada: User, book: list[Account]) -> None:
    page.goto(reverse("accounts"))
    for key, dialog in (("f", "filters"), ("v", "save-view")):
        page.keyboard.press(key)
        page.wait_for_selector(f"#{dialog}[open]")
        axe(page)
        page.keyboard.press("Escape")
    page.goto(reverse("account", args=[book[0].pk]))
    for key, dialog in (("n", "note"), ("t", "add-task"), ("a", "assign")):
        page.keyboard.press(key)
        page.wait_for_selector(f"#{dialog}[open]")
        axe(page)
        page.keyboard.press("Escape")


def test_a_task_is_done_by_keys_alone(page: Any, axe: Callable[..., None], ada: User, book: list[Account]) -> None:
    page.goto(reverse("inbox"))
    page.keyboard.press("j")
    page.wait_for_url("**item=**")  # walking shows the row beside the list: E would act on it
    page.wait_for_selector("h2:has-text('Send the recap')")
    page.keyboard.press("k")
    page.wait_for_selector("h2:has-text('Call the sponsor')")
    page.keyboard.press("e")
    page.wait_for_selector("#task[open] input[name=minutes]")
    axe(page)
    page.fill("#task input[name=minutes]", "25")
    page.check("#task input[value=reached]")
    page.focus("#task input[name=minutes]")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('Send the recap')")
    assert Task.objects.get(title="Call the sponsor").state == "done"
    assert page.locator(".c-toast").count() == 1


def test_rows_are_chosen_and_assigned_by_keys_alone(
    page: Any, ada: User, book: list[Account], axe: Callable[..., None]
) -> None:
    ben = cast.ben()
    page.goto(f"{reverse('accounts')}?owner=me")
    for key in "jxjx":
        page.keyboard.press(key)
    assert page.locator("[data-selected-count]").inner_text() == "2"
    assert "260" in page.locator("[data-selected-sum]").inner_text()
    axe(page)
    page.keyboard.press("a")
    page.select_option("#assign select", str(ben.pk))
    page.click("#assign button.is-primary")
    page.wait_for_selector(".c-toast")
    assert Account.objects.filter(owner=ben).count() == 2


def test_a_note_is_written_in_its_dialog_and_stands_on_the_timeline(page: Any, ada: User, book: list[Account]) -> None:
    page.goto(reverse("account", args=[book[0].pk]))
    page.keyboard.press("n")
    page.keyboard.type("Spoke to Marek")  # the cursor stands in the first field
    page.check("#note input[value=proactive]")  # nobody is said to have started it unless somebody says so
    page.click("#note button.is-primary")
    page.wait_for_selector(".c-timeline h3:has-text('Spoke to Marek')")


def test_the_palette_finds_an_account(page: Any, ada: User, book: list[Account]) -> None:
    page.goto(reverse("inbox"))
    page.keyboard.press("Control+k")
    page.keyboard.type("port")
    page.wait_for_selector("[role=option]:has-text('Port Północny')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('account', args=[book[1].pk])}")


def test_the_inbox_works_without_scripts(browser: Any, site: Any, page: Any, ada: User, book: list[Account]) -> None:
    context = browser.new_context(base_url=site.url(""), java_script_enabled=False)
    context.add_cookies(page.context.cookies())
    plain = context.new_page()
    plain.goto(reverse("inbox"))
    plain.click("a.c-action.is-recommended")
    plain.fill("input[name=minutes]", "10")
    plain.check("input[value=not_needed]")
    plain.click("main button.is-primary")
    assert Task.objects.get(title="Call the sponsor").result == "not_needed"
    context.close()
