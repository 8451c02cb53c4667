"""The audit trail has no gaps, and whoever changes it is found out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cshub.audit.canonical import digest, plain
from cshub.audit.models import AuditEvent, AuditHead
from cshub.audit.services import record, verify_chain
from cshub.db.models import AppendOnly
from cshub.tenancy.models import Tenant
from tests import cast
from tests.database import owner

AT = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)


def three_deeds() -> list[AuditEvent]:
    ada = cast.ada()
    deeds = [
        record("account.renamed", target=ada, by=ada, at=AT, before={"name": "A"}, after={"name": f"B{n}"})
        for n in range(3)
    ]
    assert verify_chain() == []
    return deeds


def test_an_empty_trail_holds(acme: Tenant) -> None:
    assert verify_chain() == []


def test_deeds_are_numbered_without_gaps_and_chained(acme: Tenant) -> None:
    first, second, third = three_deeds()
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert second.previous_hash == first.hash
    assert third.previous_hash == second.hash
    assert AuditHead.objects.get().hash == third.hash


def test_a_deed_that_is_rolled_back_leaves_no_gap(acme: Tenant) -> None:
    record("first", target=None, by=None, at=AT)
    with transaction.atomic():
        record("second", target=None, by=None, at=AT)
        transaction.set_rollback(True)
    assert record("third", target=None, by=None, at=AT).seq == 2
    assert verify_chain() == []


def test_what_was_recorded_reads_back_to_the_same_digest(acme: Tenant) -> None:
    odd = {
        "amount": Decimal("1.10"),
        "rate": 0.1,
        "on": date(2026, 2, 28),
        "big": 10**25,
        "text": "NUL \x00 and half \ud800",
        "none": None,
        "list": [1, {"b": 2, "a": 1}],
    }
    record("odd.things", target=None, by=None, at=AT, before=odd, after={"ünï": "cödé", "1": True})
    assert verify_chain() == []


def test_it_says_who_and_on_what_without_foreign_keys(acme: Tenant) -> None:
    ada, ben = cast.ada(), cast.ben()
    deed = record("user.changed", target=ben, by=ada, at=AT)
    assert (deed.actor_id, deed.actor_label) == (ada.pk, "ada@acme.example")
    assert (deed.object_type, deed.object_id, deed.object_label) == ("users.user", str(ben.pk), "Ben")
    assert not any(field.is_relation for field in AuditEvent._meta.get_fields())


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("update audit_auditevent set verb = 'other' where seq = 2", "Event 2 was changed after it was written."),
        ("update audit_auditevent set after = '{}' where seq = 1", "Event 1 was changed after it was written."),
        ("delete from audit_auditevent where seq = 2", "Event 2 is missing: the next one kept is 3."),
        ("delete from audit_auditevent where seq = 3", "Event 3 is missing: the head of the trail stands at 3."),
        ("update audit_auditevent set previous_hash = hash where seq = 3", "Event 3 does not follow from event 2."),
        ("update audit_audithead set hash = repeat('f', 64)", "The head of the trail does not match event 3."),
        ("update audit_audithead set seq = 2", "Event 3 was added behind the head of the trail, which stands at 2."),
    ],
)
def test_tampering_is_found_and_the_first_broken_event_named(
    committed_acme: Tenant, statement: str, complaint: str
) -> None:
    three_deeds()
    with owner() as database:
        database.execute("set search_path to acme")
        assert database.execute(statement.encode()).rowcount == 1
    assert verify_chain() == [complaint]


@pytest.mark.parametrize(
    "statement", ["update audit_auditevent set verb = 'x'", "delete from audit_auditevent", "truncate audit_auditevent"]
)
def test_the_application_may_not_change_the_trail(acme: Tenant, statement: str) -> None:
    three_deeds()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_loaded_deed_cannot_be_saved_again(acme: Tenant) -> None:
    deed = three_deeds()[0]
    deed.verb = "other"
    with pytest.raises(AppendOnly):
        deed.save()


def test_the_trails_of_two_tenants_are_apart(acme: Tenant, inside: Any) -> None:
    record("acme.deed", target=None, by=None, at=AT)
    with inside("globex"):
        assert not AuditEvent.objects.exists()
        assert record("globex.deed", target=None, by=None, at=AT).seq == 1
    assert list(AuditEvent.objects.values_list("verb", flat=True)) == ["acme.deed"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text() | st.decimals(allow_nan=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_canonical_values_are_stable(value: object) -> None:
    once = plain(value)
    assert plain(once) == once
    assert digest("0" * 64, {"after": value}) == digest("0" * 64, {"after": once})


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(list(value.items())))
    assert digest("0" * 64, {"after": value}) == digest("0" * 64, {"after": backwards})
