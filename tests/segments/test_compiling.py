"""Rules as SQL: they find whom a plain reading of every fact finds, and nothing a person types is ever part of a statement."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, AccountRevenue, Consent, Contact, CustomField, Invoice, Order, Payment, Ticket
from cshub.db import sql
from health.models import AccountHealth, Band
from health.segments.catalog import catalog
from health.segments.engine.fields import BUILT_IN, DAY_COUNTS, KNOWN, MANY, Field
from health.segments.engine.grammar import parse
from health.segments.rules import BadRule, accounts_in
from health.segments.sql.compiling import accounts_that_meet
from health.segments.sql.sources import COLUMNS, LOOKUPS
from tests.accounts import make as facts
from tests.health.make import active_version
from tests.segments import make
from tests.segments.oracle import Facts

pytestmark = pytest.mark.usefixtures("acme")

NAMES = ("Łódź Stal", "Orsted Ørsted", "100% natural", "a_b", 'O\'Neill "&" Co', "Müller ﬁn", "کتاب 12", "x" * 40)
REGIONS = ("Poland", "DACH", "Iberia", "")
NASTY = (
    "'; DROP TABLE accounts_account; --",
    "%s",
    "%(as_of)s",
    "\\",
    "{0}",
    "_",
    "%",
    '"',
    "؛ کتاب",
    "💥",
    "$$",
    "a' OR 'a'='a",
)
RULES_TRIED = 150
ORACLE_KNOWS = sorted(
    {*BUILT_IN}
    - {
        "product",
        "runs_out_on",
        "csat",
        "ces",
        "last_survey_on",
        "has_sponsor",
        "consent_phone",
        "ancestor",
        "leaving_probability",
        "clv",
        "cost_to_serve",
        "value_tier",
        "sentiment",
    }
)


def test_every_field_stands_somewhere():
    assert {*COLUMNS, *LOOKUPS, "ancestor"} == set(BUILT_IN)


@pytest.fixture
def book() -> list[Account]:
    """Forty accounts with facts of every kind, some of them odd."""
    chance = random.Random(4)  # a book to read, no secret
    for kind in ("text", "number", "date", "yes_no"):
        CustomField.objects.create(subject="account", key=kind, label=kind, kind=kind)
    version = active_version()
    made = [_account(chance, number) for number in range(40)]
    for number, account in enumerate(made):
        _commerce(chance, account, number)
        _signals(chance, account, number)
        if chance.random() < 0.8:
            band = chance.choice(Band.values)
            AccountHealth.objects.create(
                account=account, version=version, band=band, coverage=chance.choice(["0.5", "1"]), reason="nps", raw=[], points=[],
                score=None if band == "unknown" else chance.choice([40, 50, "66.66", 90]), input_hash="", scored_at=make.AS_OF,
            )  # fmt: skip
    for child in made[1::5]:
        Account.objects.filter(pk=child.pk).update(parent=made[0])
    return list(Account.objects.order_by("pk"))


def _account(chance: random.Random, number: int) -> Account:
    odd = {
        "number": chance.choice([1, 2.5, "7", "many", None, "1e3"]),
        "text": chance.choice(["Gold", "", None, "złoty"]),
    }
    odd |= {
        "date": chance.choice(["2026-11-21", "2026-12-01", "soon", None, "2020-01-01"]),
        "yes_no": chance.choice([True, False, "yes", "maybe"]),
    }
    return make.account(
        name=f"{chance.choice(NAMES)} {number}",
        region=chance.choice(REGIONS),
        status=chance.choice(["prospect", "active", "active", "churned"]),
        stage=chance.choice(["", "adoption", "value"]),
        stage_since=chance.choice([None, make.AS_OF - timedelta(days=10), make.AS_OF - timedelta(days=40)]),
        customer_since_on=chance.choice(
            [None, make.TODAY, make.TODAY - timedelta(days=30), make.TODAY + timedelta(days=3)]
        ),
        attributes={key: value for key, value in odd.items() if value is not None},
    )


def _commerce(chance: random.Random, account: Account, number: int) -> None:
    if chance.random() < 0.7:
        AccountRevenue.objects.create(
            account=account, arr=chance.choice([0, 1000, "2500.50"]), currency=chance.choice(["EUR", "PLN"]),
            next_renewal_on=chance.choice([None, make.TODAY + timedelta(days=20), make.TODAY - timedelta(days=1)]),
        )  # fmt: skip
    for place in range(chance.randrange(4)):
        Order.objects.create(
            account=account, external_id=f"o{number}-{place}", amount=10, currency="EUR",
            ordered_on=make.TODAY - timedelta(days=chance.choice([-5, 0, 20, 100])), status=chance.choice(["placed", "placed", "cancelled"]),
            recorded_at=chance.choice([make.LONG_AGO, make.AS_OF + timedelta(days=1)]),
        )  # fmt: skip
    for place in range(chance.randrange(3)):
        invoice = Invoice.objects.create(
            account=account, external_id=f"i{number}-{place}", amount=100, currency="EUR", recorded_at=make.LONG_AGO,
            issued_on=make.TODAY - timedelta(days=60), due_on=make.TODAY - timedelta(days=chance.choice([-5, 0, 10])),
        )  # fmt: skip
        for part in range(chance.randrange(3)):
            Payment.objects.create(
                invoice=invoice,
                external_id=f"p{number}-{place}-{part}",
                paid_on=make.TODAY,
                amount=50,
                recorded_at=make.LONG_AGO,
            )


def _signals(chance: random.Random, account: Account, number: int) -> None:
    for place in range(chance.randrange(3)):
        Ticket.objects.create(
            account=account, external_id=f"t{number}-{place}", opened_at=make.AS_OF - timedelta(days=9), recorded_at=make.LONG_AGO,
            resolved_at=chance.choice([None, make.AS_OF - timedelta(days=2), make.AS_OF + timedelta(days=2)]),
        )  # fmt: skip
        facts.survey_response(
            account, score=chance.randrange(11), occurred_at=make.AS_OF - timedelta(days=chance.randrange(50)),
            recorded_at=chance.choice([make.LONG_AGO, make.AS_OF + timedelta(days=1)]),
        )  # fmt: skip
        facts.interaction(
            account, direction=chance.choice(["inbound", "internal"]), recorded_at=make.LONG_AGO,
            occurred_at=make.AS_OF - timedelta(days=chance.choice([-1, 3, 50])),
        )  # fmt: skip
        person = Contact.objects.create(
            account=account, name=f"Person {place}", role=chance.choice(["champion", "user"]), recorded_at=make.LONG_AGO,
            left_on=chance.choice([None, None, make.TODAY]),
        )  # fmt: skip
        for turn in range(chance.randrange(3)):
            Consent.objects.create(
                contact=person, channel="email", state=chance.choice(["granted", "withdrawn"]), recorded_at=make.LONG_AGO,
                occurred_at=make.AS_OF - timedelta(days=turn + 1),
            )  # fmt: skip
    for day in {chance.randrange(-2, 70) for _day in range(chance.randrange(8))}:
        facts.usage(
            account, day=make.TODAY - timedelta(days=day), value=chance.choice([0, 1, 5, 20]), recorded_at=make.LONG_AGO
        )


def test_random_rules_find_whom_a_plain_reading_finds(book):
    chance = random.Random(2026)  # rules to try, no secret
    known = catalog()
    read = [Facts(account, make.AS_OF) for account in book]
    matched = 0
    for _number in range(RULES_TRIED):
        rule = _rule(chance, known.fields, book, depth=3)
        expected = {each.account.pk for each in read if each.meets(rule)}
        assert _found(rule, known) == expected, rule
        matched += 0 < len(expected) < len(book)
    assert matched > RULES_TRIED / 4  # rules that find everybody or nobody show little


def test_every_operator_of_every_field_finds_whom_a_plain_reading_finds(book):
    known = catalog()
    read = [Facts(account, make.AS_OF) for account in book]
    for key in ORACLE_KNOWS:
        chance = random.Random(key)  # rules to try, no secret
        for operator in known.fields[key].operators:
            rule = _condition(chance, known.fields[key], operator, book)
            assert _found(rule, known) == {each.account.pk for each in read if each.meets(rule)}, rule


def _found(rule: dict[str, Any], known: Any) -> set[Any]:
    fragment = accounts_that_meet(parse(rule, known), as_of=make.AS_OF)
    return {pk for (pk,) in sql.rows(fragment.sql, fragment.values)}


def _rule(chance: random.Random, fields: Any, book: list[Account], *, depth: int) -> dict[str, Any]:
    joins = chance.choice(["all", "any", "not", "leaf", "leaf"]) if depth else "leaf"
    if joins == "not":
        return {"not": _rule(chance, fields, book, depth=depth - 1)}
    if joins != "leaf":
        return {joins: [_rule(chance, fields, book, depth=depth - 1) for _part in range(chance.choice([1, 2, 3]))]}
    days = chance.choice([1, 7, 30])
    term = chance.randrange(6)
    if term == 0:
        return {
            "performed": "logins",
            "op": chance.choice(["at_least", "less_than"]),
            "times": chance.choice([0, 1, 6, 20]),
            "days": days,
        }
    if term == 1:
        return {"last_performed": "logins", "op": chance.choice(["in_last_days", "more_than_days_ago"]), "days": days}
    if term == 2:
        return {
            "trend": "logins",
            "op": chance.choice(["rose_by", "fell_by"]),
            "percent": chance.choice([5, 50, 100]),
            "days": days,
        }
    key = chance.choice([*ORACLE_KNOWS, "custom:text", "custom:number", "custom:date", "custom:yes_no"])
    return _condition(chance, fields[key], chance.choice(fields[key].operators), book)


def _condition(chance: random.Random, field: Field, operator: str, book: list[Account]) -> dict[str, Any]:
    if operator in KNOWN:
        return {"field": field.key, "op": operator}
    value: Any
    if operator in DAY_COUNTS:
        value = chance.choice([0, 1, 10, 30, 400])
    elif operator in MANY:
        value = [_value(chance, field, book), _value(chance, field, book)]
    elif operator == "between":
        value = sorted([_value(chance, field, book), _value(chance, field, book)])
    else:
        value = _value(chance, field, book)
    return {"field": field.key, "op": operator, "value": value}


def _value(chance: random.Random, field: Field, book: list[Account]) -> Any:
    words = ["Poland", "DACH", "lodz", "ØRSTED", "100%", "a_b", "o'neill", "fin", "كتاب ١٢", "Gold", "EUR", "x", *NASTY]
    by_kind: dict[str, list[Any]] = {
        "number": [0, 1, 2, 7, 10, 40, 50, 0.5, 66.66, 1000, 2500.5],
        "count": [0, 1, 2],
        "date": [(make.TODAY + timedelta(days=days)).isoformat() for days in (-30, -1, 0, 3, 10)],
        "yes_no": [True, False],
        "person": [str(book[0].pk)],
        "account": [str(book[0].pk)],
    }
    return chance.choice(list(field.choices) or by_kind.get(field.kind, words))


@pytest.mark.parametrize("word", NASTY)
def test_what_a_person_types_is_never_part_of_a_statement(word):
    CustomField.objects.create(subject="account", key="text", label="Text", kind="text")
    target = make.account(name=f"before {word} after", region=word[:100], attributes={"text": word})
    other = make.account(name="Contoso", region="Poland", attributes={"text": "Gold"})
    for key in ("name", "region", "custom:text"):
        for operator in BUILT_IN["name"].operators:
            if operator in KNOWN:
                continue
            rule = make.asks(key, operator, [word] if operator in MANY else word)
            fragment = accounts_in(rule, as_of=make.AS_OF)
            assert word not in fragment.sql or word in (
                "_",
                "%",
                '"',
                "\\",
                "$$",
                "%s",
                "%(as_of)s",
            )  # ours has such letters too
            found = {pk for (pk,) in sql.rows(fragment.sql, fragment.values)}
            assert found <= {target.pk, other.pk}
    contains = accounts_in(make.asks("name", "contains", word), as_of=make.AS_OF)
    assert [pk for (pk,) in sql.rows(contains.sql, contains.values)] == [target.pk]
    assert Account.objects.count() == 2


def test_statements_differ_in_their_parameters_alone():
    for op in ("is", "contains", "starts_with"):
        texts = {accounts_in(make.asks("region", op, word), as_of=make.AS_OF).sql for word in NASTY}
        assert len(texts) == 1


@pytest.mark.parametrize("word", NASTY)
@pytest.mark.parametrize("place", ["field", "op", "performed", "segment", "trend"])
def test_a_name_that_is_not_on_the_list_is_refused(place, word):
    rules = {
        "field": {"field": word, "op": "known"},
        "op": {"field": "name", "op": word, "value": "x"},
        "performed": {"performed": word, "days": 3},
        "segment": {"segment": word},
        "trend": {"trend": word, "op": "fell_by", "percent": 5, "days": 3},
    }
    with pytest.raises(BadRule) as caught:
        accounts_in(rules[place], as_of=make.AS_OF)
    assert caught.value.field == place


def test_a_custom_field_with_a_hostile_key_stays_a_parameter():
    CustomField.objects.create(subject="account", key="a') or true --", label="Odd", kind="text")
    make.account(attributes={})
    fragment = accounts_in(make.asks("custom:a') or true --", "known"), as_of=make.AS_OF)
    assert "or true" not in fragment.sql
    assert sql.rows(fragment.sql, fragment.values) == []


def test_a_prefix_that_could_not_be_a_name_is_refused():
    with pytest.raises(ValueError, match="cannot begin"):
        accounts_in(make.asks("name", "known"), as_of=make.AS_OF, prefix="a)s; --")


def test_two_rules_fit_into_one_statement_and_into_a_queryset():
    poland, iberia = make.account(region="Poland"), make.account(region="Iberia")
    one = accounts_in(make.asks("region", "is", "Poland"), as_of=make.AS_OF, prefix="one")
    two = accounts_in(make.asks("region", "is", "Iberia"), as_of=make.AS_OF, prefix="two")
    found = sql.rows(f"({one.sql}) UNION ALL ({two.sql})", {**one.values, **two.values})
    assert {pk for (pk,) in found} == {poland.pk, iberia.pk}
    text, values = one.positional()
    assert sql.rows(text, values) == [(poland.pk,)]


def test_everything_below_an_account_is_found_even_in_a_circle():
    top = make.account()
    middle = make.account(parent=top)
    leaf = make.account(parent=middle)
    Account.objects.filter(pk=top.pk).update(parent=leaf)
    other = make.account()
    known = catalog()
    assert _found(make.asks("ancestor", "is", str(middle.pk)), known) == {top.pk, middle.pk, leaf.pk}
    assert _found({"not": make.asks("ancestor", "in", [str(top.pk)])}, known) == {other.pk}


def test_accounts_that_were_merged_away_meet_nothing():
    survivor = make.account(region="Poland")
    make.account(region="Poland", status="merged", merged_into=survivor)
    assert _found(make.asks("region", "is", "Poland"), catalog()) == {survivor.pk}
    assert _found(make.asks("status", "is", "merged"), catalog()) == set()


def test_a_rule_on_another_segment_follows_it():
    make.account(region="Poland")
    make.account(region="DACH")
    poland = make.segment(make.asks("region", "is", "Poland"))
    assert len(_found({"not": {"segment": str(poland.pk)}}, catalog())) == 1


def test_facts_that_were_not_known_yet_do_not_count():
    early, late = make.account(), make.account()
    facts.usage(early, day=make.TODAY, value=3, recorded_at=make.AS_OF)
    facts.usage(late, day=make.TODAY, value=3, recorded_at=make.AS_OF + timedelta(seconds=1))
    rule = {"performed": "logins", "op": "at_least", "times": 3, "days": 1}
    assert _found(rule, catalog()) == {early.pk}
