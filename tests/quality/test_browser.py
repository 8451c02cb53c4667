"""Data quality, duplicates and the grown page of an account in a real browser: nothing for axe, nothing too wide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.ingest.events.models import RejectedEvent, Source
from accounts.ingest.quality.models import LikelyDuplicate
from accounts.ingest.quality.services import find_duplicates
from accounts.models import Ticket
from tests import cast
from tests.accounts import make
from tests.browser.test_pages_of_accounts import assert_clean, sign_in

NOW = cast.clock()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "en"), (390, "dark", "fa"), (1440, "dark", "ru")]
)
def test_the_pages_of_data_quality_are_clean(
    page: Any, site: Any, axe: Callable[..., None], width: int, scheme: str, language: str
) -> None:
    cache.clear()
    grace = cast.grace(language=language)
    account = make.account(name="Contoso", domain="contoso.example", owner=grace)
    make.account(name="Contoso Ltd", domain="contoso.example")
    for back in range(20):
        make.usage(account, day=NOW.date() - (5 + back) * DAY, value=100 - 3 * back, active_users=4)
    Ticket.objects.create(
        account=account, external_id="T-1", opened_at=NOW - 40 * DAY, priority="urgent", recorded_at=NOW - 40 * DAY
    )
    Ticket.objects.create(
        account=account,
        external_id="T-2",
        subject="Export fails",
        status="resolved",
        opened_at=NOW - 50 * DAY,
        first_replied_at=NOW - 49 * DAY,
        resolved_at=NOW - 48 * DAY,
        reopened_count=1,
        satisfaction=4,
        minutes=30,
        recorded_at=NOW - 48 * DAY,
    )
    source = Source.objects.create(name="Web app", prefix="p", digest="d")
    RejectedEvent.objects.create(
        source=source, kind="track", code="no_name", payload="{}", fingerprint=account.pk, received_at=NOW
    )
    find_duplicates(as_of=NOW)
    sign_in(page, site, grace)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for path in (
        reverse("data_quality"),
        reverse("likely_duplicates"),
        reverse("duplicate_merge", args=[LikelyDuplicate.objects.get().pk]),
        reverse("account", args=[account.pk]),
        f"{reverse('account', args=[account.pk])}?kind=ticket",
        f"{reverse('accounts')}?gap=email",
    ):
        assert_clean(page, axe, path)


def test_the_rhythm_is_set_in_a_dialog_by_keys(page: Any, site: Any) -> None:
    sign_in(page, site, cast.grace())
    page.goto(reverse("data_quality"))
    page.get_by_role("link", name="Expected rhythm").press("Enter")
    page.get_by_label("Usage").fill("9")
    page.get_by_label("Usage").press("Enter")
    page.wait_for_selector("text=stale after 9 days")
