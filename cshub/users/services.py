"""What is done to people and keys: taken in, given a role, let go, given a password, given a key."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.users.models import ApiKey, Role, Scope, Team, User
from cshub.users.sign_in import put_password_mail

SEEN = ("email", "name", "role", "team", "is_active")  # what the trail keeps of a new person
MEMBERSHIP = ("name", "role", "team", "is_active")
PREFERENCES = ("name", "language", "digits", "calendar", "theme", "timezone", "shortcuts_on")
KEY_MARK = "csk"


class CannotChangePerson(Refused):
    """The person cannot be taken in or changed like this."""

    code = "cannot_change_person"


class EmailTaken(CannotChangePerson):
    """Somebody here has this email already."""

    code = "email_taken"


class LastAdmin(CannotChangePerson):
    """Without an admin nobody could let anybody in."""

    code = "last_admin"


class CannotIssueKey(Refused):
    """The key would do nothing, or too much."""

    code = "cannot_issue_key"


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    role: str,
    by: User | None,
    as_of: datetime,
    team: Team | None = None,
    password: str | None = None,
) -> User:
    """Take a person in. Without a password they get in by a mail of `request_password_reset` only.

    Raises CannotChangePerson for an email that is none, EmailTaken for one that somebody has.
    """
    user = User(email=_checked_email(email), name=name.strip() or email, role=Role(role), team=team, created_at=as_of)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise EmailTaken(
            _("Somebody here already has the email %(email)s.") % {"email": email}, field="email"
        ) from error
    audit.record("user.created", target=user, by=by, at=as_of, after=audit.snapshot(user, SEEN))
    return user


@transaction.atomic
def ensure_admin(*, email: str, as_of: datetime, password: str | None = None) -> User:
    """The active admin with this email: found, promoted or created. An existing password is kept unless one is given."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        return create_user(
            email=email, name=email.partition("@")[0], role=Role.ADMIN, by=None, as_of=as_of, password=password
        )
    if user.role != Role.ADMIN or not user.is_active:
        _change(user, {"role": Role.ADMIN, "is_active": True}, verb="user.made_admin", by=None, as_of=as_of)
    if password is not None and not user.check_password(password):
        set_password(user, password=password, by=None, as_of=as_of)
    return user


@transaction.atomic
def invite(*, email: str, name: str, role: str, team: Team | None, site: str, by: User, as_of: datetime) -> User:
    """Take a person in and mail them a way to a password of their own; `site` is https://host. Raises as create_user does."""
    user = create_user(email=email, name=name, role=role, team=team, by=by, as_of=as_of)
    put_password_mail(email=user.email, site=site, reason="invitation", as_of=as_of)
    return user


@transaction.atomic
def change_member(user: User, *, by: User, as_of: datetime, **changes: Any) -> User:
    """Change what MEMBERSHIP names: name, role, team, and whether the person is active. Who is not active has no sign-in, no session
    and no working key. Raises LastAdmin, and CannotChangePerson for other fields."""
    _refuse_unknown(changes, MEMBERSHIP)
    if changes.get("role", user.role) != Role.ADMIN or not changes.get("is_active", user.is_active):
        _refuse_last_admin(user)
    return _change(user, changes, verb="user.changed", by=by, as_of=as_of)


@transaction.atomic
def set_password(user: User, *, password: str, by: User | None, as_of: datetime) -> User:
    """Set a password, which ends every session of the person."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("user.password_set", target=user, by=by, at=as_of)
    return user


@transaction.atomic
def change_preferences(user: User, *, by: User, as_of: datetime, **preferences: Any) -> User:
    """Set what PREFERENCES names: how pages look and read to this person."""
    _refuse_unknown(preferences, PREFERENCES)
    return _change(user, preferences, verb="user.preferences_changed", by=by, as_of=as_of)


@transaction.atomic
def issue_key(
    *,
    user: User,
    name: str,
    scopes: Sequence[str],
    as_of: datetime,
    by: User | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key of `user` and its plain text, which is not kept anywhere: 256 random bits behind a prefix that may be shown.

    Raises CannotIssueKey for no or unknown scopes, a date gone by, or the admin scope for somebody who is no admin.
    """
    chosen = _checked_scopes(user, scopes)
    if expires_at is not None and expires_at <= as_of:
        raise CannotIssueKey(_("The key would have expired already. Choose a later date."), field="expires_at")
    prefix = f"{KEY_MARK}_{secrets.token_hex(4)}"
    plain = f"{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        user=user,
        name=name.strip(),
        prefix=prefix,
        digest=digest(plain),
        scopes=chosen,
        created_at=as_of,
        expires_at=expires_at,
    )
    audit.record(
        "api_key.issued",
        target=key,
        by=by or user,
        at=as_of,
        after=audit.snapshot(key, ("user", "name", "prefix", "scopes", "expires_at")),
    )
    return key, plain


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User | None, as_of: datetime) -> ApiKey:
    """End a key at once. A key that was revoked before stays as it was."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=as_of):
        key.revoked_at = as_of
        audit.record("api_key.revoked", target=key, by=by, at=as_of)
    return key


def digest(plain: str) -> str:
    """What is kept of a key: sha256, enough for 256 random bits."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _checked_email(email: str) -> str:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise CannotChangePerson(_("%(email)s is not an email address.") % {"email": email}, field="email") from error
    return email.strip()


def _checked_scopes(user: User, scopes: Sequence[str]) -> list[str]:
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise CannotIssueKey(
            _("Choose among the scopes %(scopes)s.") % {"scopes": ", ".join(Scope.values)}, field="scopes"
        )
    if Scope.ADMIN in scopes and user.role != Role.ADMIN:
        raise CannotIssueKey(_("Only an admin's key can have the scope admin."), field="scopes")
    return sorted(set(scopes))


def _refuse_unknown(changes: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := set(changes) - set(known):
        raise CannotChangePerson(
            _("%(fields)s cannot be changed here.") % {"fields": ", ".join(sorted(unknown))}, field=min(unknown)
        )


def _refuse_last_admin(user: User) -> None:
    admins = list(User.objects.admins().select_for_update().order_by("pk").values_list("pk", flat=True))
    if admins == [user.pk]:
        raise LastAdmin(_("%(name)s is the last admin. Make somebody else admin first.") % {"name": user}, field="role")


def _change(user: User, changes: dict[str, Any], *, verb: str, by: User | None, as_of: datetime) -> User:
    before = audit.snapshot(user, changes)
    for name, value in changes.items():
        setattr(user, name, value)
    after = audit.snapshot(user, changes)
    if before != after:
        user.save(update_fields=list(changes))
        audit.record(verb, target=user, by=by, at=as_of, before=before, after=after)
    return user
