"""The months of the history are made ahead, and what came too early finds its month."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from cshub.tenancy.partitions import months_missing
from health.models import HealthScore
from health.partitions import make_months_ahead
from health.services import score_accounts
from tests.health import make


def where_it_is() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select distinct tableoid::regclass::text from health_healthscore order by 1")
        return [name.split(".")[-1] for (name,) in cursor.fetchall()]


@pytest.mark.usefixtures("committed_acme")
def test_months_are_made_once_and_take_what_waited_for_them():
    make.active_version()
    make.answered(make.account(), 2)
    score_accounts(as_of=make.AS_OF + timedelta(days=300))
    assert where_it_is() == ["health_healthscore_default"]

    made = make_months_ahead(["acme", "globex"], as_of=make.AS_OF + timedelta(days=300), ahead=1)
    again = make_months_ahead(["acme", "globex"], as_of=make.AS_OF + timedelta(days=300), ahead=1)

    assert made == again == ["health_healthscore_2027_09", "health_healthscore_2027_10"]
    assert where_it_is() == ["health_healthscore_2027_09"]
    assert not months_missing("acme", table="health_healthscore", as_of=make.AS_OF + timedelta(days=300))
    assert months_missing("acme", table="health_healthscore", as_of=make.AS_OF + timedelta(days=900))


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("statement", ["update {} set version_id = version_id", "delete from {}", "truncate {}"])
@pytest.mark.parametrize("table", ["health_healthscore", "health_scoring", "health_healthscore_default"])
def test_the_application_cannot_rewrite_history(statement, table):
    make.active_version()
    make.answered(make.account(), 2)
    score_accounts(as_of=make.AS_OF)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert HealthScore.objects.count() == 1
