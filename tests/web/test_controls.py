"""Controls that are drawn in Python are those of Django's templates, whatever they hold."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.forms.renderers import TemplatesSetting, get_default_renderer
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from cshub.web.controls import DRAWN, DrawnControls

HOSTILE = "\"><script>alert('x')</script>&amp;"
CHOICES = [
    ("", "---------"),
    (1, 1234567),
    (HOSTILE, HOSTILE),
    (_("Healthy"), _("Healthy")),
    (mark_safe("a&amp;b"), mark_safe("<b>bold</b>")),
    ("Group " + HOSTILE, [("in", "Inside"), (True, "Yes")]),
]
WIDGETS: list[tuple[forms.Widget, list[Any]]] = [
    *((widget(), [None, "", "plain", HOSTILE, 0, 1.5, mark_safe("&amp;")]) for widget in (forms.TextInput, forms.EmailInput, forms.URLInput, forms.HiddenInput, forms.Textarea, forms.SearchInput, forms.TelInput, forms.ColorInput)),
    (forms.PasswordInput(render_value=True), [None, HOSTILE]),
    (forms.NumberInput(), [None, 7, 1234.5, Decimal("0.10")]),
    (forms.DateInput(attrs={"type": "date"}), [None, date(2026, 11, 22), "2026-11-22"]),
    (forms.DateTimeInput(), [None]),
    (forms.TimeInput(), [None, "10:15"]),
    (forms.CheckboxInput(), [None, True, False, HOSTILE]),
    (forms.Select(choices=CHOICES), ["", 1, "1", HOSTILE, "in", None]),
    (forms.SelectMultiple(choices=CHOICES), [[], ["in", HOSTILE]]),
    (forms.NullBooleanSelect(), [None, True]),
    (forms.RadioSelect(choices=CHOICES), ["", "in", HOSTILE]),
    (forms.CheckboxSelectMultiple(choices=CHOICES), [[], ["in", "1"]]),
]  # fmt: skip
ATTRS: list[dict[str, Any]] = [{}, {"id": "id_x", "class": "c-input", "required": True, "disabled": False, "data-x": HOSTILE, "max": 5, "step": 0.5, "aria-label": _("Healthy")}]  # fmt: skip


def test_the_pages_use_them():
    assert isinstance(get_default_renderer(), DrawnControls)
    assert settings.FORM_RENDERER == "cshub.web.controls.DrawnControls"


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize(("widget", "values"), WIDGETS, ids=lambda given: type(given).__name__)
def test_they_are_those_of_the_templates(widget, values, language):
    with translation.override(language):
        for value in values:
            for attrs in ATTRS:
                drawn = widget.render("field" + HOSTILE, value, attrs, renderer=DrawnControls())
                assert shape(drawn) == shape(
                    widget.render("field" + HOSTILE, value, attrs, renderer=TemplatesSetting())
                )
                assert "<script>" not in drawn


def test_one_choice_after_the_other_is_that_of_the_templates():
    class Form(forms.Form):
        radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
        boxes = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)

    drawn, templates = Form(renderer=DrawnControls()), Form(renderer=TemplatesSetting())
    for name in ("radio", "boxes"):
        assert [shape(each.tag()) for each in drawn[name]] == [shape(each.tag()) for each in templates[name]]


def test_each_template_that_is_replaced_is_django_s():
    for name in DRAWN:
        assert TemplatesSetting().get_template(name).origin.name.endswith(f"django/forms/templates/{name}")


def shape(html: str) -> str:
    """Without the space between tags that nobody sees."""
    return re.sub(r">\s+<", "><", html).strip()
