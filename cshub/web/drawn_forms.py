"""Draws fields and the frames of dialogs and cards in Python, as `controls` draws what stands in them."""

from __future__ import annotations

from django import forms
from django.utils.html import conditional_escape as shown
from django.utils.translation import gettext as _

from cshub.web.templatetags.icon import icon


def field(bound: forms.BoundField) -> str:
    """Label, control, help and error of one field, joined for screen readers."""
    if isinstance(bound.field.widget, forms.CheckboxInput):
        small = f'<small id="{bound.auto_id}_helptext">{shown(bound.help_text)}</small>' if bound.help_text else ""
        return (
            f'<div class="c-field"><label class="c-choice">{bound}<span>{shown(bound.label)}{small}</span></label>\n'
            f"{_errors(bound)}\n</div>\n"
        )
    help_text = (
        f'<div class="c-help" id="{bound.auto_id}_helptext">{shown(bound.help_text)}</div>' if bound.help_text else ""
    )
    if bound.use_fieldset:
        return _choices(bound, help_text)
    optional = "" if bound.field.required else f' <span class="c-optional">{shown(_("optional"))}</span>'
    return (
        f'<div class="c-field"><label for="{shown(bound.id_for_label)}">{shown(bound.label)}{optional}</label>\n'
        f"  {bound}{help_text}\n{_errors(bound)}\n</div>\n"
    )


def dialog(content: str, id: str, title: str, *, sheet: bool = False) -> str:
    """A dialog around markup; data-opens="id" opens it."""
    side = " is-sheet" if sheet else ""
    return (
        f'<dialog class="c-dialog{side}" id="{shown(id)}" aria-labelledby="{shown(id)}-title"><div class="c-dialog-frame">'
        f'<header><h2 id="{shown(id)}-title">{shown(title)}</h2><form method="dialog"><button type="submit" class="c-button is-quiet"'
        f' aria-label="{shown(_("Close"))}">{icon("x")}</button></form></header>{content}</div></dialog>'
    )


def card(content: str, *, title: str, id: str, flush: bool, aside: str) -> str:
    """A card around markup."""
    named = f' id="{shown(id)}" aria-labelledby="{shown(id)}-title"' if id else ""
    heading = f' id="{shown(id)}-title"' if id else ""
    beside = f'<div class="c-card-aside u-small u-faint">{shown(aside)}</div>' if aside else ""
    header = f"<header><h2{heading}>{shown(title)}</h2>{beside}</header>" if title else ""
    inset = " is-flush" if flush else ""
    return f'<section class="c-card"{named}>{header}<div class="c-card-body{inset}">{content}</div></section>'


def _choices(bound: forms.BoundField, help_text: str) -> str:
    described = bound.aria_describedby
    by = f' aria-describedby="{shown(described)}"' if described else ""
    boxes = "".join(
        f'<label class="c-choice" for="{shown(box.id_for_label)}">{box.tag()}<span>{shown(box.choice_label)}</span></label>'
        for box in bound
    )
    return (
        f'<fieldset class="c-field"{by}><legend>{shown(bound.label)}</legend>\n  {help_text}<div class="c-choices">{boxes}</div>\n'
        f"{_errors(bound)}\n</fieldset>\n"
    )


def _errors(bound: forms.BoundField) -> str:
    if not bound.errors:
        return ""
    said = "".join(
        f'<p class="c-error">{icon("circle-alert")}<span><span class="u-visually-hidden">{shown(_("Error:"))}</span> {shown(str(error))}</span></p>'
        for error in bound.errors
    )
    return f'  <div id="{bound.auto_id}_error" class="u-stack is-tight">{said}</div>'
