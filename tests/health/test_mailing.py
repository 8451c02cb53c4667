"""People are told by mail which accounts of their book changed band: in their language, once, and no more when they had enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from cshub.tenancy.context import public_context, schema_context
from cshub.tenancy.hosts import site_address
from cshub.tenancy.models import Tenant
from cshub.users.models import Absence, User
from cshub.work.mail import NobodyToSendTo, compose
from cshub.work.models import OutboxEntry
from health.mailing import services
from health.mailing.mails import SHOWN
from health.models import HealthMailing, HealthTransition
from health.overriding import override_health
from health.services import score_accounts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
SITE = "https://acme.example"


def moved(book: dict[str, tuple[User | None, int | None, int | None]]) -> dict[str, Any]:
    """Accounts with an owner whose NPS went from the one answer to the other within the last hour; ten points of score each."""
    now = cast.clock()
    make.active_version(make.document(make.group(make.measure(label="Loyalty")), coverage_floor=0.5))
    made = {name: make.account(name=name, owner=owner) for name, (owner, _before, _after) in book.items()}
    for place in (1, 2):
        at = now - timedelta(minutes=40 - place * 10)
        for name, answers in book.items():
            answer = answers[place]
            if isinstance(answer, int):
                make.answered(made[name], answer, at=at - timedelta(minutes=1))
        score_accounts(as_of=at)
    return made


def told(*, as_of: Any = None) -> list[Any]:
    """The mails that leave now."""
    before = set(OutboxEntry.objects.values_list("pk", flat=True))
    services.tell_changes(site=SITE, as_of=as_of or cast.clock())
    return [compose(entry) for entry in OutboxEntry.objects.exclude(pk__in=before).order_by("payload__user")]


def test_whoever_owns_an_account_that_fell_is_told_with_the_reason_and_nobody_else():
    ada, _ben = cast.ada(), cast.ben()
    made = moved({"Northwind": (ada, 9, 2), "Steady": (ada, 8, 9), "Nobody's": (None, 9, 2)})
    make.paying(made["Northwind"], 12_000)
    (mail,) = told()
    assert mail.to == [ada.email]
    assert mail.subject == "Health of 1 account changed"
    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    for text in (mail.body, html):
        assert "Northwind" in text
        assert "NPS 2" in text
        assert "Fell (1)" in text
        assert "was Healthy (90)" in text
        assert f"{SITE}/accounts/{made['Northwind'].pk}/" in text
        assert "€12k a year" in text
        assert "Steady" not in text
        assert "Nobody" not in text
    assert "At risk (20)" in mail.body
    assert '<html lang="en" dir="ltr">' in html


def test_what_rose_and_what_became_unknown_stand_apart_the_largest_first():
    ada = cast.ada()
    made = moved({"Up": (ada, 2, 9), "Higher": (ada, 5, 8), "Down": (ada, 6, 1), "New": (ada, None, 2)})
    make.paying(made["Higher"], 500)
    (mail,) = told()
    assert mail.subject == "Health of 4 accounts changed"
    assert mail.body.index("Fell (1)") < mail.body.index("Down") < mail.body.index("Rose (2)")
    assert mail.body.index("Rose (2)") < mail.body.index("Higher") < mail.body.index("Up\n")
    assert mail.body.index("Up\n") < mail.body.index("Unknown, or known again (1)") < mail.body.index("New\n")
    assert "At risk (20) – was Unknown" in mail.body


def test_an_account_that_fell_and_rose_again_is_no_news():
    ada = cast.ada()
    made = moved({"Northwind": (ada, 9, 2)})
    make.answered(made["Northwind"], 9, at=cast.clock() - timedelta(minutes=6))
    score_accounts(as_of=cast.clock() - timedelta(minutes=5))
    assert HealthTransition.objects.count() == 2
    assert told() == []


def test_nobody_is_told_twice_and_the_next_mail_begins_where_the_last_ended():
    ada = cast.ada()
    made = moved({"Northwind": (ada, 9, 2)})
    now = cast.clock()
    assert len(told(as_of=now)) == 1
    assert told(as_of=now + timedelta(minutes=1)) == []
    tomorrow = now + timedelta(days=1)
    assert told(as_of=tomorrow) == []
    make.answered(made["Northwind"], 6, at=now - timedelta(minutes=2))
    score_accounts(as_of=now)
    HealthTransition.objects.filter(occurred_at=now).update(recorded_at=tomorrow + timedelta(hours=5))
    (mail,) = told(as_of=tomorrow + timedelta(days=1))
    assert "was At risk (20)" in mail.body
    assert "Watch (60)" in mail.body


@pytest.mark.parametrize(
    ("language", "direction", "words", "score"),
    [
        ("en", "ltr", ("Hello Ada,", "Fell (1)", "At risk (20)", "was Healthy (90)"), "20"),
        ("pl", "ltr", ("Spadek (1)", "Zagrożony (20)", "poprzednio: Zdrowy (90)"), "20"),
        ("ru", "ltr", ("Снижение (1)", "Под угрозой (20)", "раньше: В порядке (90)"), "20"),
        ("fa", "rtl", ("افت کردند (۱)", "در خطر (۲۰)", "پیش‌تر: سالم (۹۰)"), "۲۰"),
    ],
)
def test_each_reader_is_told_in_their_language_and_digits(language, direction, words, score):
    moved({"Northwind": (cast.ada(language=language), 9, 2)})
    (mail,) = told()
    html = mail.alternatives[0][0]
    assert f'lang="{language}" dir="{direction}"' in html
    assert score in mail.body
    assert score in html
    for text in words:
        assert text in mail.body, text


def test_latin_digits_are_kept_where_the_reader_chose_them():
    moved({"Northwind": (cast.ada(language="fa", digits="latin"), 9, 2)})
    assert "(20)" in told()[0].body


def test_who_covers_for_somebody_away_is_told_with_the_owners_name():
    ada, ben = cast.ada(), cast.ben()
    today = cast.clock().date()
    Absence.objects.create(
        user=ada, cover=ben, starts_on=today, ends_on=today + timedelta(days=3), recorded_at=cast.clock()
    )
    moved({"Northwind": (ada, 9, 2)})
    mails = {mail.to[0]: mail.body for mail in told()}
    assert set(mails) == {ada.email, ben.email}
    assert "Northwind (Ada)" in mails[ben.email]
    assert "Northwind\n" in mails[ada.email]


def test_a_health_that_a_person_set_is_told_with_their_words():
    ada = cast.ada()
    made = moved({"Northwind": (ada, 9, 9)})
    now = cast.clock()
    override_health(made["Northwind"], reason="They will cancel", until_on=now.date(), band="risk", by=ada, as_of=now)
    (mail,) = told(as_of=cast.clock() + timedelta(minutes=1))
    assert "Ada" in mail.body
    assert "Northwind" in mail.body


def test_many_are_counted_and_the_largest_named():
    ada = cast.ada()
    moved({f"Account {place:02}": (ada, 9, 2) for place in range(SHOWN + 2)})
    (mail,) = told()
    assert f"Fell ({SHOWN + 2})" in mail.body
    assert "And 2 more accounts." in mail.body
    assert mail.body.count(f"{SITE}/accounts/") == SHOWN


def test_the_number_of_queries_does_not_grow_with_readers_and_accounts(count_queries):
    people = [cast.person(f"P{place}", "csm") for place in range(6)]
    moved({f"Account {place}": (people[place % 6], 9, 2) for place in range(18)})
    used = count_queries(lambda: services.tell_changes(site=SITE, as_of=cast.clock()))
    assert OutboxEntry.objects.filter(kind="health_mail").count() == 6
    assert used <= 8


def test_whoever_left_or_had_enough_by_the_time_it_leaves_gets_nothing():
    ada = cast.ada()
    moved({"Northwind": (ada, 9, 2)})
    services.tell_changes(site=SITE, as_of=cast.clock())
    entry = OutboxEntry.objects.get(kind="health_mail")
    services.choose(ada, every="never", by=ada, as_of=cast.clock())
    with pytest.raises(NobodyToSendTo):
        compose(entry)
    HealthMailing.objects.all().delete()
    compose(entry)
    ada.is_active = False
    ada.save(update_fields=["is_active"])
    with pytest.raises(NobodyToSendTo):
        compose(entry)


def test_an_account_that_was_given_away_meanwhile_is_not_told():
    ada, ben = cast.ada(), cast.ben()
    made = moved({"Northwind": (ada, 9, 2)})
    services.tell_changes(site=SITE, as_of=cast.clock())
    made["Northwind"].owner = ben
    made["Northwind"].save(update_fields=["owner"])
    with pytest.raises(NobodyToSendTo):
        compose(OutboxEntry.objects.get(kind="health_mail"))


def test_one_chooses_in_the_profile_and_never_means_never(client):
    ada = cast.ada()
    moved({"Northwind": (ada, 9, 2)})
    client.force_login(ada)
    page = client.get(reverse("health_mails")).content.decode()
    assert 'value="day"' in page
    assert reverse("health_mails") in client.get(reverse("profile")).content.decode()
    assert client.post(reverse("health_mails"), {"every": "hourly"}).status_code == 422
    assert client.post(reverse("health_mails"), {"every": "never"}).status_code == 302
    assert services.chosen(ada) == "never"
    assert told() == []
    client.post(reverse("health_mails"), {"every": "day"})
    assert told(as_of=cast.clock() + timedelta(days=1)) == []  # what happened while nobody wanted to know is no news


def test_the_link_in_the_mail_asks_and_ends_without_signing_in(client):
    ada = cast.ada()
    moved({"Northwind": (ada, 9, 2)})
    (mail,) = told()
    link = mail.extra_headers["List-Unsubscribe"].strip("<>")
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.body
    address = link.removeprefix(SITE)
    assert ada.email in client.get(address).content.decode()
    assert services.chosen(ada) == "day"
    answer = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert "no more mails" in answer.content.decode()
    assert services.chosen(ada) == "never"
    assert client.get(f"{address[:-2]}x/").status_code == 404
    assert client.post(reverse("health_mails_stop", args=["x:y:z"])).status_code == 404


def test_a_mail_program_ends_them_without_a_token_of_the_form(client):
    ada = cast.ada()
    strict = type(client)(enforce_csrf_checks=True)
    strict.defaults |= client.defaults
    assert strict.post(reverse("health_mails_stop", args=[services.stop_token(ada.pk)])).status_code == 200
    assert services.chosen(ada) == "never"


def test_the_address_of_a_tenant_is_that_of_its_host(acme: Tenant, settings: Any) -> None:
    with public_context():
        first = acme.domains.get(is_primary=True).domain
    settings.HTTPS = True
    assert site_address() == f"https://{first}"
    settings.HTTPS = False
    assert site_address().startswith(f"http://{first}:")


def test_a_token_of_another_tenant_ends_nothing() -> None:
    ada = cast.ada()
    token = services.stop_token(ada.pk)
    assert services.reader_of(token) == ada
    with schema_context("globex"):
        cast.ada(id=ada.pk)
        assert services.reader_of(token) is None
