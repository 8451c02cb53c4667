"""Search makes no difference between spellings, and the column agrees with the words one types."""

from __future__ import annotations

import pytest

from accounts.models import Account
from cshub.db.folding import LETTERS, PAIRS, fold
from tests.accounts import make

SAME = [
    ("Łódź", "lodz"),
    ("ØRSTED A/S", "orsted a/s"),
    ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
    ("Straße Œuvre Ærø", "strasse oeuvre aero"),
    ("ЁЛКА Й", "елка и"),
    ("كتاب يادگارى", "کتاب یادگاری"),
    ("می\u200cرود خانهٔ آب", "میرود خانه اب"),
    ("مُحَمَّد ـــ", "محمد "),
    ("۱۲ ٣٤ ４５", "12 34 45"),
    ("İstanbul ıssız", "istanbul issiz"),
    ("ΑΘΉΝΑ", "αθηνα"),
    ("100% _under\\score", "100% _under\\score"),
    ("日本 株式会社", "日本 株式会社"),
]


@pytest.mark.parametrize(("written", "folded"), SAME)
def test_spellings_are_folded(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(folded) == folded


def test_the_column_holds_what_the_words_become(acme: object) -> None:
    texts = [text for pair in SAME for text in pair] + ["".join(LETTERS), "".join(PAIRS)]
    accounts = [make.account(name=text) for text in texts]
    kept = dict(Account.objects.filter(pk__in=[each.pk for each in accounts]).values_list("pk", "folded"))
    assert [kept[each.pk] for each in accounts] == [f"{fold(each.name)}\n{fold(each.external_id)}" for each in accounts]


def test_the_column_follows_a_change(acme: object) -> None:
    account = make.account(name="Żubr")
    Account.objects.filter(pk=account.pk).update(name="Łoś")
    assert Account.objects.get(pk=account.pk).folded.startswith("los\n")
