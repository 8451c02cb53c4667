"""On a phone the rows of a stacked table are cards: each cell says what it is, since the headings are gone."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
TABLE = re.compile(r'<table class="[^"]*is-stacked[^"]*"[^>]*>(.*?)</table>', re.DOTALL)
HEADING = re.compile(r'<th scope="col"[^>]*>\s*(\{% translate "[^"]+" %\})\s*</th>')
CELL = re.compile(r'<(td|th)\b((?:[^>"]|"(?:\{%.*?%\}|[^"])*")*)>')
LABEL = re.compile(r'data-label="(\{% translate "[^"]+" %\})"')
ROW = re.compile(r'\{% include "([^"]+)"[^%]*%\}\s*\{% endfor %\}')


def stacked():
    for path in sorted(TEMPLATES.rglob("*.html")):
        for number, table in enumerate(TABLE.findall(path.read_text())):
            yield pytest.param(table, id=f"{path.relative_to(TEMPLATES)}-{number}")


def body(table):
    """The rows, with those that stand in a template of their own."""
    written = table.split("<tbody>")[1]
    return ROW.sub(lambda match: (TEMPLATES / match[1]).read_text(), written)


@pytest.mark.parametrize("table", list(stacked()))
def test_every_heading_is_said_again_at_its_cell(table):
    headings = HEADING.findall(table.split("</thead>")[0])
    cells = [kind for kind, _attributes in CELL.findall(body(table))]
    assert cells[0] == "th", "a card begins with the name of its row"
    labels = LABEL.findall(body(table))
    assert [heading for heading in headings[1:] if heading not in labels] == []
    assert set(labels) <= set(headings)


def test_there_are_stacked_tables_and_the_labels_are_drawn():
    assert len(list(stacked())) > 15
    assert "attr(data-label)" in (TEMPLATES.parent / "static/css/adapt.css").read_text()
