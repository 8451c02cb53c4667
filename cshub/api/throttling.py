"""How often a key, a person or an address may ask, and what it has left."""

import time
from typing import Any

from django.core.cache import cache
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from cshub.users.models import ApiKey
from cshub.users.sign_in import client_address

SECONDS = {"sec": 1, "min": 60, "hour": 3600}


class KeyRate(BaseThrottle):
    """Counts requests in windows of the clock, in the cache of the tenant; the answer says what is left."""

    scope = "key"

    def allow_request(self, request: Request, view: Any) -> bool:
        quota, window = _rate(self.scope)
        now = time.time()
        number = int(now // window)
        key = f"api_rate:{self.scope}:{_principal(request)}:{number}"
        cache.add(key, 0, timeout=window + 1)
        try:
            used = cache.incr(key)
        except ValueError:  # the entry fell out between the two calls: better one request too many than none
            used = 1
        self.reset = round((number + 1) * window - now) or 1
        view.rate_headers = rate_headers(
            name=self.scope, quota=quota, window=window, left=max(0, quota - used), reset=self.reset
        )
        return used <= quota

    def wait(self) -> float:
        return float(self.reset)


def rate_headers(*, name: str, quota: int, window: int, left: int, reset: int) -> dict[str, str]:
    """The two headers of draft-ietf-httpapi-ratelimit-headers."""
    return {"RateLimit-Policy": f'"{name}";q={quota};w={window}', "RateLimit": f'"{name}";r={left};t={reset}'}


def add_rate_headers(view: Any, response: HttpResponseBase) -> None:
    """Put what KeyRate found onto the answer."""
    for header, value in getattr(view, "rate_headers", {}).items():
        response[header] = value


def _rate(scope: str) -> tuple[int, int]:
    quota, _, unit = str(api_settings.DEFAULT_THROTTLE_RATES[scope]).partition("/")
    return int(quota), SECONDS[unit]


def _principal(request: Request) -> str:
    if isinstance(request.auth, ApiKey):
        return f"key:{request.auth.pk}"
    return f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{client_address(request._request)}"
