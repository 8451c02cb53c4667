"""Who is away is covered by somebody who is there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cshub.users.absences import CannotBeAway, covered_by, record_absence
from cshub.users.models import Absence, User
from playbooks.queries import inbox
from tests import cast
from tests.playbooks import make as work

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture
def ada(acme: object) -> User:
    return cast.ada()


@pytest.fixture
def ben(acme: object) -> User:
    return cast.ben()


def away(user: User, cover: User, since: date = MONDAY, until: date = FRIDAY) -> Absence:
    return record_absence(user, starts_on=since, ends_on=until, cover=cover, by=user, as_of=AS_OF)


def test_who_covers_sees_the_work_on_those_days_only(ada: User, ben: User) -> None:
    away(ada, ben)
    assert [covered_by(ben, on=day) for day in (date(2026, 11, 22), MONDAY, date(2026, 11, 26), FRIDAY)] == [
        [], [ada.pk], [ada.pk], []
    ]  # fmt: skip
    work.task(title="Call", owner=ada, due_on=MONDAY)
    assert inbox(ben, scope="mine", as_of=AS_OF).rows == []
    [row] = inbox(ben, scope="mine", as_of=AS_OF + timedelta(days=3)).rows
    assert (row.title, row.owner_id) == ("Call", ada.pk)


def test_who_covers_for_somebody_away_has_all_that_they_would_cover(ada: User, ben: User) -> None:
    grace = cast.grace()
    away(ada, ben)
    away(ben, grace, until=date(2026, 11, 25))
    days = (MONDAY, date(2026, 11, 24), date(2026, 11, 25))
    assert [set(covered_by(grace, on=day)) for day in days] == [{ada.pk, ben.pk}, {ada.pk, ben.pk}, set()]
    assert covered_by(ben, on=days[2]) == [ada.pk]
    work.task(title="Call", owner=ada, due_on=MONDAY)
    [row] = inbox(grace, scope="mine", as_of=AS_OF + timedelta(days=3)).rows
    assert (row.title, row.owner_id) == ("Call", ada.pk)


def test_covers_never_run_in_a_circle_nor_overlap(ada: User, ben: User) -> None:
    grace = cast.grace()
    away(ada, ben)
    away(ben, grace)
    with pytest.raises(CannotBeAway, match="in the end"):
        away(grace, ada, since=date(2026, 11, 26), until=date(2026, 12, 4))
    away(grace, ada, since=FRIDAY, until=date(2026, 12, 4))
    with pytest.raises(CannotBeAway, match="overlap"):
        away(ada, grace)
    with pytest.raises(CannotBeAway, match="somebody else"):
        away(ben, ben, since=FRIDAY, until=date(2026, 12, 4))
    with pytest.raises(CannotBeAway, match="not after"):
        away(ben, grace, since=FRIDAY, until=FRIDAY)


def test_an_absence_is_entered_and_removed_on_its_page(client: Client, ada: User, ben: User) -> None:
    client.force_login(ada)
    soon = cast.clock().date() + timedelta(days=3)
    body = {"starts_on": soon.isoformat(), "ends_on": (soon + timedelta(days=5)).isoformat(), "cover": str(ben.pk)}
    assert client.post(reverse("profile_absences"), body).status_code == 302
    assert client.post(reverse("profile_absences"), body).status_code == 422
    assert "Ben" in client.get(reverse("profile_absences")).content.decode()
    absence = Absence.objects.get()
    client.force_login(ben)
    assert client.post(reverse("profile_absence_removal", args=[absence.pk])).status_code == 404
    client.force_login(ada)
    assert client.post(reverse("profile_absence_removal", args=[absence.pk])).status_code == 302
    assert not Absence.objects.exists()


def test_who_leads_says_it_for_somebody_who_is_ill_and_takes_it_back(client: Client, ada: User, ben: User) -> None:
    soon = cast.clock().date() + timedelta(days=3)
    body = {"starts_on": soon.isoformat(), "ends_on": (soon + timedelta(days=5)).isoformat(), "cover": str(ben.pk)}
    client.force_login(ben)
    assert client.post(reverse("profile_absences"), {**body, "person": str(ada.pk)}).status_code == 422, (
        "a colleague speaks for himself, and cannot cover himself"
    )
    client.force_login(cast.grace())
    assert client.post(reverse("profile_absences"), {**body, "person": str(ada.pk)}).status_code == 302
    absence = Absence.objects.get()
    assert (absence.user, absence.cover) == (ada, ben)
    page = client.get(reverse("profile_absences")).content.decode()
    assert "Others who are away" in page
    assert client.post(reverse("profile_absence_removal", args=[absence.pk])).status_code == 302
    assert not Absence.objects.exists()
