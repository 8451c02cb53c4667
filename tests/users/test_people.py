"""People are taken in, changed and let go by verbs that keep an admin and leave a trace."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from cshub.audit.models import AuditEvent
from cshub.tenancy.models import Tenant
from cshub.users.models import ApiKey, Role, Team, User
from cshub.users.services import (
    CannotChangePerson,
    CannotIssueKey,
    EmailTaken,
    LastAdmin,
    change_member,
    change_preferences,
    create_user,
    ensure_admin,
    issue_key,
    revoke_key,
)
from cshub.work.mail_folder import FolderBackend
from cshub.work.services import deliver_due
from tests import cast
from tests.database import AS_OF


def test_an_email_belongs_to_one_person_whatever_its_case(acme: Tenant) -> None:
    cast.ada()
    with pytest.raises(EmailTaken):
        create_user(email="ADA@acme.example", name="Other", role="csm", by=None, as_of=AS_OF)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Ada@Acme.example", name="Other", created_at=AS_OF)


@pytest.mark.parametrize("email", ["", "ada", "a b@c.example", "a@b\n.example"])
def test_an_email_that_is_none_is_refused(acme: Tenant, email: str) -> None:
    with pytest.raises(CannotChangePerson):
        create_user(email=email, name="X", role="csm", by=None, as_of=AS_OF)


def test_the_same_email_may_work_at_another_tenant(acme: Tenant, inside: Any) -> None:
    cast.ada()
    with inside("globex"):
        cast.ada()
        assert User.objects.count() == 1


def test_ensure_admin_is_safe_to_repeat(acme: Tenant) -> None:
    first = ensure_admin(email="boss@acme.example", password="a long password", as_of=AS_OF)
    again = ensure_admin(email="BOSS@acme.example", as_of=AS_OF)
    assert first == again
    assert again.check_password("a long password")
    assert AuditEvent.objects.count() == 1
    change_member(first, by=cast.root(), as_of=AS_OF, role="csm", is_active=False)
    assert ensure_admin(email="boss@acme.example", as_of=AS_OF).is_staff


def test_the_last_admin_stays(acme: Tenant) -> None:
    root = cast.root()
    for changes in ({"role": "csm"}, {"is_active": False}):
        with pytest.raises(LastAdmin):
            change_member(root, by=root, as_of=AS_OF, **changes)
    other = cast.person("Other", Role.ADMIN)
    change_member(root, by=other, as_of=AS_OF, role="csm")
    with pytest.raises(LastAdmin):
        change_member(other, by=other, as_of=AS_OF, is_active=False)


def test_a_change_that_changes_nothing_leaves_no_trace(acme: Tenant) -> None:
    ada = cast.ada()
    change_member(ada, by=ada, as_of=AS_OF, name="Ada")
    assert not AuditEvent.objects.exists()


def test_preferences_reach_nothing_else(acme: Tenant) -> None:
    ada = cast.ada()
    with pytest.raises(CannotChangePerson):
        change_preferences(ada, by=ada, as_of=AS_OF, role="admin")


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"scopes": ["everything"]}, {"scopes": ["admin"]}, {"scopes": ["read"], "expires_at": AS_OF}],
)
def test_a_key_that_would_do_nothing_or_too_much_is_refused(acme: Tenant, wrong: dict[str, Any]) -> None:
    with pytest.raises(CannotIssueKey):
        issue_key(user=cast.ada(), name="k", as_of=AS_OF, **wrong)


def test_revoking_twice_keeps_the_first_moment(acme: Tenant) -> None:
    ada = cast.ada()
    key, _plain = issue_key(user=ada, name="k", scopes=["read"], as_of=AS_OF)
    revoke_key(key, by=ada, as_of=AS_OF)
    revoke_key(key, by=ada, as_of=AS_OF + timedelta(days=1))
    assert ApiKey.objects.get().revoked_at == AS_OF
    assert AuditEvent.objects.filter(verb="api_key.revoked").count() == 1


def test_the_command_prints_a_key_that_opens(acme: Tenant, client: Any) -> None:
    cast.ada()
    out = StringIO()
    call_command("api_key", schema="acme", user="ADA@acme.example", name="ci", scope=["read", "write"], stdout=out)
    assert (
        client.get("/api/v1/users/", headers={"Authorization": f"Bearer {out.getvalue().strip()}"}).status_code == 200
    )
    with pytest.raises(CommandError, match="No active user"):
        call_command("api_key", schema="acme", user="nobody@acme.example", name="ci", scope=["read"], stdout=out)


def test_an_admin_invites_by_mail_and_the_mail_is_kept_and_shown(
    acme: Tenant, client: Any, settings: Any, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = f"{FolderBackend.__module__}.FolderBackend", tmp_path
    client.force_login(cast.root())
    form = {"email": "new@acme.example", "name": "New <b>", "role": "csm"}
    assert client.post(reverse("settings_members"), form).status_code == 302
    deliver_due(as_of=cast.clock())
    page = client.get(reverse("settings_mail")).content.decode()
    (file,) = (tmp_path / "acme").glob("*.eml")
    assert "new@acme.example" in page
    message = client.get(reverse("settings_mail_message", args=[file.stem])).content.decode()
    assert "http://acme.testserver/password-reset/" in message
    assert client.get(reverse("settings_mail_message", args=["other"])).status_code == 404
    assert mail.outbox == []


def test_mails_of_another_tenant_are_not_shown(acme: Tenant, client: Any, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = f"{FolderBackend.__module__}.FolderBackend", tmp_path
    (tmp_path / "globex").mkdir()
    (tmp_path / "globex" / "1.eml").write_text("Subject: secret\n\nsecret")
    client.force_login(cast.root())
    assert "secret" not in client.get(reverse("settings_mail")).content.decode()
    assert client.get(reverse("settings_mail_message", args=["1"])).status_code == 404


def test_what_is_wrong_with_an_invitation_is_said_at_its_field(acme: Tenant, client: Any) -> None:
    client.force_login(cast.root())
    page = client.post(reverse("settings_members"), {"email": "root@acme.example", "name": "R", "role": "csm"})
    assert page.status_code == 422
    assert page.context["form"].errors["email"] == ["Somebody here already has the email root@acme.example."]


def test_a_member_page_changes_role_and_team(acme: Tenant, client: Any) -> None:
    root, ada, north = cast.root(), cast.ada(), Team.objects.create(name="North")
    client.force_login(root)
    page = reverse("settings_member", args=[ada.pk])
    assert client.get(page).status_code == 200
    client.post(page, {"name": "Ada", "role": "manager", "team": north.pk, "is_active": "on"})
    ada.refresh_from_db()
    assert (ada.role, ada.team) == (Role.MANAGER, north)
    own = client.post(reverse("settings_member", args=[root.pk]), {"name": "Root", "role": "csm", "is_active": "on"})
    assert own.context["form"].errors["role"] == ["Root is the last admin. Make somebody else admin first."]


def test_letting_go_ends_the_session(acme: Tenant, client: Any) -> None:
    ada, root = cast.ada(), cast.root()
    client.force_login(ada)
    assert client.get(reverse("profile")).status_code == 200
    change_member(ada, by=root, as_of=AS_OF, is_active=False)
    assert client.get(reverse("profile")).status_code == 302


def test_the_profile_decides_how_pages_read(acme: Tenant, client: Any) -> None:
    client.force_login(cast.ada())
    form = {
        "name": "Ada",
        "language": "pl",
        "digits": "",
        "calendar": "jalali",
        "theme": "dark",
        "timezone": "Europe/Warsaw",
    }
    assert client.post(reverse("profile"), form).status_code == 302
    ada = User.objects.get()
    assert (ada.language, ada.calendar, ada.theme, ada.timezone, ada.shortcuts_on) == (
        "pl",
        "jalali",
        "dark",
        "Europe/Warsaw",
        False,
    )
    page = client.get(reverse("profile"))
    assert page["Content-Language"] == "pl"
    assert 'data-theme="dark"' in page.content.decode()


def test_changing_the_password_ends_other_sessions_only(acme: Tenant, client: Any) -> None:
    from django.test import Client

    ada = cast.ada()
    other = Client(headers={"host": "acme.testserver"})
    client.force_login(ada)
    other.force_login(ada)
    form = {
        "old_password": cast.PASSWORD,
        "new_password1": "another horse battery",
        "new_password2": "another horse battery",
    }
    assert client.post(reverse("profile_password"), form).status_code == 302
    assert client.get(reverse("profile")).status_code == 200
    assert other.get(reverse("profile")).status_code == 302


def test_a_key_from_the_page_is_shown_once_and_revoked_there(acme: Tenant, client: Any) -> None:
    client.force_login(cast.ada())
    page = client.post(reverse("settings_api_keys"), {"name": "CRM", "scopes": ["read"], "lifetime": "90"})
    plain = page.context["plain"]
    assert plain.startswith("csk_")
    assert plain not in client.get(reverse("settings_api_keys")).content.decode()
    key = ApiKey.objects.get()
    assert key.expires_at is not None
    client.post(reverse("settings_api_key_revocation", args=[key.pk]))
    assert client.get("/api/v1/users/", headers={"Authorization": f"Bearer {plain}"}).status_code == 401


def test_the_page_of_keys_hides_those_of_others(acme: Tenant, client: Any) -> None:
    key, _plain = issue_key(user=cast.ben(), name="Of Ben", scopes=["read"], as_of=AS_OF)
    client.force_login(cast.ada())
    assert "Of Ben" not in client.get(reverse("settings_api_keys")).content.decode()
    assert client.post(reverse("settings_api_key_revocation", args=[key.pk])).status_code == 404


def test_the_same_hue_and_letters_everywhere() -> None:
    assert (User(name="Ada Lovelace").initials, User(name="Ada Lovelace").hue) == ("AL", User(name="Ada Lovelace").hue)
    assert 0 <= User(name="Zoë").hue < 12
