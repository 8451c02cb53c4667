"""Objects read by a statement are what querysets give: with related ones beside them, JSON, and fields that come when they are asked for."""

from collections.abc import Callable

import pytest
from django.forms.models import model_to_dict

from accounts.models import Account
from cshub.db.reading import columns, read
from cshub.users.models import User
from tests import cast
from tests.accounts import make

pytestmark = pytest.mark.usefixtures("acme")
WITH_OWNER = f"""SELECT {columns(Account, "a")}, {columns(User, "u", "owner")}, 7 AS seven
    FROM accounts_account a LEFT JOIN users_user u ON u.id = a.owner_id WHERE a.name = %(name)s"""  # no value from outside


def test_a_row_is_the_object_a_queryset_gives(count_queries: Callable[[Callable[[], object]], int]) -> None:
    made = make.account(name="Northwind", owner=cast.ada(), attributes={"tier": [1, "two"]})
    [found] = read(Account, WITH_OWNER, {"name": "Northwind"})
    same = Account.objects.select_related("owner").get(pk=made.pk)
    assert model_to_dict(found) == model_to_dict(same)
    assert found.owner is not None
    assert same.owner is not None
    assert model_to_dict(found.owner) == model_to_dict(same.owner)
    assert (found.attributes, found.recorded_at, found.seven) == ({"tier": [1, "two"]}, same.recorded_at, 7)  # type: ignore[attr-defined]
    assert count_queries(lambda: (str(found.owner), found.segment)) == 0


def test_nobody_beside_it_is_none_and_what_was_not_read_comes_when_it_is_asked_for() -> None:
    made = make.account(name="Alone", region="north")
    [found] = read(Account, WITH_OWNER, {"name": "Alone"})
    assert found.owner is None
    [bare] = read(Account, "SELECT id, name FROM accounts_account WHERE id = %(id)s", {"id": made.pk})
    assert (bare.name, bare.region) == ("Alone", "north")
