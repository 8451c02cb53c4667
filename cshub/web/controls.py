"""Draws the controls of forms in Python: a page with dialogs holds hundreds of them, and a template each is most of its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]
FOLDER = "django/forms/widgets/"


class DrawnControls(TemplatesSetting):
    """The same markup as Django's templates for inputs, selects and their options; every other widget keeps its template."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        draw = DRAWN.get(template_name)
        if draw is None:
            return mark_safe(super().render(template_name, context, request))  # noqa: S308  # a template escapes
        return mark_safe(draw(context["widget"]))  # noqa: S308  # each value is escaped where it is written


def drawn_input(widget: Widget) -> str:
    value = widget.get("value")
    held = "" if value is None else f' value="{conditional_escape(value)}"'
    return f'<input type="{escape(widget["type"])}" name="{conditional_escape(widget["name"])}"{held}{_attributes(widget)}>'


def drawn_option(widget: Widget) -> str:
    """One box of several, in its label where it is wrapped."""
    if not widget.get("wrap_label"):
        return drawn_input(widget)
    points_to = widget["attrs"].get("id")
    to = f' for="{conditional_escape(points_to)}"' if points_to else ""
    return f"<label{to}>{drawn_input(widget)} {_shown(widget['label'])}</label>"


def drawn_select(widget: Widget) -> str:
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>{groups}\n</select>'


def drawn_textarea(widget: Widget) -> str:
    value = widget.get("value")
    held = conditional_escape(value) if value else ""
    return f'<textarea name="{conditional_escape(widget["name"])}"{_attributes(widget)}>\n{held}</textarea>'


def _group(name: Any, options: list[Widget]) -> str:
    drawn = "".join(
        f'\n  <option value="{conditional_escape(option["value"])}"{_attributes(option)}>{_shown(option["label"])}</option>'
        for option in options
    )
    return f'\n  <optgroup label="{conditional_escape(name)}">{drawn}\n  </optgroup>' if name else drawn


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _shown(label: Any) -> str:
    """As a template shows it: numbers in the reader's way."""
    return conditional_escape(localize(label))


DRAWN: dict[str, Callable[[Widget], str]] = {
    **{
        f"{FOLDER}{kind}.html": drawn_input
        for kind in (
            "checkbox",
            "color",
            "date",
            "datetime",
            "email",
            "hidden",
            "number",
            "password",
            "search",
            "tel",
            "text",
            "time",
            "url",
        )
    },
    **{f"{FOLDER}{kind}.html": drawn_option for kind in ("checkbox_option", "radio_option", "input_option")},
    f"{FOLDER}select.html": drawn_select,
    f"{FOLDER}textarea.html": drawn_textarea,
}
