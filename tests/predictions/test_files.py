"""Who is predicted to leave, as a file."""

import csv

import pytest

from accounts.models import Account
from cshub.audit.models import AuditEvent
from health.predictions import services
from health.predictions.models import AccountPrediction
from tests import cast
from tests.predictions.make import AS_OF, lived, present

pytestmark = pytest.mark.usefixtures("acme")


def test_the_file_holds_every_probability_the_highest_first_and_no_formulas(client):
    lived()
    present()
    services.learn(as_of=AS_OF)
    services.predict(as_of=AS_OF)
    highest = AccountPrediction.objects.order_by("-probability", "account").first()
    Account.objects.filter(pk=highest.account_id).update(name="=HYPERLINK(1)")
    client.force_login(cast.finn())

    answer = client.get("/health/prediction/export/")

    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert answer["Content-Type"].startswith("text/csv")
    assert len(rows) == AccountPrediction.objects.count() > 1
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)
    assert all(float(row["low"]) <= float(row["probability"]) <= float(row["high"]) for row in rows)
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert any(row["raises"] for row in rows)
    assert AuditEvent.objects.latest("seq").after == {"accounts": len(rows)}
