"""Who is asking: an integration with a key, or a person with the session of the web pages."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from cshub.api.errors import ApiProblem
from cshub.users.models import ApiKey, User
from cshub.users.services import digest

NOTED_EVERY = timedelta(minutes=1)


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer csk_…`; only the digest of a key is looked up, in the tenant of the host."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """The key's user and the key; None without a Bearer header. Raises AuthenticationFailed for a key that does not work."""
        scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()  # noqa: TID251  # this is where an API request reads the clock
        key = ApiKey.objects.select_related("user").filter(digest=digest(plain.strip())).first()
        if key is None or not key.is_usable(as_of=now):
            raise AuthenticationFailed
        if key.last_used_at is None or key.last_used_at < now - NOTED_EVERY:
            not_noted = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
            ApiKey.objects.filter(not_noted, pk=key.pk).update(last_used_at=now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class BrowserSession(SessionAuthentication):
    """The session of the web pages, with CSRF."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except Exception as error:
            raise ApiProblem("csrf_failed") from error
