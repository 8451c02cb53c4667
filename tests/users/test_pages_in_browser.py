"""The pages about people, keys, mail, jobs, the trail and the API in a real browser: nothing on the console, nothing for axe."""

from typing import Any

import pytest
from django.urls import reverse

from cshub.audit.services import record
from cshub.work.jobs import advance_job, fail_job, finish_job, queue_job, start_job
from tests import cast
from tests.database import AS_OF


def sign_in(page: Any) -> None:
    page.goto(reverse("sign_in"))
    page.fill("input[name=email]", "root@acme.example")
    page.fill("input[name=password]", cast.PASSWORD)
    page.click("main button")
    page.wait_for_url(lambda url: "sign-in" not in url)


PAGES = (
    "profile",
    "profile_password",
    "settings_members",
    "settings_api_keys",
    "settings_mail",
    "settings_audit",
    "jobs",
)


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_clean(page: Any, axe: Any, console: list[str], width: int) -> None:
    root = cast.person("Róża Łukasiewicz-Brzęczyszczykiewicz", "admin", email="root@acme.example")
    cast.ivy(of=root)
    running = start_job(
        queue_job(kind="import", title="Importing accounts.csv", by=root, as_of=AS_OF), as_of=AS_OF, total_count=10
    )
    advance_job(running, done_count=4, as_of=AS_OF)
    fail_job(
        start_job(queue_job(kind="import", title="Broken", by=root, as_of=AS_OF, retry_url_name="jobs"), as_of=AS_OF),
        error="Row 7 holds no name.",
        as_of=AS_OF,
    )
    record("thing.done", target=root, by=root, at=AS_OF, after={"name": "x" * 200})
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page)
    console.clear()  # the page after signing in is somebody else's
    for name in PAGES:
        page.goto(reverse(name))
        assert page.locator("h1").count() == 1, name
        axe(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} px too wide"


def test_a_row_asks_for_its_progress_until_the_job_has_ended(page: Any, console: list[str]) -> None:
    root = cast.root()
    job = start_job(queue_job(kind="import", title="Importing", by=root, as_of=AS_OF), as_of=AS_OF, total_count=10)
    sign_in(page)
    console.clear()
    page.goto(reverse("jobs"))
    advance_job(job, done_count=4, as_of=AS_OF)
    page.wait_for_selector(f"#job-{job.pk} [aria-valuenow='40']")
    finish_job(job, as_of=AS_OF)
    page.wait_for_selector(f"#job-{job.pk}[data-state=done]")


def test_the_reference_of_the_api_opens_behind_the_policy(page: Any, console: list[str]) -> None:
    cast.root()
    sign_in(page)
    console.clear()
    page.goto(reverse("api:docs"))
    page.wait_for_selector(".swagger-ui .opblock", state="attached", timeout=30_000)
    assert page.locator(".opblock").count() > 5
