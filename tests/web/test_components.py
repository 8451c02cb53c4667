"""Components say in words what they show in color, and obey the strict policy."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.utils import translation

from cshub.web import csp
from cshub.web.gallery.views import PAGES, gallery
from cshub.web.people import HUES, hue, initials

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = "\n".join(path.read_text() for path in sorted((ROOT / "static/css").glob("*.css")))


def render(source: str, **values: Any) -> str:
    return Template("{% load cells l10n_text %}{% load icon from icon %}" + source).render(Context(values))


@pytest.mark.parametrize(
    ("band", "word", "shape"),
    [
        ("good", "Healthy", "<circle"),
        ("watch", "Watch", "<path"),
        ("risk", "At risk", "<path"),
        ("unknown", "Unscored", "<circle"),
    ],
)
def test_health_has_shape_number_and_word(band: str, word: str, shape: str) -> None:
    html = render("{% health_pill score band %}", score=Decimal(41), band=band)
    assert word in html
    assert shape in html
    assert ">41<" in html


def test_an_unscored_account_shows_a_dash_and_says_so() -> None:
    html = render("{% health_pill score band %}", score=None, band="something else")
    assert "–" in html
    assert "Unscored" in html


def test_an_unknown_icon_is_an_error_while_testing() -> None:
    with pytest.raises(TemplateSyntaxError, match="no icon “inbocks”"):
        render('{% icon "inbocks" %}')


def test_every_icon_that_a_template_names_exists() -> None:
    """Also where it is drawn only now and then: an empty state, a refusal."""
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"""\{% icon "([a-z0-9-]+)"|\bicon="([a-z0-9-]+)\"""", path.read_text())
    }
    names = {name for pair in named for name in pair if name}
    assert len(names) > 40
    for name in sorted(names):
        assert "<svg" in render(f'{{% icon "{name}" %}}'), name


def test_an_icon_is_hidden_from_screen_readers_and_turns_around_when_it_points() -> None:
    assert 'aria-hidden="true"' in render('{% icon "inbox" %}')
    assert "is-directional" not in render('{% icon "inbox" %}')
    assert "is-directional" in render('{% icon "chevron-right" %}')


def test_names_are_escaped_everywhere() -> None:
    html = render(
        "{% avatar name alone=True %}{% monogram name %}{% meter 5 label=name %}{% card title=name id='x' %}{{ name }}{% endcard %}",
        name="<b>x</b>",
    )
    assert "<b>" not in html


def test_a_meter_announces_its_value_and_stays_inside() -> None:
    html = render('{% meter 140 label="Import" busy=True %}')
    assert 'role="progressbar"' in html
    assert 'aria-valuenow="100"' in html
    assert 'width="100%"' in html


def test_a_field_joins_label_help_and_error() -> None:
    class Sample(forms.Form):
        name = forms.CharField(label="Name", help_text="As they write it.")

    html = render("{% field form.name %}", form=Sample({}))
    assert '<label for="id_name">Name' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    described = re.search(r'aria-describedby="([^"]*)"', html)
    assert described is not None
    assert set(described[1].split()) <= set(re.findall(r'id="([^"]*)"', html))


def test_pages_of_a_list_have_no_dead_links() -> None:
    assert render_to_string("components/pagination.html", {}).strip() == ""
    first = render_to_string("components/pagination.html", {"next_url": "?cursor=b", "text": "50"})
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first


def test_a_name_keeps_its_letters_and_hue() -> None:
    assert [
        initials(name)
        for name in ("Anna Maj", "Fabryka Łożysk Wisła", "quillon", "a.maj@nordlys.example", "کاوه", "", "—")
    ] == ["AM", "FŁ", "QU", "AM", "ک", "", ""]
    assert hue("Anna Maj") == hue("Anna Maj")
    assert {hue(str(number)) for number in range(200)} == set(range(HUES))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "pl", "ru", "fa"])
def test_every_gallery_page_renders_without_inline_style_or_script(page: str, language: str) -> None:
    request = RequestFactory().get("/_gallery/", {"page": page, "lang": language})
    with override_settings(DEBUG=True), translation.override(language):
        html = gallery(request).content.decode()
    assert f'lang="{language}"' in html
    assert f'dir="{"rtl" if language == "fa" else "ltr"}"' in html
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"<style|<script>|\son[a-z]+=", html)
    assert "%%" not in html


def test_the_gallery_is_not_served_outside_development() -> None:
    with override_settings(DEBUG=False), pytest.raises(Http404):
        gallery(RequestFactory().get("/_gallery/"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_use_classes_that_exist_and_nothing_inline(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r'\sstyle="|<style|<script>|\son(?:click|change|submit|load)=', source)
    used = {
        name
        for value in re.findall(r'class="([^"]*)"', source)
        for name in re.findall(r"(?<![\w-])[cu]-[a-z][a-z-]*[a-z](?![\w{-])", value)
    }
    missing = {name for name in used if not re.search(rf"\.{name}(?![\w-])", STYLES)}
    assert not missing, f"{path.name} uses classes that no style sheet has: {sorted(missing)}"


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path.parent.name == "components"], ids=lambda path: path.name
)
def test_components_are_short_and_say_what_they_take(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("{% comment %}")
    assert len(lines) < 40


def test_style_sheets_use_logical_properties_only() -> None:
    physical = re.findall(
        r"(?<![\w-])(?:margin|padding|border|inset)-(?:left|right|top|bottom)|(?<![\w-])(?:left|right|top|bottom|float|width|height)\s*:",
        STYLES,
    )
    assert physical == [], physical


def test_every_answer_carries_a_policy_without_inline_code() -> None:
    middleware = csp.ContentSecurityPolicyMiddleware(lambda request: HttpResponse())
    policy = middleware(RequestFactory().get("/")).headers[csp.HEADER]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy

    loosened = csp.content_security_policy(style_src="'self' 'unsafe-inline'")(lambda request: HttpResponse())
    answer = csp.ContentSecurityPolicyMiddleware(loosened)(RequestFactory().get("/")).headers[csp.HEADER]
    assert "style-src 'self' 'unsafe-inline'" in answer
    assert "script-src 'self';" in answer


def test_relative_days_count_from_the_pages_own_day() -> None:
    today = PAGES["accounts"][1]()["as_of"]
    assert render("{{ day|days_until:today }}", day=today + timedelta(days=3), today=today) == "3 d"
    assert render("{{ day|days_until:today }}", day=None, today=today) == "–"
