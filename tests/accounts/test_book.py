"""The book: who owns what and since when, the tree, stages, people, fields of the tenant's own, files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import services
from accounts.invariants import INVARIANTS
from accounts.models import Account, Contact, CustomField, Ownership, StageChange
from accounts.queries.families import account_tree
from accounts.services.refusals import CitedFile, ParentCycle, UnusableAmount, UnusableField, UnusableFile, UnusualStage
from accounts.services.stages import NEVER, USUAL, possible_stages
from cshub.audit.models import AuditEvent
from cshub.users.models import User
from tests import cast
from tests.accounts import make

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def ada(acme: object) -> User:
    return cast.ada()


@pytest.fixture
def north(ada: User) -> Account:
    return services.record_account(external_id="N", name="North", by=ada, as_of=AS_OF)


@pytest.fixture(autouse=True)
def nothing_breaks(acme: object) -> Iterator[None]:
    yield
    assert [line for each in INVARIANTS for line in each.violations()] == []


def test_owners_have_a_history_that_never_overlaps(north: Account, ada: User) -> None:
    ben = cast.ben()
    everyone = Account.objects.all()
    services.assign(everyone, owner=ada, by=ada, as_of=AS_OF)
    services.assign(everyone, owner=ada, by=ada, as_of=AS_OF + timedelta(days=1))
    services.revise_account(north, owner=ben, by=ada, as_of=AS_OF + timedelta(days=2))
    services.assign(everyone, owner=None, by=ada, as_of=AS_OF + timedelta(days=3))
    rows = Ownership.objects.order_by("since").values_list("user__name", "since", "until")
    assert list(rows) == [
        ("Ada", AS_OF, AS_OF + timedelta(days=2)),
        ("Ben", AS_OF + timedelta(days=2), AS_OF + timedelta(days=3)),
    ]


def test_an_account_never_stands_below_itself(north: Account) -> None:
    child, grandchild = make.account(name="Child"), make.account(name="Grandchild")
    services.set_parent(child, parent=north, by=None, as_of=AS_OF)
    services.set_parent(grandchild, parent=child, by=None, as_of=AS_OF)
    with pytest.raises(ParentCycle, match="North → Child → Grandchild"):
        services.set_parent(north, parent=grandchild, by=None, as_of=AS_OF)
    with pytest.raises(ParentCycle):
        services.revise_account(north, parent=grandchild, by=None, as_of=AS_OF)


@pytest.mark.parametrize("verb", ["set_parent", "revise_account"])
def test_an_account_that_moves_has_both_families_scored_again(north: Account, verb: str) -> None:
    south, child = make.account(name="South"), make.account(name="Child", parent=north)
    services.take_changed()
    getattr(services, verb)(child, parent=south, by=None, as_of=AS_OF)
    assert {*services.take_changed()} == {child.pk, north.pk, south.pk}
    getattr(services, verb)(child, parent=None, by=None, as_of=AS_OF)
    assert {*services.take_changed()} == {child.pk, south.pk}
    getattr(services, verb)(child, parent=None, by=None, as_of=AS_OF)
    assert services.take_changed() == [], "where nothing moves nobody is scored again"


def test_an_account_that_comes_below_another_has_its_family_scored_again(north: Account) -> None:
    services.take_changed()
    child = services.record_account(external_id="c", name="Child", parent=north, by=None, as_of=AS_OF)
    assert {*services.take_changed()} == {child.pk, north.pk}


def test_a_tree_counts_each_account_once(north: Account) -> None:
    child, dollars = make.account(parent=north, name="Child"), make.account(parent=north, name="Dollars")
    make.contract(north, arr=100)
    make.contract(child, arr=50)
    make.contract(dollars, arr=70, currency="USD")
    tree = account_tree(north.pk)
    assert (tree.roll_up.count, tree.roll_up.arr) == (3, (("EUR", 150), ("USD", 70)))
    assert [(branch.name, branch.level) for branch in tree.branches] == [("North", 0), ("Child", 1), ("Dollars", 1)]
    assert account_tree(child.pk).above == ((north.pk, "North"),)


def test_stages_move_as_they_usually_do_or_with_a_reason(north: Account, ada: User) -> None:
    services.move_stage(north, to_stage="onboarding", by=ada, as_of=AS_OF)
    with pytest.raises(UnusualStage, match="usual would be: Adoption"):
        services.move_stage(north, to_stage="growth", by=ada, as_of=AS_OF)
    services.move_stage(north, to_stage="growth", reason="Came with a pilot", by=ada, as_of=AS_OF + timedelta(days=9))
    with pytest.raises(UnusualStage, match="does not go to “Handoff”"):
        services.move_stage(north, to_stage="handoff", reason="because", by=ada, as_of=AS_OF + timedelta(days=9))
    with pytest.raises(ValidationError, match="began at"):
        services.move_stage(north, to_stage="renewal", occurred_at=AS_OF, by=ada, as_of=AS_OF + timedelta(days=9))
    north.refresh_from_db()
    assert (north.stage, north.stage_since) == ("growth", AS_OF + timedelta(days=9))
    assert list(StageChange.objects.order_by("occurred_at").values_list("from_stage", "to_stage")) == [
        ("", "onboarding"), ("onboarding", "growth")
    ]  # fmt: skip


def test_every_stage_can_be_left_and_no_usual_move_is_forbidden() -> None:
    stages = ["", *Account.Stage.values]
    assert set(USUAL) == set(stages)
    for stage in stages:
        assert possible_stages(stage)
        assert not any((stage, str(after)) in NEVER for after in USUAL[stage])


def test_roles_and_leaving_are_facts_with_dates(north: Account, ada: User) -> None:
    marek = services.record_contact(account=north, name="Marek", role="user", by=ada, as_of=AS_OF)
    services.revise_contact(marek, role="champion", by=ada, as_of=AS_OF + timedelta(days=5))
    services.mark_left(marek, left_on=date(2026, 12, 1), by=ada, as_of=AS_OF + timedelta(days=20))
    assert list(marek.role_changes.order_by("occurred_on").values_list("from_role", "to_role", "occurred_on")) == [
        ("", "user", date(2026, 11, 21)),
        ("user", "champion", date(2026, 11, 26)),
        ("champion", "", date(2026, 12, 1)),
    ]
    with pytest.raises(ValidationError, match="future"):
        services.mark_left(marek, left_on=date(2027, 12, 1), by=ada, as_of=AS_OF + timedelta(days=20))
    with pytest.raises(ValidationError, match="is not a time zone"):
        services.revise_contact(marek, timezone="Mars/Olympus", by=ada, as_of=AS_OF + timedelta(days=20))


def test_the_latest_consent_counts_and_windows_do_not_overlap(north: Account, ada: User) -> None:
    marek = services.record_contact(account=north, name="Marek", by=ada, as_of=AS_OF)
    services.record_consent(marek, channel="email", state="granted", source="Order form", by=ada, as_of=AS_OF)
    services.record_consent(marek, channel="email", state="withdrawn", by=ada, as_of=AS_OF + timedelta(days=1))
    assert marek.consents.order_by("-occurred_at").values_list("state", flat=True)[0] == "withdrawn"
    services.set_windows(marek, windows=[(0, time(9), time(12))], by=ada, as_of=AS_OF)
    with pytest.raises(UnusableAmount, match="overlap"):
        services.set_windows(marek, windows=[(0, time(9), time(12)), (0, time(11), time(13))], by=ada, as_of=AS_OF)
    with pytest.raises(UnusableAmount, match="cannot be"):
        services.set_windows(marek, windows=[(7, time(9), time(12))], by=ada, as_of=AS_OF)
    assert marek.windows.count() == 1


def test_a_field_of_ones_own_has_a_type_that_every_value_keeps_to(north: Account, ada: User) -> None:
    make_field = {"subject": "account", "by": ada, "as_of": AS_OF}
    services.create_custom_field(key="seats", label="Seats", kind="number", **make_field)
    services.create_custom_field(key="tier", label="Tier", kind="choice", choices=["Gold", "Silver"], **make_field)
    services.create_custom_field(key="since", label="Since", kind="date", **make_field)
    good = {"seats": 12, "tier": "Gold", "since": "2026-01-31", "free": "text"}
    services.revise_account(north, attributes=good, by=ada, as_of=AS_OF)
    services.revise_account(north, attributes={"free": None, "seats": 13}, by=ada, as_of=AS_OF)
    north.refresh_from_db()
    assert north.attributes == {"seats": 13, "tier": "Gold", "since": "2026-01-31"}
    for bad, sentence in (
        ({"seats": "many"}, "Seats: “many” is not a number"),
        ({"seats": True}, "is not a number"),
        ({"tier": "Bronze"}, "Choose one of: Gold, Silver"),
        ({"since": "31.01.2026"}, "Write it as 2027-01-31"),
        ({"free": [1]}, "write a text"),
        ({"x" * 81: 1}, "1 to 80 characters"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            services.revise_account(north, attributes=bad, by=ada, as_of=AS_OF)


def test_a_field_never_promises_what_rows_do_not_keep(north: Account, ada: User) -> None:
    services.revise_account(north, attributes={"size": "big"}, by=ada, as_of=AS_OF)
    with pytest.raises(UnusableField, match="1 row holds something else under “size”: “big”"):
        services.create_custom_field(subject="account", key="size", label="Size", kind="number", by=ada, as_of=AS_OF)
    field = services.create_custom_field(
        subject="account", key="size", label="Size", kind="choice", choices=["big", "small"], by=ada, as_of=AS_OF
    )
    with pytest.raises(UnusableField, match="1 row holds “big” under “size”, which is not on the list"):
        services.revise_custom_field(field, label="Size", choices=["small"], by=ada, as_of=AS_OF)
    changed = services.revise_custom_field(field, label="How large", choices=["big", "small"], by=ada, as_of=AS_OF)
    assert (changed.version, changed.label) == (2, "How large")
    services.archive_custom_field(field, by=ada, as_of=AS_OF)
    with pytest.raises(ValidationError, match="is archived"):
        services.revise_account(north, attributes={"size": "small"}, by=ada, as_of=AS_OF)
    services.revise_account(north, attributes={"size": None}, by=ada, as_of=AS_OF)
    verbs = AuditEvent.objects.filter(object_id=str(field.pk)).order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["custom_field.created", "custom_field.revised", "custom_field.archived"]
    assert CustomField.objects.count() == 1


def test_files_are_what_their_names_say_and_lie_below_the_tenant(north: Account, ada: User, acme: Any) -> None:
    kept = services.attach_file(
        account=north, content=ContentFile(PDF), file_name="../../Plan.pdf", by=ada, as_of=AS_OF
    )
    assert (kept.file_name, kept.content_type, kept.size) == ("Plan.pdf", "application/pdf", len(PDF))
    assert kept.stored_as.startswith("acme/attachments/")
    assert "Plan" not in kept.stored_as
    with default_storage.open(kept.stored_as) as file:
        assert file.read() == PDF


def test_office_documents_are_told_from_their_parts(north: Account, ada: User) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    kept = services.attach_file(
        account=north, content=ContentFile(packed.getvalue()), file_name="a.xlsx", by=ada, as_of=AS_OF
    )
    assert kept.content_type.endswith("spreadsheetml.sheet")
    with pytest.raises(UnusableFile):
        services.attach_file(
            account=north, content=ContentFile(packed.getvalue()), file_name="a.docx", by=ada, as_of=AS_OF
        )


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type that is not kept"),
        ("page.html", b"<html></html>", "type that is not kept"),
        ("plan.pdf", b"<html><script>alert(1)</script></html>", "not what its name says"),
        ("notes.txt", b"  <SVG onload=alert(1)>", "not what its name says"),
        ("notes.txt", b"\x00\x01", "not what its name says"),
        ("plan.pdf", b"<svg>", "not what its name says"),
        ("photo.png", PDF, "not what its name says"),
        ("sheet.xlsx", b"PK\x03\x04 broken", "not what its name says"),
        ("empty.pdf", b"", "is empty"),
        ("noending", PDF, "type that is not kept"),
        ("large.txt", b"a" * (1024 * 1024 + 1), "larger than 1 MB"),
    ],
)
def test_files_that_lie_or_could_run_are_refused(
    north: Account, ada: User, settings: Any, name: str, data: bytes, sentence: str
) -> None:
    settings.ATTACHMENT_MB = 1
    with pytest.raises(UnusableFile, match=sentence):
        services.attach_file(account=north, content=ContentFile(data), file_name=name, by=ada, as_of=AS_OF)


def test_a_file_that_evidence_points_to_stays(
    north: Account, ada: User, django_capture_on_commit_callbacks: Any
) -> None:
    kept = services.attach_file(account=north, content=ContentFile(b"Minutes"), file_name="a.txt", by=ada, as_of=AS_OF)
    with pytest.raises(CitedFile):
        services.remove_attachment(kept, is_cited=True, by=ada, as_of=AS_OF)
    with django_capture_on_commit_callbacks(execute=True):
        gone = services.remove_attachment(kept, is_cited=False, by=ada, as_of=AS_OF)
    assert gone.removed_at == AS_OF
    assert not default_storage.exists(kept.stored_as)


def test_nothing_of_another_tenant_is_touched(north: Account, ada: User, inside: Any) -> None:
    with inside("globex"):
        make.account(external_id="N", name="Other")
        Contact.objects.create(account=Account.objects.get(), name="Mallory's contact")
    services.merge_accounts(survivor=make.account(), absorbed=north, by=ada, as_of=AS_OF)
    with inside("globex"):
        assert Account.objects.get().status == "active"
        assert services.resolve_external_ids(["N"]) == {"N": Account.objects.get().pk}
