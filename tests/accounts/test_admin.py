"""Facts in the admin site: looked at, corrected by the verbs, never rewritten."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import Account
from cshub.audit.models import AuditEvent
from cshub.users.admin_site import tenant_admin
from tests import cast
from tests.accounts import make

PAGES = (
    "account",
    "contact",
    "contract",
    "contractline",
    "revenuemovement",
    "renewal",
    "renewaldecision",
    "interaction",
    "surveyresponse",
    "metricdefinition",
)


@pytest.fixture
def root(acme, client):
    user = cast.root()
    client.force_login(user)
    return user


def test_every_list_and_row_opens(root, client):
    renewal = make.renewal()
    make.decision(renewal)
    rows = {
        "contact": make.contact(renewal.account),
        "interaction": make.interaction(renewal.account),
        "renewal": renewal,
    }
    make.survey_response(renewal.account)
    make.usage(renewal.account)
    for name in PAGES:
        assert client.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 200, name
    for name, row in rows.items():
        assert client.get(reverse(f"admin:accounts_{name}_change", args=[row.pk])).status_code == 200, name
    for name in ("importbatch", "importmapping"):
        assert client.get(reverse(f"admin:ingest_{name}_changelist")).status_code == 200, name


def test_a_correction_is_made_by_the_verb_and_audited_once(root, client):
    account = make.account(name="Nortwind")
    form = {"external_id": account.external_id, "name": "Northwind", "status": "active", "attributes": "{}"}
    assert client.post(reverse("admin:accounts_account_change", args=[account.pk]), form).status_code == 302
    assert Account.objects.get().name == "Northwind"
    assert [event.actor_label for event in AuditEvent.objects.filter(object_id=str(account.pk))] == [root.email]


@pytest.mark.parametrize("name", ["revenuemovement", "renewaldecision", "interaction", "contract"])
def test_what_is_kept_for_ever_cannot_be_added_changed_or_deleted(root, client, name):
    decision = make.decision()
    rows = {
        "revenuemovement": decision.renewal.account.movements.get(),
        "renewaldecision": decision,
        "interaction": make.interaction(),
        "contract": decision.renewal.contract,
    }
    row = rows[name]
    assert client.get(reverse(f"admin:accounts_{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:accounts_{name}_change", args=[row.pk]), {"amount": 1}).status_code == 403
    assert client.post(reverse(f"admin:accounts_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_what_the_admin_site_shows_of_facts_has_names_that_can_be_translated() -> None:
    admin.autodiscover()
    shown = [model for model in tenant_admin._registry if model.__module__.startswith("accounts.")]
    assert len(shown) > 20
    plain = [
        f"{model._meta.label} {name}"
        for model in shown
        for name, text in {
            "": model._meta.verbose_name,
            "(plural)": model._meta.verbose_name_plural,
            **{
                field.name: field.verbose_name
                for field in model._meta.fields
                if field.editable and not field.primary_key
            },
        }.items()
        if not isinstance(text, Promise)
    ]
    assert plain == []
