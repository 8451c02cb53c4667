"""Getting back in by mail, without telling anybody who exists."""

import re
from typing import Any

from django.core import mail
from django.test import Client
from django.urls import reverse

from cshub.tenancy.models import Tenant
from cshub.users.sign_in import reset_path_parts, reset_tokens
from cshub.work.models import OutboxEntry
from cshub.work.services import deliver_due
from tests import cast
from tests.cast import clock


def ask(client: Client, email: str) -> Any:
    return client.post(reverse("password_reset"), {"email": email})


def delivered(as_of: Any) -> list[Any]:
    deliver_due(as_of=as_of)
    return mail.outbox


def test_the_answer_is_the_same_whether_or_not_the_email_is_known(acme: Tenant, client: Client) -> None:
    cast.ada()
    known, unknown = ask(client, "ada@acme.example"), ask(client, "nobody@acme.example")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, reverse("password_reset_done"))
    assert OutboxEntry.objects.count() == 2


def test_only_the_known_email_gets_a_mail(acme: Tenant, client: Client) -> None:
    cast.ada()
    ask(client, "nobody@acme.example")
    ask(client, "ADA@acme.example")
    (message,) = delivered(clock())
    assert message.to == ["ada@acme.example"]
    assert OutboxEntry.objects.get(payload__email="nobody@acme.example").last_error == "No active user has this email."


def test_the_link_of_the_mail_leads_to_a_new_password_once(acme: Tenant, client: Client) -> None:
    ada = cast.ada()
    ask(client, "ada@acme.example")
    link = re.findall(r"http://acme\.testserver(/\S+)", delivered(clock())[0].body)[0]
    page = client.get(link, follow=True)
    form = {"new_password1": "another horse battery", "new_password2": "another horse battery"}
    done = client.post(page.redirect_chain[-1][0], form)
    assert done.url == reverse("password_reset_complete")
    ada.refresh_from_db()
    assert ada.check_password("another horse battery")
    assert client.get(link, follow=True).context["validlink"] is False


def test_the_token_is_never_kept(acme: Tenant, client: Client) -> None:
    cast.ada()
    ask(client, "ada@acme.example")
    assert set(OutboxEntry.objects.get().payload) == {"email", "site", "reason"}


def test_a_token_of_one_tenant_is_worth_nothing_at_another(acme: Tenant, inside: Any) -> None:
    ada = cast.ada()
    token = reset_path_parts(ada)["token"]
    assert reset_tokens.check_token(ada, token)
    with inside("globex"):
        twin = cast.ada(id=ada.pk)
        twin.password = ada.password
        twin.last_login = ada.last_login
        assert not reset_tokens.check_token(twin, token)


def test_asking_again_and_again_is_throttled(acme: Tenant, client: Client) -> None:
    assert [ask(client, "nobody@acme.example").status_code for _ in range(11)] == [302] * 10 + [429]
