"""The ROI report and the pages of proof in a real browser: no rule of axe is broken, light and dark, desk and phone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from reports import services
from reports.impact import services as impact
from reports.impact.models import Claim, Experiment
from reports.models import ReportRun
from tests.playbooks.make import grace
from tests.playbooks.test_screens import sign_in
from tests.reports import make
from tests.reports.make import KNOWN

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}

WIDE = "[...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 99))"


@pytest.fixture
def proof(page: Any, site: Any) -> ReportRun:
    """A report that shows a gain, one that cannot, and somebody who reads both."""
    make.submitted()
    run = make.whole()
    impact.estimate_experiments(as_of=KNOWN)
    sign_in(page, site, grace())
    return run


def paths(run: ReportRun) -> list[str]:
    early = make.report(as_of=KNOWN.replace(month=5))
    claims = Claim.objects.order_by("number")
    return [
        reverse("report", args=[run.pk]),
        reverse("report", args=[early.pk]),
        reverse("reports"),
        reverse("report_inputs"),
        reverse("impact"),
        reverse("impact_log"),
        reverse("impact_claim", args=[claims[0].pk]),
        reverse("impact_claim", args=[claims.reverse()[0].pk]),
        reverse("experiments"),
        reverse("experiment", args=[Experiment.objects.get().pk]),
    ]


def test_no_page_of_proof_breaks_a_rule_in_light_or_dark(page: Any, proof: ReportRun, axe: Callable[..., None]) -> None:
    found = paths(proof)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in found:
            assert page.goto(path).status == 200
            axe(page)


def test_nothing_runs_over_the_edge_on_a_phone_or_a_desk(page: Any, proof: ReportRun) -> None:
    found = paths(proof)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for path in found:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, page.evaluate(WIDE))


def test_the_report_is_frozen_from_its_page(page: Any, proof: ReportRun) -> None:
    page.goto(reverse("report", args=[proof.pk]))
    assert "returned at least" in page.locator("h1").inner_text()
    page.get_by_role("button", name="Freeze report").click()
    page.get_by_role("button", name="Freeze for good").click()
    page.get_by_text("Frozen by Grace").wait_for()
    assert page.get_by_role("button", name="Freeze report").count() == 0
    proof.refresh_from_db()
    assert (proof.state, services.rerun(proof)) == ("frozen", proof.digest)


def test_what_cannot_be_shown_is_said_in_words(page: Any, proof: ReportRun) -> None:
    early = make.report(as_of=KNOWN.replace(month=5))
    page.goto(reverse("report", args=[early.pk]))
    assert page.get_by_text("Cannot be shown yet", exact=True).is_visible()
    assert page.get_by_text("Not closed yet", exact=True).is_visible()
    assert page.get_by_role("button", name="Freeze report").count() == 0
