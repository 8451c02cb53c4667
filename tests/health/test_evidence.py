"""The rows behind a signal are those its raw value was measured from."""

from datetime import timedelta

import pytest

from accounts.models import Ticket
from health.engine.definition import parse
from health.engine.sources import SOURCES
from health.queries.evidence import Behind, behind, rows_behind, trail
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
DAY = timedelta(days=1)
NO_ROWS = {"tenure_months", "attribute"}


def formula(*measures):
    return parse(make.document(make.group(*measures)))


def test_they_are_counted_with_their_age_in_one_statement(count_queries):
    northwind, other = make.account(), make.account()
    make.answered(northwind, 9, at=make.AS_OF - 300 * DAY)  # before the window
    make.answered(northwind, 4, at=make.AS_OF - 9 * DAY, recorded_at=make.AS_OF - 8 * DAY)
    make.answered(northwind, 2, at=make.AS_OF - 2 * DAY, recorded_at=make.AS_OF + DAY)  # nobody knew it yet
    make.answered(other, 1)
    make.used(northwind, {make.ago(3): 5, make.ago(1): 7, make.ago(0): 7})
    asked = formula(
        make.measure(),
        make.measure("csat", "survey_csat"),
        make.measure("use", "usage_trend"),
        make.measure("since", "tenure_months"),
    )

    found = behind(asked, northwind.pk, as_of=make.AS_OF)

    assert found["nps"] == Behind(1, make.AS_OF - 9 * DAY, make.AS_OF - 8 * DAY)
    assert found["csat"] == Behind(0, None, None)
    assert found["use"].count == 2
    assert "since" not in found
    assert count_queries(lambda: behind(asked, northwind.pk, as_of=make.AS_OF)) == 1


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"attribute"}))
def test_every_source_says_where_its_rows_are(source, client):
    northwind = make.account()
    terms = {"metric": "logins"} if SOURCES[source].needs_metric else {}
    if terms:
        make.make.metric("logins")
    asked = formula(make.measure("it", source, **terms))
    found = trail(asked.measures[0], northwind.pk, as_of=make.AS_OF)
    assert (found is None) == (source in NO_ROWS)
    assert rows_behind(asked.measures[0], northwind.pk, as_of=make.AS_OF) == ()
    if found is not None:
        client.force_login(cast.ada())
        assert client.get(found.path).status_code == 200, found.path


def test_the_rows_of_a_ticket_signal_are_the_waiting_tickets():
    northwind = make.account()
    told = {"recorded_at": make.AS_OF - DAY, "account": northwind}
    Ticket.objects.create(external_id="t1", subject="Export fails", opened_at=make.AS_OF - DAY, **told)
    Ticket.objects.create(
        **told, external_id="t2", opened_at=make.AS_OF - 2 * DAY, resolved_at=make.AS_OF - DAY,
        status="resolved",
    )  # fmt: skip
    (row,) = rows_behind(formula(make.measure("t", "tickets_open")).measures[0], northwind.pk, as_of=make.AS_OF)
    assert (row.at, row.title) == (make.AS_OF - DAY, "Export fails")
