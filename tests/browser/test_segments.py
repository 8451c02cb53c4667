"""The builder of segments in a real browser: a condition is added and changed, the count follows, nothing for axe."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from health.segments.models import Segment
from tests import cast
from tests.browser.test_pages_of_accounts import sign_in
from tests.segments import make


@pytest.mark.parametrize("width", [1280, 390])
def test_a_rule_is_built_with_a_live_count_and_kept(site: Any, page: Any, axe: Any, width: int) -> None:
    cache.clear()
    sign_in(page, site, cast.ada())
    for name in ("Port", "Stal"):
        make.account(name=name, region="Poland", industry="Steel" if name == "Stal" else "")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url(reverse("segment_create")))
    page.locator("#value-0").press_sequentially("Poland")
    page.press("#value-0", "Tab")
    page.wait_for_selector("text=2 accounts")
    page.click("text=Add a condition")
    page.wait_for_selector("#field-1")
    page.select_option("#field-1", "industry")
    page.wait_for_function("document.querySelector('#op-1').value === 'is'")
    page.wait_for_timeout(500)
    page.select_option("#op-1", "known")
    page.wait_for_selector("text=1 account")
    axe(page)
    page.fill("#name", "Polish steel")
    page.click("text=Save segment")
    page.wait_for_selector("h1:has-text('Polish steel')")
    axe(page)
    assert Segment.objects.get().member_count == 1
    page.goto(site.url(reverse("segments")))
    axe(page)
