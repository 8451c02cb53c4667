"""The inbox: what is due, why it is first, what can be done, and what it says when nothing is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cshub.users.models import User
from playbooks import services
from playbooks.models import Task
from tests import cast
from tests.accounts import make
from tests.playbooks import make as work

NOW = cast.clock()


@pytest.fixture
def ada(acme: object, client: Client) -> User:
    user = cast.ada()
    client.force_login(user)
    return user


def due(title: str, days: int, **fields: Any) -> Task:
    account = make.account(name=f"{title} Ltd", owner=fields.get("owner"))
    return work.task(account, title=title, due_on=NOW.date() + timedelta(days=days), as_of=NOW, **fields)


def opened(client: Client, query: str = "") -> Any:
    answer = client.get(reverse("inbox") + query)
    assert answer.status_code == 200
    return answer


def test_tasks_stand_under_when_they_are_due_and_the_first_is_open(ada: User, client: Client) -> None:
    for title, days in (("Overdue", -2), ("Today", 0), ("Friday", 4), ("Next month", 30)):
        due(title, days, owner=ada)
    answer = opened(client)
    groups = [(str(name), [row.title for row in rows]) for name, rows in answer.context["groups"]]
    assert groups == [
        ("Now", ["Overdue"]),
        ("Today", ["Today"]),
        ("This week", ["Friday"]),
        ("Later", ["Next month"]),
    ]
    text = answer.content.decode()
    assert "Why this is first" in text
    assert "c-inbox is-open" not in text


def test_the_item_asked_for_is_open_and_says_why_it_stands_there(ada: User, client: Client) -> None:
    due("Overdue", -2, owner=ada)
    task = due("Friday", 4, owner=ada)
    text = opened(client, f"?item={task.pk}").content.decode()
    assert "c-inbox is-open" in text
    assert "Why it stands here" in text
    assert "Friday Ltd" in text


def test_the_ways_to_work_an_item_lead_back_to_the_next_one(ada: User, client: Client) -> None:
    first, second = due("First", -2, owner=ada), due("Second", 0, owner=ada)
    text = opened(client).content.decode()
    assert f'href="{reverse("task_complete", args=[first.pk])}?next=/%3Fitem%3D{second.pk}"' in text
    assert 'data-key="e"' in text
    assert 'data-key="h"' in text
    sent = {"minutes": "20", "result": "reached", "next": f"/?item={second.pk}"}
    answer = client.post(reverse("task_complete", args=[first.pk]), sent)
    assert answer["Location"] == f"/?item={second.pk}"
    assert [row.title for _name, rows in opened(client).context["groups"] for row in rows] == ["Second"]


def test_somebody_elses_task_is_shown_without_the_ways_to_work_it(ada: User, client: Client) -> None:
    task = due("Theirs", 0, owner=cast.ben())
    text = opened(client, f"?view=team&item={task.pk}").content.decode()
    assert "This task belongs to <bdi>Ben</bdi>" in text
    assert reverse("task_complete", args=[task.pk]) not in text
    client.force_login(cast.grace())
    assert reverse("task_complete", args=[task.pk]) in opened(client, f"?view=team&item={task.pk}").content.decode()


def test_a_closed_task_says_so_instead_of_offering_to_close_it_again(ada: User, client: Client) -> None:
    task = due("Done", 0, owner=ada)
    services.complete(task, by=ada, as_of=cast.clock(), minutes=5, result="reached")
    text = opened(client, f"?item={task.pk}").content.decode()
    assert "This task is closed" in text
    assert reverse("task_complete", args=[task.pk]) not in text


def test_snoozed_tasks_stand_in_their_own_view(ada: User, client: Client) -> None:
    services.snooze(due("Sleeping", 0, owner=ada), until=NOW + timedelta(days=3), by=ada, as_of=NOW)
    assert opened(client).context["row_count"] == 0
    answer = opened(client, "?view=snoozed")
    assert answer.context["row_count"] == 1
    assert "Back on" in answer.content.decode()


def test_an_empty_inbox_names_when_the_next_item_comes(ada: User, client: Client) -> None:
    assert "nothing is planned" in opened(client).content.decode()
    until = datetime.fromisoformat(f"{NOW.date() + timedelta(days=3)}T09:00:00+00:00")
    services.snooze(due("Sleeping", 0, owner=ada), until=until, by=ada, as_of=NOW)
    text = opened(client).content.decode()
    assert "The next item comes on" in text
    assert "09:00" in text


@pytest.mark.parametrize(
    "query", ["?view=everything", "?item=x", "?item=00000000-0000-0000-0000-000000000000", "?item=%00"]
)
def test_what_does_not_exist_is_not_found(ada: User, client: Client, query: str) -> None:
    assert client.get(reverse("inbox") + query).status_code == 404


def test_a_task_of_another_tenant_is_not_found(ada: User, client: Client, inside: Callable[[str], Any]) -> None:
    with inside("globex"):
        foreign = work.task(owner=work.ada()).pk
    assert client.get(f"/?item={foreign}").status_code == 404


def test_the_inbox_costs_as_many_queries_with_two_items_as_with_twenty(
    ada: User, client: Client, count_queries: Callable[[Callable[[], object]], int]
) -> None:
    for number in range(2):
        work.health(due(f"Task {number}", number, owner=ada).account)
    opened(client)  # formulas, and what became of renewals, are kept
    few = count_queries(lambda: opened(client))
    for number in range(2, 20):
        work.health(due(f"Task {number}", number, owner=ada).account)
    assert count_queries(lambda: opened(client)) == few
    assert (
        few == 8
    )  # one is the renewal due, one whom this person covers for; whoever adds one says here what it is for


def test_a_long_inbox_comes_in_pages_without_gap_or_repetition(ada: User, client: Client) -> None:
    account = make.account(name="Busy", owner=ada)
    for number in range(53):
        work.task(account, title=f"Task {number:02}", due_on=NOW.date() + timedelta(days=number), owner=ada, as_of=NOW)
    begun = work.task(account, title="Begun", due_on=NOW.date() + timedelta(days=99), owner=ada, as_of=NOW)
    services.start(begun, by=ada, as_of=NOW)
    first = opened(client)
    rows = [row.title for _name, group in first.context["groups"] for row in group]
    assert rows[0] == "Begun", "what was begun stands first, whenever it is due"
    assert rows[1:] == [f"Task {number:02}" for number in range(50)]
    assert "<bdi>51+</bdi>" in first.content.decode()
    second = opened(client, first.context["next_url"].removeprefix(reverse("inbox")))
    assert [row.title for _name, group in second.context["groups"] for row in group] == [
        "Task 50",
        "Task 51",
        "Task 52",
    ]
    assert second.context["next_url"] == ""
    text = second.content.decode()
    assert f'href="{reverse("inbox")}"' in text
    assert "Why this is first" not in text
    following = second.context["after_url"].removeprefix(reverse("inbox"))
    assert opened(client, following).context["item"].row.title == "Task 51"


@pytest.mark.parametrize("after", ["x", "2026-01-01", "2026-01-01~x", "~"])
def test_a_damaged_place_in_the_inbox_is_not_found(ada: User, client: Client, after: str) -> None:
    assert client.get(reverse("inbox"), {"after": after}).status_code == 404


def test_the_navigation_counts_what_is_due_by_today_in_one_query(
    ada: User, client: Client, count_queries: Callable[[Callable[[], object]], int]
) -> None:
    due("Overdue", -1, owner=ada)
    due("Today", 0, owner=ada)
    due("Tomorrow", 1, owner=ada)
    due("Not mine", 0, owner=cast.ben())
    text = client.get(reverse("profile")).content.decode()
    assert '<span class="c-nav-count is-hot">2</span>' in text
    with_navigation = count_queries(lambda: client.get(reverse("profile")))
    json_only = count_queries(lambda: client.get(reverse("search")))
    assert with_navigation - json_only <= 2


def test_names_and_titles_are_text_not_markup(ada: User, client: Client) -> None:
    work.task(make.account(name="<b>Bold</b>", owner=ada), title="<script>x</script>", owner=ada)
    text = opened(client).content.decode()
    assert "<script>x" not in text
    assert "<b>Bold" not in text


def test_the_language_is_switched_and_kept(ada: User, client: Client) -> None:
    for own in ("", "fa"):
        User.objects.update(language=own)
        answer = client.post(reverse("set_language"), {"language": "pl", "next": "/"})
        assert answer["Location"] == "/"
        assert client.get("/").headers["Content-Language"] == "pl"
    client.post(reverse("set_language"), {"language": "xx"})
    assert client.get("/").headers["Content-Language"] == "pl"
