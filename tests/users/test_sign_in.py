"""Signing in: throttled, audited, and silent about who exists."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cshub.audit.models import AuditEvent
from cshub.tenancy.models import Tenant
from cshub.users import throttle
from cshub.users.models import SignInCounter
from cshub.users.throttle import TooManyAttempts, count_attempt, forgive
from tests import cast
from tests.database import AS_OF


def sign_in(client: Client, email: str = "ada@acme.example", password: str = cast.PASSWORD, **more: str) -> Any:
    return client.post(reverse("sign_in"), {"email": email, "password": password, **more})


def test_email_and_password_let_one_in_whatever_the_case_of_the_email(acme: Tenant, client: Client) -> None:
    ada = cast.ada()
    response = sign_in(client, email="ADA@Acme.Example")
    assert response.status_code == 302
    assert client.get(reverse("profile")).context["user"] == ada
    assert AuditEvent.objects.get(verb="user.signed_in").actor_id == ada.pk


def test_wrong_password_and_unknown_email_get_the_same_answer(acme: Tenant, client: Client) -> None:
    cast.ada()
    wrong, unknown = sign_in(client, password="wrong"), sign_in(client, email="nobody@acme.example", password="wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()
    assert AuditEvent.objects.filter(verb="user.sign_in_failed").count() == 2


def test_who_was_let_go_gets_the_same_answer_too(acme: Tenant, client: Client) -> None:
    cast.ada(is_active=False)
    assert sign_in(client).status_code == 422


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(acme: Tenant, client: Client) -> None:
    cast.ada()
    answers = [sign_in(client, password="wrong").status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    blocked = sign_in(client)
    assert blocked.status_code == 429
    assert 0 < int(blocked["Retry-After"]) <= 15 * 60
    assert AuditEvent.objects.filter(verb="user.sign_in_throttled").count() == 1


def test_an_unknown_email_is_throttled_like_a_known_one(acme: Tenant, client: Client) -> None:
    answers = [sign_in(client, email="nobody@acme.example").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_one_email_is_throttled_from_many_addresses(acme: Tenant) -> None:
    for number in range(throttle.LIMITS["email"]):
        count_attempt(purpose="sign_in", email="ada@acme.example", address=f"10.0.0.{number}", as_of=AS_OF)
    with pytest.raises(TooManyAttempts):
        count_attempt(purpose="sign_in", email="Ada@acme.example", address="10.0.1.1", as_of=AS_OF)


def test_the_wait_ends_after_a_quarter_of_an_hour(acme: Tenant) -> None:
    for _ in range(10):
        count_attempt(purpose="sign_in", email="a@b.example", address="10.0.0.1", as_of=AS_OF)
    with pytest.raises(TooManyAttempts) as refused:
        count_attempt(purpose="sign_in", email="a@b.example", address="10.0.0.1", as_of=AS_OF + timedelta(minutes=14))
    assert refused.value.retry_after == timedelta(minutes=1)
    count_attempt(
        purpose="sign_in", email="a@b.example", address="10.0.0.1", as_of=AS_OF + timedelta(minutes=15, seconds=1)
    )


def test_a_success_forgives_what_was_mistyped(acme: Tenant) -> None:
    for _ in range(9):
        count_attempt(purpose="sign_in", email="a@b.example", address="10.0.0.1", as_of=AS_OF)
    forgive(purpose="sign_in", email="a@b.example", address="10.0.0.1")
    assert [counter.failed_count for counter in SignInCounter.objects.all()] == [8]  # the address, one less


def test_it_leads_on_to_this_host_only(acme: Tenant, client: Client) -> None:
    cast.ada()
    assert sign_in(client, next="/profile/").url == "/profile/"
    client.post(reverse("sign_out"))
    assert "evil" not in sign_in(client, next="https://evil.example/").url
    client.post(reverse("sign_out"))
    assert "evil" not in sign_in(client, next="//evil.example/").url


def test_signing_out_takes_a_post(acme: Tenant, client: Client) -> None:
    client.force_login(cast.ada())
    assert client.get(reverse("sign_out")).status_code == 405
    client.post(reverse("sign_out"))
    assert client.get(reverse("profile")).status_code == 302


def test_a_session_of_one_tenant_is_worth_nothing_at_another(acme: Tenant, client: Client, inside: Any) -> None:
    client.force_login(cast.ada())
    cookie = client.cookies["sessionid"].value
    with inside("globex"):
        stranger = Client(headers={"host": "globex.testserver"})
        stranger.cookies["sessionid"] = cookie
        assert stranger.get(reverse("profile")).status_code == 302


def test_a_copied_session_row_and_user_are_worth_nothing_at_another_tenant(
    acme: Tenant, client: Client, inside: Any
) -> None:
    ada = cast.ada()
    here = ada.get_session_auth_hash()
    with inside("globex"):
        twin = cast.ada(id=ada.pk, password=ada.password)
        twin.password = ada.password
        assert twin.get_session_auth_hash() != here
