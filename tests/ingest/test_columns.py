"""Rows judged column by column come to what they come to one by one, and whatever is wrong with one of them is still said."""

import pytest

from accounts.ingest.services import importing
from accounts.models import Account
from tests.ingest.files import bring_in, check, counts, problems

HEADER = "external id,name,segment,customer since,annual revenue,renewal date,seats,plan\n"
GOOD = (
    "1,One,Large,2025-01-31,1200.50,2027-01-31,5,Basic\n"
    "2, Two ,,,,,,\n"
    "3,#3,Small,2025-02-28,,,7,\n"
    "4,Four,Small,2025-01-31,0,,,Pro\n"
)
PLAIN = "external id,name,segment,customer since\n1,One,Large,2025-01-31\n2,,Small,\n3,Three,,2025-01-31\n"
ODD = (
    "5,Five,Small,31 January,,,,\n",
    "1,Once more,,,,,,\n",
    ",Nameless,,,,,,\n",
    "5,Five,#N/A,,,,,\n",
    "5,Five,Small\n",
    "5,Five,,,,,,,too many\n",
    "5,\ufffd,,,,,,\n",
    f"5,{'x' * 301},,,,,,\n",
    '5,"open,,,,,,\n',
)


def everything():
    names = (
        "external_id",
        "name",
        "segment",
        "customer_since_on",
        "attributes",
        "revenue__arr",
        "revenue__next_renewal_on",
    )
    return list(Account.objects.order_by("external_id").values_list(*names))


def one_by_one(monkeypatch):
    monkeypatch.setattr(importing, "columns_of", lambda judge, rows: None)


@pytest.mark.parametrize("text", [PLAIN, HEADER + GOOD])
def test_columns_come_to_what_rows_come_to(acme, monkeypatch, text):
    batch = bring_in(text)
    by_columns = everything()
    Account.objects.filter(revenue__isnull=True).delete()
    one_by_one(monkeypatch)
    again = bring_in(text)
    assert everything() == by_columns
    assert counts(batch)[0] == sum(counts(again)[:3])


@pytest.mark.parametrize("odd", ODD)
def test_a_row_that_is_wrong_is_said_as_if_judged_by_itself(acme, monkeypatch, odd):
    found = check(HEADER + GOOD + odd)
    one_by_one(monkeypatch)
    alone = check(HEADER + GOOD + odd)
    assert (counts(found), problems(found)) == (counts(alone), problems(alone))


def test_good_rows_are_judged_by_columns(acme, monkeypatch):
    judged = []
    in_truth = importing.columns_of
    monkeypatch.setattr(importing, "columns_of", lambda judge, rows: judged.append(in_truth(judge, rows)) or judged[-1])
    bring_in(HEADER + GOOD)
    assert [columns is None for columns in judged] == [False], "all rows at once"


def test_a_key_of_an_earlier_turn_is_found_among_columns(acme, monkeypatch):
    monkeypatch.setattr(importing, "ROWS_A_TURN", 2)
    batch = bring_in(PLAIN + "1,Again,,\n4,Four,,\n")
    assert problems(batch) == [(5, "external id", "1", "Same key as row 2. Keep one of the two rows.")]
    assert counts(batch) == (4, 0, 0, 1)
