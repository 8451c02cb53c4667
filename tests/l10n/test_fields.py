"""Amounts are read as people write them, and refused where they mean nothing."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from cshub.l10n.fields import AmountField


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12000.50", "12000.50"),
        ("12 000,50", "12000.50"),
        ("12\u00a0000,50", "12000.50"),
        ("12.000,50", "12000.50"),
        ("12,000.50", "12000.50"),
        ("1'234'567.8", "1234567.8"),
        ("-3,5", "-3.5"),
        ("۱۲۰۰۰", "12000"),
    ],
)
def test_it_reads_an_amount_in_every_usual_way(written, meant):
    assert AmountField(max_digits=18, decimal_places=2).clean(written) == Decimal(meant)


@pytest.mark.parametrize(("language", "meant"), [("en", "1234"), ("pl", "1.23")])
def test_what_could_mean_two_things_means_what_the_reader_writes(language, meant):
    with override(language):
        assert AmountField(max_digits=18, decimal_places=2).clean("1,234" if language == "en" else "1,23") == Decimal(
            meant
        )


@pytest.mark.parametrize("written", ["1,2,3", "twelve", "1.2.3", "NaN", "Infinity", " "])
def test_what_is_no_number_is_refused(written):
    with pytest.raises(ValidationError):
        AmountField(max_digits=18, decimal_places=2).clean(written)
