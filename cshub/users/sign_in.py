"""Signing in, and getting back in: throttled, audited, and silent about who exists."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from cshub.audit import services as audit
from cshub.tenancy.signing import pepper
from cshub.users.models import User
from cshub.users.throttle import TooManyAttempts, count_attempt, forgive
from cshub.work import services as work


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens of password mails: worth nothing at another tenant, after use, or after a sign-in."""

    key_salt = "cshub.users.password_reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{pepper()}"


reset_tokens = ResetTokens()


def check_credentials(request: HttpRequest, *, email: str, password: str, as_of: datetime) -> User | None:
    """The person with this email and password, None when there is none. Every outcome is audited.

    Raises TooManyAttempts before looking at the password.
    """
    address = client_address(request)
    try:
        count_attempt(purpose="sign_in", email=email, address=address, as_of=as_of)
    except TooManyAttempts as refusal:
        if refusal.is_first:
            audit.record(
                "user.sign_in_throttled", target=None, by=None, at=as_of, after={"email": email, "address": address}
            )
        raise
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        audit.record("user.sign_in_failed", target=None, by=None, at=as_of, after={"email": email, "address": address})
        return None
    forgive(purpose="sign_in", email=email, address=address)
    audit.record("user.signed_in", target=user, by=user, at=as_of, after={"address": address})
    return user


def request_password_reset(request: HttpRequest, *, email: str, as_of: datetime) -> None:
    """Have a mail with a way to a new password sent, if an active person has this email.

    Does the same work whether or not somebody has it: the outbox finds out. Raises TooManyAttempts.
    """
    count_attempt(purpose="password_reset", email=email, address=client_address(request), as_of=as_of)
    put_password_mail(email=email, site=site_of(request), reason="reset", as_of=as_of)


def put_password_mail(*, email: str, site: str, reason: str, as_of: datetime) -> None:
    """Queue the mail; `reason` is reset or invitation, `site` is https://host. One mail per email and minute."""
    key = f"password:{reason}:{email.lower()[:120]}:{as_of:%Y%m%d%H%M}"
    work.put(
        "password_mail", key=key, payload={"email": email, "site": site, "reason": reason}, due_at=as_of, as_of=as_of
    )


def reset_path_parts(user: User) -> dict[str, str]:
    """Arguments of the URL password_reset_confirm for this person, made when the mail leaves."""
    pk: UUID = user.pk
    return {"uidb64": urlsafe_base64_encode(force_bytes(pk)), "token": reset_tokens.make_token(user)}


def site_of(request: HttpRequest) -> str:
    """https://host of this request, whose host the tenant middleware has checked."""
    return f"{request.scheme}://{request.get_host()}"


def client_address(request: HttpRequest) -> str:
    """The address of the browser; behind a TLS proxy, what that proxy wrote last into X-Forwarded-For."""
    if settings.SECURE_PROXY_SSL_HEADER and (chain := request.headers.get("X-Forwarded-For")):
        return chain.rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))
