"""The page of the whole book, the health page of an account, and both over REST."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from cshub.l10n import formats
from health.overriding import override_health
from health.queries import reasons
from health.services import score_accounts
from tests import cast
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
SUMS = ("accounts_accountrevenue", "value_accountvalue", "DISTINCT")


def midnight():
    """The beginning of today: pages read the clock themselves."""
    return datetime.combine(timezone.localdate(), time(), UTC)


@pytest.fixture
def northwind():
    """Scored forty days ago and a day ago: 90, now 20."""
    now = midnight()
    make.active_version(make.document(make.group(make.measure(label="Loyalty"), make.measure("csat", "survey_csat"))))
    found = make.account(name="Northwind", segment="large")
    make.paying(found, 1000)
    for days, score in ((40, 9), (1, 2)):
        at = now - timedelta(days=days)
        make.answered(found, score, at=at - timedelta(hours=1))
        score_accounts(as_of=at)
    return found


def test_the_page_shows_the_book_who_moved_and_the_groups(client, northwind):
    client.force_login(cast.finn())
    page = client.get("/health/portfolio/", {"by": "segment"}).content.decode()
    for text in ("Northwind", "Mean score, each account once", "−70.0", "large", "€1k"):
        assert text in page, text
    assert (
        "No score changed since then"
        in client.get("/health/portfolio/", {"since": timezone.localdate().isoformat()}).content.decode()
    )
    assert "No customers here" in client.get("/health/portfolio/", {"segment": "small"}).content.decode()


def test_sums_are_kept_for_a_while_and_say_from_when_they_are(client, northwind):
    client.force_login(cast.finn())
    first = client.get("/health/portfolio/")
    make.paying(make.account(name="Later"), 9000)
    client.force_login(cast.ada())
    with CaptureQueriesContext(connection) as log:
        again = client.get("/health/portfolio/")
    assert [query["sql"] for query in log.captured_queries if any(table in query["sql"] for table in SUMS)] == []
    assert again.context["summed_at"] == first.context["summed_at"]
    assert f"As of {formats.moment(first.context['summed_at'])}" in again.content.decode()
    assert again.context["whole"].account_count == 1
    assert client.get("/health/portfolio/", {"segment": "large"}).context["summed_at"] > first.context["summed_at"]

    cache.clear()
    assert client.get("/health/portfolio/").context["whole"].account_count == 2


def test_what_is_kept_is_explained_in_the_language_of_who_reads_it(client, northwind):
    client.force_login(cast.finn())
    client.get("/health/portfolio/")
    ada = cast.ada()
    ada.language = "pl"
    ada.save()
    client.force_login(ada)
    (fallen,) = client.get("/health/portfolio/").context["moved"].fallen
    with translation.override("pl"):
        assert fallen.reason == reasons([northwind.pk])[northwind.pk]


def test_what_is_kept_stays_in_its_tenant(client, northwind, inside):
    client.force_login(cast.finn())
    assert "Northwind" in client.get("/health/portfolio/").content.decode()
    with inside("globex"):
        mallory = Client(headers={"host": "globex.testserver"})
        mallory.force_login(cast.mallory())
    page = mallory.get("/health/portfolio/").content.decode()
    assert "No customers here" in page
    assert "Northwind" not in page


@pytest.mark.parametrize("asked", [{"by": "portfolio"}, {"by": "x"}, {"by": "parent", "parent": "x"}])
def test_what_is_no_table_is_not_found(client, asked):
    client.force_login(cast.ada())
    assert client.get("/health/portfolio/", asked).status_code == 404


def test_a_parent_opens_into_its_branches(client, northwind):
    make.account(name="Harbor", parent=northwind)
    client.force_login(cast.ada())
    page = client.get("/health/portfolio/", {"by": "parent", "parent": str(northwind.pk)}).content.decode()
    assert "Below Northwind" in page
    assert "Harbor" in page


def test_a_day_that_is_none_is_said_beside_its_field(client, northwind):
    client.force_login(cast.ada())
    for text in ("2026-02-30", "2999-01-01"):
        for address in ("/health/portfolio/", f"/accounts/{northwind.pk}/health/why/"):
            page = client.get(address, {"since": text}).content.decode()
            assert 'aria-describedby="since-problem"' in page


def test_the_health_page_tells_the_arithmetic_and_why_it_changed(client, northwind):
    client.force_login(cast.ada())
    since = (timezone.localdate() - timedelta(days=20)).isoformat()
    page = client.get(f"/accounts/{northwind.pk}/health/why/", {"since": since}).content.decode()
    assert "From 90.0 (Healthy)" in page
    assert "If “Loyalty” went from “2” to “5”: +30.0 points, then Watch" in page
    assert "Surveys: 2 rows" in page
    (*_later, first) = northwind.health_scores.order_by("-scored_at")
    again = client.get(f"/accounts/{northwind.pk}/health/why/", {"again": first.scored_at.isoformat()}).content.decode()
    assert "the same inputs, points and score, byte for byte" in again
    assert client.get(f"/accounts/{northwind.pk}/health/why/", {"again": "x"}).status_code == 404
    rows = client.get(f"/accounts/{northwind.pk}/health/why/nps/")
    assert rows.status_code == 200
    assert "NPS" in rows.content.decode()
    assert client.get(f"/accounts/{northwind.pk}/health/why/nothing/").status_code == 404


def test_an_account_without_a_score_says_what_it_waits_for(client):
    client.force_login(cast.ada())
    prospect = make.account(status="prospect")
    assert "Not scored yet" in client.get(f"/accounts/{prospect.pk}/health/why/").content.decode()


def test_finance_reads_health_and_is_not_offered_to_set_it(client, northwind):
    address = f"/accounts/{northwind.pk}/health/"
    for who, offered in ((cast.ada(), True), (cast.finn(), False)):
        client.force_login(who)
        for page in (f"/accounts/{northwind.pk}/", f"{address}why/"):
            assert (f'href="{address}"' in client.get(page).content.decode()) == offered


def test_the_same_over_rest(client, northwind):
    client.force_login(cast.ada())
    address = f"/api/v1/accounts/{northwind.pk}/health/"
    since = (timezone.localdate() - timedelta(days=20)).isoformat()

    found = client.get(address, {"since": since}).json()

    assert (found["score"], found["band"], found["computed"], found["by_formula"]) == (
        "20.00",
        "risk",
        "20.00",
        "20.00",
    )
    loyalty = next(each for each in found["signals"] if each["key"] == "nps")
    assert (loyalty["raw"], loyalty["counted"], loyalty["source"], loyalty["behind"]["rows"]) == (
        2.0, "20.00", "survey_nps", 2,
    )  # fmt: skip
    assert len(client.get(loyalty["behind"]["url"]).json()["data"]) == 2
    assert [(way["band"], way["levers"][0]["after"]) for way in found["ways_up"]] == [("watch", 5.0), ("good", 7.0)]
    assert (found["changed"]["difference"], found["changed"]["score_then"]) == ("-70.00", "90.00")
    assert [each["difference"] for each in found["changed"]["signals"]] == ["-70.00", "0.00"]

    then = client.get(address, {"as_of": since, "recompute": "true"}).json()
    assert then["recomputed"]["is_same"]
    assert then["recomputed"]["input_hash"] == then["input_hash"]
    assert (then["score"], then["changed"]) == ("90.00", None)
    assert client.get(address, {"since": "yesterday"}).status_code == 400
    assert client.get(f"/api/v1/accounts/{make.account(status='prospect').pk}/health/").status_code == 404


def test_sums_over_rest(client, northwind):
    client.force_login(cast.finn())
    (row,) = client.get("/api/v1/health_rollups/", {"by": "segment"}).json()["data"]
    assert (row["key"], row["account_count"], row["mean"], row["bands"]["risk"]) == ("large", 1, "20.00", 1)
    assert (row["money"][0]["arr"], row["money"][0]["mean"]) == ("1000.00", "20.00")
    assert client.get("/api/v1/health_rollups/").json()["by"] == "portfolio"
    for wrong in ({"by": "x"}, {"owner": "x"}, {"parent": str(northwind.pk)}):
        assert client.get("/api/v1/health_rollups/", wrong).status_code == 400


def test_a_row_says_who_set_the_health(client, northwind):
    grace = cast.grace()
    until = timezone.localdate() + timedelta(days=9)
    override_health(northwind, band="good", reason="Signed", until_on=until, by=grace, as_of=midnight())
    client.force_login(grace)
    assert "Set by hand by Grace" in client.get("/accounts/").content.decode()


def test_a_past_day_shows_the_book_of_then_and_the_files_say_the_same(client, northwind):
    client.force_login(cast.finn())
    past = (timezone.localdate() - timedelta(days=20)).isoformat()
    page = client.get("/health/portfolio/", {"at": past}).content.decode()
    assert "No score changed since then" in page
    assert "as known then" in page
    assert "Parents are as they are today" not in page
    assert "Parents are as they are today" in client.get("/health/portfolio/", {"at": past, "by": "parent"}).content.decode()  # fmt: skip
    named = client.get("/health/portfolio/", {"at": past, "segment": "large"}).content.decode()
    assert "The segment field is as it is today" in named
    table = client.get("/health/portfolio/export/", {"by": "segment", "at": past})
    assert table["Content-Type"].startswith("text/csv")
    heading, row = (line.split(",") for line in table.content.decode().splitlines())
    then = dict(zip(heading, row, strict=True))
    assert (then["label"], then["accounts"], then["mean"], then["currency"], then["mean_by_arr"]) == ("large", "1", "90.00", "EUR", "90.00")  # fmt: skip
    moved = client.get("/health/portfolio/export/", {"list": "movers"}).content.decode()
    assert "Northwind" in moved
    assert "-70.00" in moved
    assert "Northwind" not in client.get("/health/portfolio/export/", {"list": "movers", "at": past}).content.decode()
    assert client.get("/health/portfolio/export/", {"list": "x"}).status_code == 404
    assert 'id="at-problem"' in client.get("/health/portfolio/", {"at": "2999-01-01"}).content.decode()


def test_who_moved_in_a_past_period_is_asked_by_two_days(client, northwind):
    make.answered(northwind, 9, at=midnight() - timedelta(hours=2))
    score_accounts(as_of=midnight() - timedelta(hours=1))
    client.force_login(cast.finn())

    def page(**asked):
        days = {name: (timezone.localdate() - timedelta(days=days)).isoformat() for name, days in asked.items()}
        return client.get("/health/portfolio/", days).content.decode()

    yesterday = timezone.localdate() - timedelta(days=1)
    assert "No score changed since then" in page(since=20)  # it fell and rose again
    moved = client.get("/health/portfolio/", {"since": (yesterday - timedelta(days=5)).isoformat(), "moved": "band"})
    assert "No account changed band in that time." in moved.content.decode()
    assert "Who moved from" in page(at=20, since=50)
    late = page(at=20, since=10)
    assert 'id="since-problem"' in late
    assert "Choose a day before the one looked at." in late


def test_a_file_defuses_formulas_and_holds_every_group(client):
    make.active_version()
    for number in range(60):
        make.account(segment=f"=cmd{number:02}")
    client.force_login(cast.finn())
    page = client.get("/health/portfolio/", {"by": "segment"}).content.decode()
    assert page.count("=cmd") >= 50
    assert "after=1~%3Dcmd" in page or "after=1%7E%3Dcmd" in page
    lines = client.get("/health/portfolio/export/", {"by": "segment"}).content.decode().splitlines()
    assert len(lines) == 61
    assert not any(",=cmd" in line for line in lines)
