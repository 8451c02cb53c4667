"""A reason is a sentence in the reader's language, whatever the measure and its direction."""

import pytest
from django.utils import translation

from health.engine.definition import parse
from health.engine.sources import SOURCES
from health.reasons import _CELLS, _SENTENCES, LABELS, in_words, label, reason_of, transform_text, value_text
from health.scorecards import STARTERS, starter_definition
from tests.health.make import document, group, measure

YES_NO = {"transform": {"kind": "linear", "low": 0, "high": 1}}
PAYS = {"transform": {"kind": "choice", "choices": [["Mailed check", 10], ["Card", 90]]}, "label": "Payment method"}


@pytest.mark.parametrize(
    ("source", "terms", "raw", "sentence"),
    [
        ("usage_trend", {}, -0.62, "Usage down 62% in 4 weeks"),
        ("usage_trend", {}, 0.1, "Usage up 10% in 4 weeks"),
        ("usage_trend", {}, 0.001, "Usage steady in 4 weeks"),
        ("usage_trend", {"window": 30}, -0.5, "Usage down 50% in 30 days"),
        ("usage_breadth", {}, 0.4, "Active users at 40% of their best"),
        ("usage_breadth", {"seats": "seats"}, 0.4, "40% of seats in use"),
        ("usage_recency", {}, 12, "Not used for 12 days"),
        ("usage_recency", {}, 0, "Used today"),
        ("survey_nps", {}, 2, "NPS 2"),
        ("survey_csat", {}, 4, "CSAT 4 of 5"),
        ("survey_ces", {}, 3, "CES 3 of 7"),
        ("engagement_recency", {}, 24, "No contact in 24 days"),
        ("engagement_recency", {}, 1, "No contact in 1 day"),
        ("engagement_touches", {}, 3, "3 contacts in 90 days"),
        ("proactive_share", {}, 0.25, "25% of the time was proactive"),
        ("renewal_days", {}, 54, "Renewal in 54 days"),
        ("contract_term", {}, 1, "Month-to-month contract"),
        ("contract_term", {}, 24, "24-month contract"),
        ("tenure_months", {}, 16.9, "Customer for 16 months"),
        ("arr", {}, 683.4, "Annual revenue of 683"),
        ("arr_trend", {}, -0.1, "Revenue down 10% in a year"),
        ("attribute:tech_support", YES_NO, 0, "Tech support: no"),
        ("attribute:monthly_charges", {}, 95.5, "Monthly charges: 95.50"),
        ("attribute:payment_method", PAYS, 0, "Payment method: Mailed check"),
    ],
)
def test_a_reason_in_words(source, terms, raw, sentence):
    definition = parse(document(group(measure("it", source, **terms))))
    assert in_words("it", reason_of(definition, "it", [raw])) == sentence


def test_too_little_data_says_how_much_there_is():
    definition = parse(document(group(*(measure(f"m{n}", "survey_nps") for n in range(6)))))
    words = in_words("coverage", reason_of(definition, "coverage", [1, None, 2, None, None, None]))
    assert words == "Not enough data: 2 of 6 measures connected"


def test_every_source_can_be_told():
    assert set(_SENTENCES) == set(_CELLS) == set(SOURCES)
    assert set(LABELS) == set(SOURCES) - {"attribute"}


@pytest.mark.parametrize("template", STARTERS)
def test_starters_can_be_told_whole(template):
    for item in starter_definition(template).measures:
        assert label(item)
        assert transform_text(item)
        assert value_text(item, 0.0)


def test_numbers_follow_the_reader():
    definition = parse(document(group(measure("it", "usage_trend"))))
    with translation.override("fa"):
        assert "۶۲" in in_words("it", reason_of(definition, "it", [-0.62]))
