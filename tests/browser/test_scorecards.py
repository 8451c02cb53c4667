"""The editor of scorecards in a real browser: a weight is changed by keyboard and the preview follows; and the fields for days."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from health.services import score_accounts
from tests import cast
from tests.browser.test_pages_of_accounts import sign_in
from tests.health import make


def scored() -> Any:
    """One account, good by what it says and bad by how it rates us, healthy as long as the first weighs more."""
    nps, csat = make.measure(weight=9), make.measure("csat", "survey_csat", 1, 5)
    make.active_version(make.document(make.group(nps, csat)))
    found = make.account(name="Northwind")
    at = datetime.combine(timezone.localdate(), time(), UTC) - timedelta(days=2)
    make.answered(found, 10, at=at)
    make.answered(found, 1, kind="csat", at=at)
    score_accounts(as_of=at + timedelta(hours=1))
    return found


@pytest.mark.parametrize("width", [1280, 390])
def test_a_weight_is_changed_by_keyboard_and_the_preview_follows(site: Any, page: Any, axe: Any, width: int) -> None:
    cache.clear()
    sign_in(page, site, cast.grace())
    scored()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url(reverse("scorecard_create")))
    assert not page.is_visible("#g0m0-weight")
    page.wait_for_selector("text=0 of 1 accounts")

    page.focus("#g0m0-fold")
    page.keyboard.press("Enter")
    page.focus("#g0m0-weight")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.1")
    page.keyboard.press("Tab")

    page.wait_for_selector("text=1 of 1 accounts")
    assert page.is_visible("#g0m0-weight")  # it stayed unfolded
    assert page.evaluate("document.activeElement.name") == "g0m0-window"  # and the keyboard where it was
    assert not page.is_visible("#g0m1-weight")
    axe(page)

    page.fill("#g0m0-weight", "heavy")
    page.press("#g0m0-weight", "Tab")
    page.wait_for_selector("#g0m0-weight[aria-invalid=true]")
    axe(page)


def test_steps_by_tenure_are_fields_that_grow_as_they_are_filled(site: Any, page: Any, axe: Any) -> None:
    cache.clear()
    sign_in(page, site, cast.grace())
    scored()
    page.goto(site.url(reverse("scorecard_create")))
    page.click("#g0m0-fold")
    page.select_option("#g0m0-kind", "tenure")
    page.wait_for_selector("#g0m0t0-month")
    page.fill("#g0m0t0-below", "10")
    page.fill("#g0m0t0s0-from", "6")
    page.fill("#g0m0t0s0-points", "80")
    page.press("#g0m0t0s0-points", "Tab")
    page.wait_for_selector("#g0m0t0s1-from")  # an empty line for the next step
    page.wait_for_selector("#g0m0t1-month")  # and one for customers of a later month
    assert "tenure_months" in page.inner_text("#editor")  # what is still missing is said
    axe(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_steps_are_rows_that_are_added_and_taken_out_by_keyboard(site: Any, page: Any, axe: Any, width: int) -> None:
    cache.clear()
    sign_in(page, site, cast.grace())
    scored()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url(reverse("scorecard_create")))
    page.click("#g0m0-fold")
    page.select_option("#g0m0-kind", "step")
    page.wait_for_selector("#g0m0s0-from")
    page.fill("#g0m0-below", "10")
    page.focus("#g0m0s0-from")
    for text in ("3", "Tab", "50", "Tab"):
        page.keyboard.press(text) if text == "Tab" else page.keyboard.type(text)
    page.wait_for_selector("#g0m0s1-from")  # an empty row for the next step
    page.focus("#g0m0-more")
    page.keyboard.press("Enter")
    page.wait_for_selector("#g0m0s1-from:focus")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("90")
    page.keyboard.press("Tab")
    page.wait_for_selector("#g0m0s1-from[aria-invalid=true]")
    assert "each step has to start above the one before" in page.inner_text("#g0m0s1-from_error")
    axe(page)

    page.focus("tr:has(#g0m0s0-from) button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#g0m0s2-from", state="detached")
    assert (page.input_value("#g0m0s0-from"), page.input_value("#g0m0s0-points")) == ("2", "90")
    page.wait_for_selector("text=of 1 accounts")  # the preview is there again
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)


def test_steps_are_written_without_scripts(site: Any, browser: Any) -> None:
    cache.clear()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    sign_in(page, site, cast.grace())
    scored()
    page.goto(site.url(reverse("scorecard_create")))
    page.click("#g0m0-fold")
    page.select_option("#g0m0-kind", "step")
    page.click("fieldset:has(#g0m0-kind) button[value='show:0.0']")
    page.fill("#g0m0-below", "10")
    for row, (start, points) in enumerate((("3", "50"), ("9", "100"))):
        page.fill(f"#g0m0s{row}-from", start)
        page.fill(f"#g0m0s{row}-points", points)
        page.click("#g0m0-more")
    page.click("tr:has(#g0m0s0-from) button")
    assert page.input_value("#g0m0s0-from") == "9"
    assert page.input_value("#g0m0s1-from") == ""
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_past_day_is_typed_into_the_portfolio(site: Any, page: Any, axe: Any, width: int) -> None:
    cache.clear()
    sign_in(page, site, cast.grace())
    scored()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url(reverse("portfolio")))
    day = timezone.localdate() - timedelta(days=1)
    page.focus("#at")
    page.keyboard.type(day.strftime("%m%d%Y"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**at={day.isoformat()}**")
    assert page.input_value("#at") == day.isoformat()
    page.wait_for_selector("text=as known then")
    axe(page)
    page.select_option("#moved", "band")
    page.focus("#moved")
    page.click("text=Show these accounts")
    page.wait_for_url(f"**at={day.isoformat()}**moved=band**")
    page.wait_for_selector("text=No account changed band in that time.")
    axe(page)
