"""The stock admin wears our colors under the strict policy, in every language."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from cshub.tenancy.models import Tenant
from tests import cast


@pytest.fixture
def admin(acme: Tenant, client: Client) -> Client:
    client.force_login(cast.root())
    return client


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_start_page_lists_models_without_inline_style(admin: Client, language: str) -> None:
    admin.cookies.load({"django_language": language})
    html = admin.get(reverse("admin:index")).content.decode()
    assert "css/admin.css" in html
    assert 'class="model-' in html
    assert not re.search(r"\sstyle=|<style", html)
    assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in html


def test_models_stand_there_in_proper_plurals(admin: Client) -> None:
    html = admin.get(reverse("admin:index")).content.decode()
    for name in ("Ledger entries", "Cited records", "Imports", "Costs"):
        assert f">{name}</a>" in html
    assert not re.search(r">[A-Z][a-z ]*(entrys|batchs|Evidences)</a>", html)


def test_saving_a_person_is_no_kind_of_claim(admin: Client) -> None:
    admin.cookies.load({"django_language": "fa"})
    html = admin.get(reverse("admin:users_user_change", args=[cast.ada().pk])).content.decode()
    assert 'value="ذخیره"' in html


def test_the_shell_of_a_real_page_shows_the_person_and_the_way_out(admin: Client) -> None:
    html = admin.get(reverse("profile")).content.decode()
    assert "Root" in html
    assert f'action="{reverse("sign_out")}"' in html
    assert not re.search(r"\sstyle=|<style|<script>", html)
