"""Every kind of file goes in, changes nothing the second time, and says what is wrong with a row."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.ingest import services
from accounts.ingest.kinds import KINDS
from accounts.ingest.reading.readers import Column
from accounts.ingest.samples import sample_file
from accounts.ingest.services.undoing import undo_import
from accounts.models import (
    ChangedAccount,
    Contact,
    CustomField,
    Interaction,
    Invoice,
    Order,
    Ownership,
    RoleChange,
    SurveyResponse,
    Ticket,
)
from tests import cast
from tests.accounts import make
from tests.ingest.files import INVOICES, MORNING, ORDERS, bring_in, check, counts, problems, upload

CONTACTS = (
    "contact id,account,name,email,role,job title,joined,shoe size\n"
    "c1,a,Nora Berg,nora@a.example,Champion,CFO,2024-05-01,38\n"
    "c2,a,,otto@a.example,decision maker,,,\n"
)
SURVEYS = (
    "response id,account,email,survey,score,comment,answered at\n"
    "s1,a,nora@a.example,NPS,9,Good,2026-11-01T10:00:00+02:00\n"
    "s2,a,c1,CSAT,2,,01.11.2026 09:30\n"
)
TICKETS = (
    "ticket id,organization id,requester,subject,status,priority,created at,first response at,solved at,reopens,time spent,csat\n"
    "t1,a,nora@a.example,Login fails,Solved,Medium,2026-11-01 10:00,2026-11-01 10:20,2026-11-02 09:00,1,45,4\n"
    "t2,a,,Slow,new,critical,2026-11-03 08:00,,,,,\n"
)
INTERACTIONS = (
    "id,account,contact,channel,direction,mode,minutes,subject,text,occurred at\n"
    "m1,a,nora@a.example,phone,out,proactive,20,Review,All well,2026-11-01 10:00\n"
    "m2,a,,mail,in,reactive,,,Where is the export,2026-11-02 10:00\n"
)
FILES = {
    "contacts": CONTACTS, "orders": ORDERS, "invoices": INVOICES, "surveys": SURVEYS, "tickets": TICKETS, "interactions": INTERACTIONS,
}  # fmt: skip


@pytest.fixture
def account(acme):
    return make.account(external_id="a", name="Northwind")


@pytest.fixture
def nora(account):
    return make.contact(account, external_id="c1", name="Nora Berg", email="Nora@A.example")


@pytest.mark.parametrize("kind", FILES)
def test_the_same_file_again_changes_nothing(nora, kind):
    text = FILES[kind].replace("c1,a,Nora", "c0,a,Nora")
    rows = text.count("\n") - 1
    assert (counts(check(text, kind=kind)), problems(check(text, kind=kind))) == ((rows, 0, 0, 0), [])
    assert counts(bring_in(text, kind=kind)) == (rows, 0, 0, 0)
    for days in (0, 40):
        assert counts(bring_in(text, kind=kind, as_of=MORNING + timedelta(days=days))) == (0, 0, rows, 0)
    assert ChangedAccount.objects.get().account.external_id == "a"


@pytest.mark.parametrize("kind", FILES)
def test_a_row_of_an_account_nobody_knows_waits(acme, kind):
    batch = bring_in(FILES[kind], kind=kind)
    assert batch.added_count == 0
    assert problems(batch)[0][3] == "There is no account with the external ID “a”. Import the account first."


def test_contacts_keep_the_history_of_their_roles(account):
    bring_in(CONTACTS, kind="contacts")
    nora, otto = Contact.objects.order_by("external_id")
    assert (nora.role, nora.title, nora.joined_on, nora.attributes) == (
        "champion", "CFO", date(2024, 5, 1), {},
    )  # fmt: skip
    assert (otto.name, otto.role) == ("otto@a.example", "decision_maker")
    later = "contact id,account,role,left on\nc1,a,sponsor,\nc2,a,,2026-11-20\n"
    assert counts(bring_in(later, kind="contacts")) == (0, 2, 0, 0)
    changes = RoleChange.objects.order_by("contact__external_id", "recorded_at", "id")
    assert [(each.contact.external_id, each.from_role, each.to_role, each.occurred_on) for each in changes] == [
        ("c1", "", "champion", date(2024, 5, 1)),
        ("c1", "champion", "sponsor", MORNING.date()),
        ("c2", "", "decision_maker", MORNING.date()),
        ("c2", "decision_maker", "", date(2026, 11, 20)),
    ]


def test_what_is_wrong_with_a_contact_is_said(account):
    make.contact(make.account(external_id="b"), external_id="c9")
    text = (
        "contact id,account,email,time zone,joined,left\nc1,a,nora,,,\nc2,a,,Europe/Atlantis,,\n"
        "c3,a,,,2026-05-01,2026-04-01\nc9,a,,,,\nc4,a,,,,2026-12-24\n"
    )
    assert [problem for *_rest, problem in problems(bring_in(text, kind="contacts"))] == [
        "“nora” is not an e-mail address. Correct it, or leave the cell empty.",
        "“Europe/Atlantis” is not a time zone. Write one such as Europe/Warsaw.",
        "This person would have left on 2026-04-01, before joining on 2026-05-01. Correct one of the dates.",
        "This contact is at another account than Northwind. Give the person there an external ID of its own.",
        "2026-12-24 is still to come. Give the day on which it happened.",
    ]


def test_answers_find_their_contact_by_id_or_mail(nora):
    bring_in(SURVEYS, kind="surveys")
    first, second = SurveyResponse.objects.order_by("external_id")
    assert (first.contact, first.score, first.occurred_at) == (nora, 9, datetime(2026, 11, 1, 8, tzinfo=UTC))
    assert (second.contact, second.kind, second.occurred_at) == (nora, "csat", datetime(2026, 11, 1, 9, 30, tzinfo=UTC))
    assert counts(bring_in(SURVEYS.replace("NPS,9", "NPS,3"), kind="surveys")) == (0, 1, 1, 0)


def test_what_is_wrong_with_an_answer_is_said(nora):
    make.contact(make.account(external_id="b"), external_id="c9")
    text = (
        "id,account,contact,survey,score,answered at\ns1,a,,NPS,11,2026-11-01\ns2,a,,CSAT,0,2026-11-01\ns3,a,c9,NPS,5,2026-11-01\n"
        "s4,a,nobody,NPS,5,2026-11-01\ns5,a,,NPS,5,2026-12-24 10:00\ns6,a,,NPS,5,2026-11-01 25:00\n"
    )
    assert [problem for *_rest, problem in problems(bring_in(text, kind="surveys"))] == [
        "“11” is not a whole number from 0 to 10.",
        "0 is off the scale: a CSAT score runs from 1 to 5. Correct the score.",
        "The contact “c9” is at another account than Northwind. Choose a contact of this account, or leave the cell empty.",
        "Northwind has no contact “nobody”. Import the contact first, by its external ID or e-mail, or leave the cell empty.",
        "This lies in the future. Write down what has happened.",
        "“2026-11-01 25:00” is not a date with a time. Write it like 2027-01-14 09:30.",
    ]


def test_tickets_are_opened_resolved_and_opened_again(nora):
    bring_in(TICKETS, kind="tickets")
    first, second = Ticket.objects.order_by("external_id")
    assert (first.status, first.priority, first.contact, first.minutes, first.satisfaction, first.reopened_count) == (
        "resolved", "normal", nora, 45, 4, 1,
    )  # fmt: skip
    assert (second.status, second.priority, second.minutes) == ("open", "urgent", None)
    again = "ticket id,account,created at,status,reopens\nt1,a,2026-11-01 10:00,reopened,2\n"
    assert counts(bring_in(again, kind="tickets")) == (0, 1, 0, 0)
    first.refresh_from_db()
    assert (first.status, first.resolved_at, first.reopened_count, first.subject) == ("open", None, 2, "Login fails")


def test_what_is_wrong_with_a_ticket_is_said(nora):
    text = (
        "id,account,created at,first reply,resolved,status,csat\nt1,a,2026-11-02 10:00,2026-11-02 09:59,,,\n"
        "t2,a,2026-11-02 10:00,,2026-11-01 10:00,,\nt3,a,2026-11-02 10:00,,,closed,\nt4,a,2026-11-02 10:00,,2026-11-03 10:00,open,\n"
        "t5,a,2026-11-02 10:00,,,,0\nt6,a,2099-01-01 10:00,,,,\n"
    )
    said = problems(bring_in(text, kind="tickets"))
    assert [problem for *_rest, problem in said][2:] == [
        "The ticket is resolved, and nothing says when. Give the time, or another status.",
        "The ticket is open and was resolved at 3 Nov 2026, 10:00. Leave one of the two empty.",
        "Satisfaction runs from 1 (bad) to 5 (good). Correct it, or leave it empty.",
        "This lies in the future. Write down what has happened.",
    ]
    assert said[0][1:3] == ("first reply", "2026-11-02 09:59")
    assert "lies before the ticket was opened" in said[0][3]
    assert "before it was opened" in said[1][3]


def test_an_interaction_is_never_changed(nora):
    bring_in(INTERACTIONS, kind="interactions")
    first, second = Interaction.objects.order_by("external_id")
    assert (first.contact, first.channel, first.direction, first.minutes) == (nora, "call", "outbound", 20)
    assert (second.subject, second.minutes) == ("Where is the export", 0)
    batch = bring_in(INTERACTIONS.replace("All well", "Not well"), kind="interactions")
    assert (counts(batch), problems(batch)[0][1:]) == (
        (0, 0, 1, 1),
        (
            "id",
            "m1",
            "The interaction “m1” is recorded with another content. Interactions are never changed: give this one an external ID of its own.",
        ),
    )
    first.refresh_from_db()
    assert first.body == "All well"


def test_a_colleague_is_named_by_mail(account):
    ada = cast.ada()
    text = "id,account,channel,direction,mode,subject,user email,date\nm1,a,call,out,proactive,Hello,ada@acme.example,2026-11-01\n"
    assert counts(bring_in(text, kind="interactions")) == (1, 0, 0, 0)
    assert Interaction.objects.get().user == ada


def test_further_fields_fit_what_the_tenant_defined(account):
    CustomField.objects.create(subject="contact", key="shoe_size", label="Shoe size", kind="number")
    CustomField.objects.create(subject="contact", key="vip", label="VIP", kind="yes_no")
    text = "contact id,account,shoe size,vip\nc1,a,38,yes\nc2,a,large,no\n"
    batch = upload(text, kind="contacts")
    columns = [
        Column("external_id", "contact id"),
        Column("account", "account"),
        Column("attributes.shoe_size", "shoe size"),
        Column("attributes.vip", "vip"),
    ]
    services.match_columns(batch, columns=columns, by=None, as_of=MORNING)
    batch = services.import_batch(batch, by=None, as_of=MORNING)
    assert Contact.objects.get().attributes == {"shoe_size": 38, "vip": True}
    assert problems(batch) == [
        (
            3,
            "shoe size",
            "large",
            "Shoe size: “large” is not a number. Give one without quotation marks, such as 12.5.",
        ),
    ]


def test_one_tenant_never_sees_rows_of_another(account, inside):
    bring_in(ORDERS, kind="orders")
    with inside("globex"):
        assert problems(bring_in(ORDERS, kind="orders"))[0][3].startswith("There is no account")
        make.account(external_id="a")
        assert counts(bring_in(ORDERS, kind="orders")) == (3, 0, 0, 0)
        Order.objects.filter(external_id="o1").update(status="cancelled")
    assert Order.objects.get(external_id="o1").status == "placed"


def test_an_account_that_was_merged_away_is_not_imported_again(account):
    make.account(external_id="old", status="merged", merged_into=account)
    batch = bring_in("external id,name\nold,Another\n")
    assert problems(batch)[0][3] == (
        "This account was merged into Northwind. Import the row under that account's external ID, or leave it out."
    )
    assert counts(bring_in(TICKETS.replace(",a,nora@a.example,", ",old,,"), kind="tickets")) == (2, 0, 0, 0)
    assert set(Ticket.objects.values_list("account__external_id", flat=True)) == {"a"}


def test_the_history_of_owners_follows_a_file(acme):
    cast.ada()
    ben = cast.ben()
    bring_in("external id,owner\na,ada@acme.example\n")
    bring_in("external id,owner\na,ben@acme.example\n", as_of=MORNING + timedelta(days=1))
    assert list(Ownership.objects.order_by("since").values_list("user__name", "until")) == [
        ("Ada", MORNING + timedelta(days=1)),
        ("Ben", None),
    ]
    assert ben.accounts.count() == 1


@pytest.mark.parametrize("kind", ["contacts", "invoices", "surveys", "tickets"])
def test_an_import_of_other_kinds_is_undone(nora, kind):
    model = {"contacts": Contact, "invoices": Invoice, "surveys": SurveyResponse, "tickets": Ticket}[kind]
    before = model.objects.count()
    batch = bring_in(FILES[kind].replace("c1,a,Nora", "c0,a,Nora"), kind=kind)
    undo_import(batch, by=None, as_of=MORNING + timedelta(days=2))
    assert model.objects.count() == before + (batch.added_count if kind == "contacts" else 0)  # their roles are history


def test_sample_files_belong_together_and_go_in_and_out_as_they_are(acme):
    batches = []
    for kind in KINDS:
        checked = check(sample_file(kind), kind=kind)
        assert (counts(checked), problems(checked)) == ((1, 0, 0, 0), []), kind
        batches.append(bring_in(sample_file(kind), kind=kind))
        assert counts(batches[-1]) == (1, 0, 0, 0), kind
        assert counts(bring_in(sample_file(kind), kind=kind)) == (0, 0, 1, 0), kind
    assert not CustomField.objects.exists(), "every column of a sample is known"
    for batch in reversed(batches):
        assert undo_import(batch, by=None, as_of=MORNING + timedelta(days=1)).state == "undone"
    assert not Ticket.objects.exists()
