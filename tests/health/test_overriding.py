"""What a person sets by hand: it stands above the formula, is told, and ends by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from cshub.audit.models import AuditEvent
from health import queries
from health.engine.scoring import input_hash
from health.invariants import INVARIANTS
from health.models import AccountHealth, HealthOverride, HealthScore
from health.overriding import BadOverride, end_override, override_health
from health.services import score_accounts
from health.sql.run import read_verdicts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
LATER = make.AS_OF + timedelta(hours=1)
WORDS = {"reason": "Their board decided to stay", "until_on": make.ago(-2)}


def current():
    return AccountHealth.objects.values_list("score", "band", "reason").get()


def test_it_stands_until_its_day_and_then_ends_by_itself():
    version = make.active_version(make.document(coverage_floor=0.5))
    northwind = make.account()
    make.answered(northwind, 2)
    score_accounts(as_of=make.AS_OF)
    before = read_verdicts(version, as_of=make.AS_OF)

    made = override_health(northwind, band="good", by=cast.grace(), as_of=LATER, **WORDS)

    assert current() == (Decimal("70.00"), "good", "by hand")
    score_accounts(as_of=make.AS_OF + timedelta(days=2))
    assert current()[1] == "good"
    score_accounts(as_of=make.AS_OF + timedelta(days=3))
    assert current() == (Decimal("20.00"), "risk", "nps")
    assert read_verdicts(version, as_of=make.AS_OF) == before
    again = read_verdicts(version, as_of=LATER)
    assert again[0]["input_hash"] == input_hash(version.pk, [2.0], made.pk)
    assert HealthScore.objects.filter(override_id=made.pk).count() == 1
    assert [found for each in INVARIANTS for found in each.violations()] == []


@pytest.mark.parametrize(
    ("terms", "verdict"),
    [
        ({"score": Decimal("33.30")}, (Decimal("33.30"), "risk")),
        ({"band": "watch"}, (Decimal("57.50"), "watch")),
        ({"band": "risk"}, (Decimal("22.50"), "risk")),
    ],
)
def test_the_unknown_can_be_set_and_the_arithmetic_agrees(terms, verdict):
    make.active_version(make.document(coverage_floor=0.5))
    northwind = make.account()
    override_health(northwind, by=None, as_of=make.AS_OF, **terms, **WORDS)
    assert current() == (*verdict, "by hand")
    assert [found for each in INVARIANTS for found in each.violations()] == []


def test_it_is_told_with_its_author_and_taken_back():
    make.active_version()
    northwind, grace = make.account(), cast.grace()
    make.answered(northwind, 2)
    made = override_health(northwind, band="good", by=grace, as_of=make.AS_OF, **WORDS)

    why = queries.explanation(northwind, as_of=make.AS_OF)
    assert why is not None
    assert (why.reason, why.override, why.computed) == ("Set by hand by Grace", made, Decimal(20))

    assert queries.reasons([northwind.pk]) == {northwind.pk: "Set by hand by Grace"}
    assert queries.verdicts([northwind.pk], as_of=make.AS_OF)[northwind.pk].reason == "Set by hand by Grace"

    end_override(made, by=grace, as_of=LATER)
    assert current() == (Decimal("20.00"), "risk", "nps")
    verbs = list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["health.overridden", "health.override_ended"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"score": Decimal(3)}, "band"),
        ({"band": ""}, "band"),
        ({"band": "unknown"}, "band"),
        ({"until_on": make.ago(1)}, "until_on"),
        ({"until_on": make.ago(-400)}, "until_on"),
    ],
)
def test_nonsense_is_refused(change, field):
    with pytest.raises(BadOverride) as refusal:
        override_health(make.account(), by=None, as_of=make.AS_OF, **{"band": "good", **WORDS, **change})
    assert refusal.value.field == field
    assert not HealthOverride.objects.exists()


def test_it_is_set_on_a_page_and_read_and_taken_back_over_rest(client):
    make.active_version()
    northwind = make.account()
    client.force_login(cast.ada())
    day = timezone.localdate() + timedelta(days=9)
    page = f"/accounts/{northwind.pk}/health/"

    assert client.post(page, {"band": "good", "reason": "", "until_on": day}).status_code == 422
    assert client.post(page, {"band": "good", "reason": "They renewed by word", "until_on": day}).status_code == 302
    assert "They renewed by word" in client.get(f"/accounts/{northwind.pk}/").content.decode()

    (row,) = client.get("/api/v1/health_overrides/").json()["data"]
    assert (row["band"], row["until_on"]) == ("good", day.isoformat())
    done = client.post(f"/api/v1/health_overrides/{row['id']}/ending/", "{}", content_type="application/json")
    assert done.status_code == 201
    assert HealthOverride.objects.get().ended_at is not None
