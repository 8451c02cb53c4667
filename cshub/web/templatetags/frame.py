"""The parts of the frame that pages share, drawn once for each reader."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from cshub.web.kept import HERE, kept
from cshub.web.navigation import shown_by

register = template.Library()


@register.simple_tag(takes_context=True)
def frame(context: template.Context, part: str) -> SafeString:
    """{% frame "side_nav" %}: a template of components/ that knows nothing but `shell`"""
    shell: dict[str, Any] = context["shell"]
    return kept(
        f"components/{part}.html", _shown(context), lambda: {"shell": {**shell, "here": HERE}}, context["request"]
    )


def _shown(context: template.Context) -> tuple[Any, ...]:
    """Asked once a page, for all parts."""
    kept_with = context.render_context
    if "shown by the shell" not in kept_with:
        kept_with["shown by the shell"] = shown_by(context["shell"])
    found: tuple[Any, ...] = kept_with["shown by the shell"]
    return found
