"""Whatever an address or a form carries, a page answers: with the field's error, a refusal or 404, never with a failure."""

import random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.ingest.models import ImportBatch
from accounts.models import Account
from cshub.tenancy.models import Tenant
from cshub.users.models import User
from playbooks.models import Playbook, PlaybookVersion, Task
from reports.impact.models import Claim, Experiment
from reports.models import ReportRun
from tests import cast
from tests.flows.hostile import VALUES, as_text, one_of_everything
from tests.flows.pages import forms_on, links_on

TEXTS = [as_text(value)[:5000] for value in VALUES] + ["a\x00b", "\x00", "-1", "1" * 30, "٣", "%00", "../../etc/passwd"]
EACH = 2  # hostile values of a field or parameter
PARAMETERS = {
    "q",
    "sort",
    "at",
    "view",
    "item",
    "version",
    "show",
    "account",
    "next",
    "cursor",
    "limit",
    "page",
    "band",
    "owner",
    "before",
    "after",
}
LEAVES = ("sign-out", "i18n")


@pytest.fixture
def root(acme: Tenant) -> User:
    user = cast.root()
    one_of_everything(user)
    return user


@pytest.fixture
def browser(root: User) -> Client:
    client = Client(headers={"host": "acme.testserver"}, raise_request_exception=False)
    client.force_login(root)
    return client


def pages() -> list[str]:
    """Addresses of every kind of page, with rows behind them."""
    plain = (
        "inbox",
        "accounts",
        "account_create",
        "imports",
        "playbooks",
        "playbook_create",
        "impact",
        "impact_log",
        "experiments",
        "reports",
    )
    more = (
        "report_inputs",
        "search",
        "jobs",
        "profile",
        "profile_password",
        "settings_members",
        "settings_api_keys",
        "settings_mail",
        "settings_audit",
    )
    rows: dict[str, Any] = {
        "account": Account, "import_match": ImportBatch, "playbook": Playbook, "task_complete": Task, "task_snooze": Task, "task_reassign": Task,
        "task_cancel": Task, "impact_claim": Claim, "experiment": Experiment, "report": ReportRun, "settings_member": User,
    }  # fmt: skip
    drafts = [reverse("playbook_edit", args=[row.pk]) for row in PlaybookVersion.objects.filter(state="draft")]
    with_rows = [
        reverse(name, args=[row.pk]) for name, model in rows.items() for row in model.objects.order_by("pk")[:2]
    ]
    return [*map(reverse, plain + more), *with_rows, *drafts]


def test_every_page_stands(browser: Client) -> None:
    assert {path: status for path in pages() if (status := browser.get(path).status_code) != 200} == {}


def test_no_parameter_of_a_page_makes_it_fail(browser: Client) -> None:
    chance, failed = random.Random(7), {}
    for path in pages():
        page = browser.get(path)
        names = PARAMETERS | links_on(page, path) | {name for form in forms_on(page, "get") for name in form.values}
        for name in chance.sample(sorted(names - {""}), 10):
            for value in chance.sample(TEXTS, 1):
                status = browser.get(path, {name: value}).status_code
                if status >= 500:
                    failed[f"{path}?{name}={value[:40]!r}"] = status
    assert failed == {}


def test_no_field_of_a_form_makes_it_fail(browser: Client, root: User) -> None:
    chance, failed, sent = random.Random(7), {}, set()
    for path in pages():
        for form in forms_on(browser.get(path), "post"):
            action = form.action or path
            if action in sent or any(word in action for word in LEAVES):
                continue
            sent.add(action)
            for name in form.names:
                for value in chance.sample(TEXTS, EACH):
                    browser.force_login(root)  # the form may have been one of one's password
                    status = browser.post(action, {**form.values, name: value}).status_code
                    if status >= 500:
                        failed[f"{action} {name}={value[:40]!r}"] = status
    assert len(sent) > 25
    assert failed == {}
