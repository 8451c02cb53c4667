"""Keeps drawn fragments in this process by everything they show: the frame of a page and dialogs are the same for a reader from page to page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cshub.db.active import active_schema
from cshub.l10n import preferences

MOST = 500
TOKEN, HERE = (
    "\ue000token\ue000",
    "\ue000here\ue000",
)  # places for what differs with each request; nobody types these marks
_kept: dict[Hashable, str] = {}


def kept(template: str, shows: Hashable, context: Callable[[], Mapping[str, Any]], request: HttpRequest) -> SafeString:
    """A template drawn once for each tenant, reader and `shows`, which names all that its context depends on.

    Beside `context`, which is asked only to draw, it gets the form token, and HERE where the address of the page belongs.
    """
    key = (template, active_schema(), preferences.reader(), shows)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MOST:
            _kept.clear()
        found = _kept[key] = render_to_string(template, {**context(), "csrf_token": TOKEN})
    if TOKEN in found:
        found = found.replace(TOKEN, get_token(request))
    return mark_safe(found.replace(HERE, escape(request.get_full_path())))  # noqa: S308  # a template escapes
