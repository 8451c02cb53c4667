"""The back-test and the model card in a real browser, wide and narrow: a verdict with its tables, and nothing for axe."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Account
from health.predictions import services
from tests import cast
from tests.browser.test_pages_of_accounts import sign_in
from tests.predictions.make import AS_OF, lived, present, worth


@pytest.mark.parametrize("width", [1280, 390])
def test_how_honest_the_score_is_can_be_read_down_to_whom_to_contact(
    site: Any, page: Any, axe: Any, width: int
) -> None:
    cache.clear()
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)
    worth(dict.fromkeys(Account.objects.all(), 12_000))
    sign_in(page, site, cast.ada())
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(site.url(reverse("backtest")))
    page.wait_for_selector("text=Accounts with a low score leave more often")
    assert page.locator("#by-score-title").is_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.click("text=Model card")
    page.wait_for_selector("h1:has-text('Prediction model v1')")
    page.fill("[name=contact]", "90000")
    page.click("text=Compute whom to contact")
    page.wait_for_selector("text=Contact nobody")
    axe(page)
