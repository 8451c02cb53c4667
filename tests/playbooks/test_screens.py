"""The playbook and task screens in a real browser: no rule of axe is broken, nothing is said on the console."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse

from cshub.users.models import User
from playbooks import services
from playbooks.models import Task
from tests.playbooks import make
from tests.playbooks.make import MORNING


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
def waiting(site: Any) -> Any:
    """A version that waits, after one that ran: with changes, accounts of last quarter, and a task."""
    for number in range(3):
        make.due_account(name=f"Northwind {number}", due_on=MORNING.date() + timedelta(days=40 + number))
    version = make.active(name="Renewal runway", holdout_share="0.2")
    services.enroll_due(as_of=MORNING)
    services.follow_runs(as_of=MORNING)
    make.task(title="Call about the invoice")
    newer = services.draft_version(
        version.playbook,
        by=make.ada(),
        as_of=MORNING,
        holdout_share="0.3",
        steps=[version.steps[0], {"title": "Write", "instructions": "With results.", "after_days": 3}],
    )
    return services.submit(newer, by=make.ada(), as_of=MORNING)


def test_no_screen_breaks_a_rule_in_light_or_dark(page: Any, site: Any, waiting: Any, axe: Callable[..., None]) -> None:
    draft = services.draft_version(waiting.playbook, by=make.grace(), as_of=MORNING)
    sign_in(page, site, make.grace())
    task = Task.objects.get(title="Call about the invoice")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in (
            reverse("playbooks"),
            f"{reverse('playbook', args=[waiting.playbook_id])}?version={waiting.number}",
            reverse("playbook_create"),
            reverse("playbook_edit", args=[draft.pk]),
            *(
                reverse(name, args=[task.pk])
                for name in ("task_complete", "task_snooze", "task_reassign", "task_cancel")
            ),
        ):
            assert page.goto(path).status == 200
            axe(page)


def test_a_manager_approves_in_the_admin_site(page: Any, site: Any, waiting: Any) -> None:
    sign_in(page, site, make.grace())
    page.goto(reverse("admin:playbooks_playbookversion_change", args=[waiting.pk]))
    page.get_by_label("I looked at the changes").check()
    page.get_by_role("button", name="Approve version 2").click()
    page.get_by_text("Approved. It runs from now on").wait_for()
    waiting.refresh_from_db()
    assert waiting.state == "active"


def test_a_phone_shows_the_playbook_without_sideways_scrolling(page: Any, site: Any, waiting: Any) -> None:
    sign_in(page, site, make.grace())
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("playbook", args=[waiting.playbook_id]))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
