"""Switches the language: on this device, and for somebody whose profile names one, there."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views import i18n
from django.views.decorators.http import require_POST

from cshub.users.models import User
from cshub.users.services import change_preferences


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's switch; the profile goes before the cookie, so a language that stands there is changed with it."""
    code, user = request.POST.get("language", ""), request.user
    if isinstance(user, User) and user.language and code in dict(settings.LANGUAGES):
        change_preferences(user, language=code, by=user, as_of=timezone.now())
    return i18n.set_language(request)
