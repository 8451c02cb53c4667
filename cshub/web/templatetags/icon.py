"""Outline icons inlined into the page, so they take the text's color and need no request."""

import re
from functools import cache
from importlib.resources import files
from zipfile import ZipFile

from django import template
from django.conf import settings
from django.core import mail
from django.template import TemplateSyntaxError
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

DIRECTIONAL = frozenset({"arrow-left", "arrow-right", "chevron-left", "chevron-right", "log-out", "undo-2", "reply"})


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """{% icon "inbox" %} or {% icon "check" "is-small" %}; icons that point somewhere turn around in RTL.

    An unknown name is an error while developing and testing, and an empty box on a server.
    """
    return _drawn(name, classes)


@cache
def _drawn(name: str, classes: str) -> SafeString:
    try:
        shape = _shape(name)
    except KeyError as error:
        if settings.DEBUG or hasattr(mail, "outbox"):  # Django's test environment has an outbox
            raise TemplateSyntaxError(f"There is no icon “{name}”. The names are those of lucide.") from error
        shape = ""
    turned = " is-directional" if name in DIRECTIONAL else ""
    return mark_safe(  # noqa: S308 - the shape comes from the installed icon package
        f'<svg class="c-icon{turned}{" " + classes if classes else ""}" viewBox="0 0 24 24" width="16" height="16" fill="none"'
        ' stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"'
        f' focusable="false">{shape}</svg>'
    )


@cache
def _shape(name: str) -> str:
    with (files("lucide") / "lucide.zip").open("rb") as packed, ZipFile(packed) as icons:
        drawing = icons.read(f"{name}.svg").decode()
    inner = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
    if inner is None:
        raise KeyError(name)
    return re.sub(r"\s*\n\s*", "", inner[1]).strip()
