"""One table says who may go where; what it does not name is closed."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse

from cshub.tenancy.models import Tenant
from cshub.users import access
from cshub.users.models import ApiKey, Role, User
from tests import cast

OURS = ("cshub.users.urls", "cshub.work.urls", "cshub.audit.urls", "cshub.api.urls")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def names(patterns: Any, prefix: str = "", *, inside: bool = False) -> set[str]:
    """Names of every route of OURS."""
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            here = inside or getattr(pattern.urlconf_name, "__name__", pattern.urlconf_name) in OURS
            below = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found |= names(pattern.url_patterns, below, inside=here)
        elif inside and isinstance(pattern, URLPattern):
            found.add(f"{prefix}{pattern.name}")
    return found


def test_every_route_of_people_work_and_api_is_in_the_table() -> None:
    found = names(get_resolver().url_patterns)
    assert {"sign_in", "jobs", "settings_audit", "api:users-list"} <= found
    assert sorted(name for name in found - {"api:not_found"} if access.row(name) is None) == []


def test_an_unknown_route_is_closed_to_everybody(acme: Tenant) -> None:
    assert not any(access.can(user, "made_up", method) for user in (None, cast.root()) for method in METHODS)


def test_roles_are_named_as_the_model_names_them() -> None:
    assert {role for row in access.ROUTES.values() for roles in row.values() for role in roles} <= {
        *Role.values,
        "public",
    }
    assert set(Role.values) == access.EVERYBODY


@pytest.mark.parametrize("role", Role.values)
def test_who_was_let_go_may_nothing(role: str) -> None:
    user = User(role=role, is_active=False)
    assert not any(
        access.can(user, name, "GET") for name, row in access.ROUTES.items() if row.get("GET") is not access.PUBLIC
    )


def test_reading_allows_asking_for_headers_and_options(acme: Tenant) -> None:
    ada = cast.ada()
    assert access.can(ada, "profile", "HEAD")
    assert access.can(ada, "profile", "OPTIONS")
    assert not access.can(AnonymousUser(), "profile", "OPTIONS")


EXPECTED = {  # page: status of nobody, csm, manager, finance, admin
    "profile": (302, 200, 200, 200, 200),
    "profile_password": (302, 200, 200, 200, 200),
    "settings_members": (302, 403, 403, 403, 200),
    "settings_api_keys": (302, 200, 200, 200, 200),
    "settings_mail": (302, 403, 403, 403, 200),
    "settings_audit": (302, 403, 403, 200, 200),
    "jobs": (302, 200, 200, 200, 200),
    "admin:index": (302, 403, 200, 403, 200),
    "api:docs": (401, 200, 200, 200, 200),
    "api:audit_events-list": (401, 403, 403, 200, 200),
}


@pytest.mark.parametrize(("page", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_each_page_answers_each_role_as_the_table_says(
    acme: Tenant, client: Any, page: str, expected: tuple[int, ...]
) -> None:
    answers = [client.get(reverse(page)).status_code]
    for person in (cast.ada, cast.grace, cast.finn, cast.root):
        client.force_login(person())
        answers.append(client.get(reverse(page)).status_code)
    assert tuple(answers) == expected


def test_nobody_is_led_to_the_sign_in_page_and_back(acme: Tenant, client: Any) -> None:
    assert client.get("/profile/?a=1").url == "/sign-in/?next=/profile/%3Fa%3D1"
    part = client.get("/profile/", headers={"HX-Request": "true", "HX-Current-URL": "http://acme.testserver/jobs/"})
    assert (part.status_code, part["HX-Redirect"]) == (401, "/sign-in/?next=/jobs/")


def test_a_page_without_a_row_is_closed_by_the_middleware(acme: Tenant, rf: RequestFactory) -> None:
    from django.core.exceptions import PermissionDenied

    from cshub.users.middleware import AccessMiddleware

    request = rf.get("/new/")
    request.user = cast.root()
    request.resolver_match = path("new/", lambda request: HttpResponse(), name="new").resolve("new/")
    with pytest.raises(PermissionDenied):
        AccessMiddleware(lambda request: HttpResponse()).process_view(request, HttpResponse, (), {})


def test_managers_look_and_approve_and_admins_may_all() -> None:
    grace, root, ada = (User(role=role) for role in (Role.MANAGER, Role.ADMIN, Role.CSM))
    assert grace.has_perm("playbooks.view_playbook")
    assert grace.has_perm("playbooks.add_approval")
    assert not grace.has_perm("users.change_user")
    assert root.has_perm("users.change_user")
    assert not ada.has_perm("users.view_user")
    assert not User(role=Role.ADMIN, is_active=False).has_perm("users.view_user")


def test_a_manager_changes_nobody_in_the_admin_site(acme: Tenant, client: Any) -> None:
    ada = cast.ada()
    client.force_login(cast.grace())
    page = reverse("admin:users_user_change", args=[ada.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "Eve", "role": "admin", "is_active": "on"}).status_code == 403


def test_the_admin_site_changes_by_the_verb_and_its_audit(acme: Tenant, client: Any) -> None:
    from cshub.audit.models import AuditEvent

    root, ada = cast.root(), cast.ada()
    client.force_login(root)
    page = reverse("admin:users_user_change", args=[ada.pk])
    client.post(page, {"name": "Ada L.", "role": "manager", "is_active": "on"})
    deed = AuditEvent.objects.get(verb="user.changed")
    assert (deed.actor_id, deed.before, deed.after) == (
        root.pk,
        {"name": "Ada", "role": "csm"},
        {"name": "Ada L.", "role": "manager"},
    )
    client.post(reverse("admin:users_user_change", args=[root.pk]), {"name": "Root", "role": "csm", "is_active": "on"})
    root.refresh_from_db()
    assert root.role == Role.ADMIN
    client.post(reverse("admin:users_team_add"), {"name": "North"})
    assert AuditEvent.objects.filter(verb="team.added").count() == 1


def test_keys_are_only_looked_at_in_the_admin_site(acme: Tenant, client: Any) -> None:
    cast.ivy()
    client.force_login(cast.root())
    key = ApiKey.objects.get()
    page = client.get(reverse("admin:users_apikey_change", args=[key.pk]))
    assert key.digest not in page.content.decode()
    assert client.post(reverse("admin:users_apikey_change", args=[key.pk]), {"name": "x"}).status_code == 403
