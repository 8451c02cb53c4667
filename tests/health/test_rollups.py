"""Health of many accounts summed up, against sums made by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Ownership
from accounts.services import merge_accounts, split_account
from health import queries
from health.queries import Narrow
from health.queries.summing import read_as_today
from health.segments.services import archive_segment, create_segment, refresh_memberships
from health.services import score_accounts
from tests import cast
from tests.accounts import make as facts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")
D = Decimal


def book():
    """Seven customers and a prospect. Scores are ten times the NPS.

    account    parent    segment  owner  currency  ARR  score
    Holding    –         large    Ada    EUR       100   90
    North      Holding   large    Ada    EUR       300   50
    Harbor     North     small    Ben    EUR       200   20
    South      Holding   small    Ben    USD       400   80
    Alone      –         small    Ada    EUR        50   30
    Silent     Holding   large    Ada    EUR       150   unknown
    Free       –         –        –      –           0   40
    Lead       Holding   large    Ada    EUR        70   (a prospect)
    """
    make.active_version(make.document(coverage_floor=0.5))
    ada, ben = cast.ada(), cast.ben()
    people = {"Ada": ada, "Ben": ben, "": None}
    made = {}
    for name, above, segment, owner, currency, arr, nps in (
        ("Holding", None, "large", "Ada", "EUR", 100, 9),
        ("North", "Holding", "large", "Ada", "EUR", 300, 5),
        ("Harbor", "North", "small", "Ben", "EUR", 200, 2),
        ("South", "Holding", "small", "Ben", "USD", 400, 8),
        ("Alone", None, "small", "Ada", "EUR", 50, 3),
        ("Silent", "Holding", "large", "Ada", "EUR", 150, None),
        ("Free", None, "", "", "", 0, 4),
        ("Lead", "Holding", "large", "Ada", "EUR", 70, None),
    ):
        made[name] = account = make.account(
            name=name, parent=made.get(above), segment=segment, owner=people[owner],
            status="prospect" if name == "Lead" else "active",
        )  # fmt: skip
        if arr:
            make.paying(account, arr, currency)
        if nps is not None:
            make.answered(account, nps)
    score_accounts(as_of=make.AS_OF)
    return made


def table(rows):
    return {
        row.label: (row.account_count, row.unknown_count, row.mean, [(m.currency, m.arr, m.unknown_arr, m.mean) for m in row.money])
        for row in rows
    }  # fmt: skip


def test_the_portfolio_has_both_means_and_counts_the_unknown_apart(count_queries):
    book()
    found = queries.portfolio()
    assert found is not None
    assert (found.account_count, found.unknown_count, found.mean) == (7, 1, D("51.67"))  # 310 / 6
    assert found.bands == {"good": 2, "watch": 1, "risk": 3, "unknown": 1}
    euro, dollar = found.money
    # (100·90 + 300·50 + 200·20 + 50·30) / 650
    assert (euro.currency, euro.arr, euro.unknown_arr, euro.mean) == ("EUR", D(800), D(150), D("45.38"))
    assert euro.bands == {"good": D(100), "watch": D(300), "risk": D(250), "unknown": D(150)}
    assert (dollar.currency, dollar.arr, dollar.unknown_arr, dollar.mean) == ("USD", D(400), D(0), D("80.00"))
    assert count_queries(lambda: queries.portfolio()) == 1


def test_by_segment():
    book()
    assert table(queries.rollups("segment").groups) == {
        "large": (3, 1, D("70.00"), [("EUR", D(550), D(150), D("60.00"))]),  # (9000 + 15000) / 400
        "small": (3, 0, D("43.33"), [("USD", D(400), D(0), D("80.00")), ("EUR", D(250), D(0), D("22.00"))]),
        "": (1, 0, D("40.00"), []),
    }


def test_by_owner():
    book()
    assert table(queries.rollups("owner").groups) == {
        "Ada": (4, 1, D("56.67"), [("EUR", D(600), D(150), D("56.67"))]),  # (9000 + 15000 + 1500) / 450
        "Ben": (2, 0, D("50.00"), [("USD", D(400), D(0), D("80.00")), ("EUR", D(200), D(0), D("20.00"))]),
        "": (1, 0, D("40.00"), []),
    }


def test_by_parent_each_account_of_a_tree_counts_once():
    book()
    rows = queries.rollups("parent").groups
    assert table(rows) == {
        "Holding": (
            5, 1, D("60.00"),  # (90 + 50 + 20 + 80) / 4
            [("EUR", D(750), D(150), D("46.67")), ("USD", D(400), D(0), D("80.00"))],  # (9000 + 15000 + 4000) / 600
        ),
        "": (2, 0, D("35.00"), [("EUR", D(50), D(0), D("30.00"))]),
    }  # fmt: skip
    assert sum(row.account_count for row in rows) == 7


def test_below_a_parent_each_branch_is_whole_and_the_parent_stands_by_itself():
    made = book()
    rows = queries.rollups("parent", parent=made["Holding"].pk).groups
    assert table(rows) == {
        "North": (2, 0, D("35.00"), [("EUR", D(500), D(0), D("38.00"))]),
        "Holding": (1, 0, D("90.00"), [("EUR", D(100), D(0), D("90.00"))]),
        "South": (1, 0, D("80.00"), [("USD", D(400), D(0), D("80.00"))]),
        "Silent": (1, 1, None, [("EUR", D(150), D(150), None)]),
    }
    assert {row.key for row in rows} == {str(made[name].pk) for name in ("North", "Holding", "South", "Silent")}


def test_all_ways_of_summing_up_agree_and_can_be_narrowed():
    made = book()
    whole = queries.portfolio()
    assert whole is not None
    for by in ("owner", "segment", "parent"):
        rows = queries.rollups(by).groups
        assert sum(row.account_count for row in rows) == whole.account_count
        assert sum(m.arr for row in rows for m in row.money if m.currency == "EUR") == whole.money[0].arr
    narrow = queries.portfolio(Narrow(made["South"].owner_id, "small"))
    assert narrow is not None
    assert narrow.account_count == 2
    assert queries.portfolio(Narrow(segment="nobody")) is None


def test_those_that_moved_most_come_with_their_reason(count_queries):
    made = book()
    since = make.AS_OF
    later = since + timedelta(days=9)
    for name, nps in (("North", 1), ("Harbor", 1), ("Alone", 9), ("Silent", 9)):
        make.answered(made[name], nps, at=later - timedelta(hours=1))
    score_accounts(as_of=later)

    found = queries.movers(since=since)

    assert [(each.name, each.before, each.score, each.change, each.reason) for each in found.fallen] == [
        ("North", D(50), D(10), D(-40), "NPS 1"),
        ("Harbor", D(20), D(10), D(-10), "NPS 1"),
    ]
    assert [(each.name, each.change, each.owner, each.arr, each.currency) for each in found.risen] == [
        ("Alone", D(60), "Ada", D(50), "EUR")
    ]  # of Silent nothing was known before
    assert [each.name for each in queries.movers(Narrow(segment="small"), since=since).fallen] == ["Harbor"]
    assert count_queries(lambda: queries.movers(since=since)) <= 1
    assert [each.name for each in queries.movers(since=since, bands_only=True).fallen] == ["North"]
    assert [len(each) for each in (queries.movers(since=since, most=1).fallen, queries.movers(since=since, most=1).risen)] == [1, 1]  # fmt: skip


def test_those_that_moved_until_a_past_day_are_as_they_were_then(count_queries):
    made = book()
    middle, later = make.AS_OF + timedelta(days=9), make.AS_OF + timedelta(days=20)
    for at, answers in ((middle, {"North": 1, "Alone": 9}), (later, {"North": 10, "Alone": 2, "Harbor": 9})):
        for name, nps in answers.items():
            make.answered(made[name], nps, at=at - timedelta(hours=1))
        score_accounts(as_of=at)
    ben = made["Harbor"].owner
    Ownership.objects.create(account=made["North"], user=made["North"].owner, since=make.LONG_AGO, until=later)
    Ownership.objects.create(account=made["North"], user=ben, since=later)
    made["North"].__class__.objects.filter(pk=made["North"].pk).update(owner=ben)

    then = queries.movers(since=make.AS_OF, at=middle)

    assert [(each.name, each.owner, each.change, each.reason) for each in then.fallen] == [("North", "Ada", D(-40), "NPS 1")]  # fmt: skip
    assert [(each.name, each.change, each.arr) for each in then.risen] == [("Alone", D(60), D(50))]
    assert queries.movers(Narrow(ben.pk), since=make.AS_OF, at=middle).fallen == ()
    now = queries.movers(since=make.AS_OF)
    assert [each.name for each in now.fallen] == ["Alone"]
    assert [each.name for each in now.risen] == ["Harbor", "North"]
    assert queries.movers(since=middle, at=middle + timedelta(days=1)) == queries.Movers((), ())
    assert count_queries(lambda: queries.movers(since=make.AS_OF, at=middle)) <= 1


def test_accounts_that_were_merged_since_stand_apart_on_a_day_before():
    made = book()
    before = {by: table(queries.rollups(by, at=make.AS_OF).groups) for by in ("portfolio", "owner", "segment")}
    later = make.AS_OF + timedelta(days=9)
    merge = merge_accounts(survivor=made["Alone"], absorbed=made["North"], by=None, as_of=later)
    merge_accounts(survivor=made["Alone"], absorbed=made["Lead"], by=None, as_of=later)
    for by, rows in before.items():
        assert table(queries.rollups(by, at=make.AS_OF).groups) == rows, by
    (whole,) = queries.rollups("portfolio", at=later + timedelta(hours=1)).groups
    assert whole.account_count == 6
    assert [money.arr for money in whole.money if money.currency == "EUR"] == [
        D(870)
    ]  # 800 and what Lead brought along
    split_account(merge, by=None, as_of=later + timedelta(days=5))
    (merged,) = queries.rollups("portfolio", at=later + timedelta(hours=1)).groups
    assert merged.account_count == 6
    (apart,) = queries.rollups("portfolio", at=later + timedelta(days=6)).groups
    assert apart.account_count == 7


def test_what_has_no_past_is_said():
    assert read_as_today("parent", queries.Narrow(), at=make.AS_OF) == ("parent",)
    assert read_as_today("owner", queries.Narrow(segment="large"), at=make.AS_OF) == ("segment",)
    assert read_as_today("owner", queries.Narrow(), at=make.AS_OF) == ()
    assert read_as_today("parent", queries.Narrow(), at=None) == ()


def test_movers_over_rest(client):
    made = book()
    middle, later = make.AS_OF + timedelta(hours=2), make.AS_OF + timedelta(hours=4)
    for at, nps in ((middle, 1), (later, 10)):
        make.answered(made["North"], nps, at=at - timedelta(hours=1))
        score_accounts(as_of=at)
    client.force_login(cast.finn())

    def asked(**parameters):
        return client.get("/api/v1/health_movers/", {"since": make.AS_OF.isoformat(), **parameters})

    then = asked(as_of=middle.isoformat()).json()
    assert [(row["name"], row["score_before"], row["score"], row["reason"]) for row in then["fallen"]] == [("North", "50.00", "10.00", "NPS 1")]  # fmt: skip
    assert (then["risen"], then["read_as_today"]) == ([], [])
    assert [row["band"] for row in asked(changed="band").json()["risen"]] == ["good"]
    assert asked(as_of=middle.isoformat(), segment="small").json()["read_as_today"] == ["segment"]
    for wrong in ({"since": later.isoformat(), "as_of": middle.isoformat()}, {"changed": "x"}, {"limit": "0"}, {"owner": "x"}, {"as_of": "x"}, {"as_of": "0001-01-01T00:00+14:00"}, {"whom": "x"}):  # fmt: skip
        answer = asked(**wrong)
        assert answer.status_code == 400, wrong
        assert answer.json()["errors"][0]["pointer"].lstrip("?/") in {*wrong, "since"}
    assert client.get("/api/v1/health_movers/").status_code == 200
    client.logout()
    assert asked().status_code == 401


def small_and_northern(as_of):
    """Two segments that overlap in North and leave Free and Alone to one or none."""
    rules = {"Large": {"field": "segment", "op": "is", "value": "large"}, "Norths": {"field": "name", "op": "starts_with", "value": "Nor"}}  # fmt: skip
    made = {name: create_segment(name=name, definition={"all": [rule]}, by=None, as_of=as_of) for name, rule in rules.items()}  # fmt: skip
    refresh_memberships(as_of=as_of)
    return made


def test_by_segments_of_rules_groups_overlap_and_nobody_is_lost():
    book()
    rules = small_and_northern(make.AS_OF)
    found = table(queries.rollups("in_segment").groups)
    assert found == {
        "": (
            4,
            0,
            D("42.50"),
            [("USD", D(400), D(0), D("80.00")), ("EUR", D(250), D(0), D("22.00"))],
        ),  # 20, 80, 30, 40
        "Large": (3, 1, D("70.00"), [("EUR", D(550), D(150), D("60.00"))]),
        "Norths": (1, 0, D("50.00"), [("EUR", D(300), D(0), D("50.00"))]),
    }
    narrow = queries.portfolio(Narrow(in_segment=rules["Large"].pk))
    assert narrow is not None
    assert (narrow.account_count, narrow.mean) == (3, D("70.00"))


def test_on_a_past_day_it_is_what_was_known_then(count_queries):
    made = book()
    rules = small_and_northern(make.AS_OF)
    before = {
        by: queries.rollups(by, at=make.AS_OF).groups
        for by in ("portfolio", "owner", "segment", "in_segment", "parent")
    }
    assert {by: table(rows) for by, rows in before.items()} == {by: table(queries.rollups(by).groups) for by in before}

    later = make.AS_OF + timedelta(days=9)
    ben = made["Harbor"].owner
    for name in ("North", "Harbor", "Silent"):
        make.answered(made[name], 10, at=later - timedelta(hours=1))
    facts.movement(
        made["North"].contracts.get().lines.get(), amount=1000, occurred_on=make.AS_OF.date() + timedelta(days=3)
    )
    Ownership.objects.create(account=made["North"], user=made["North"].owner, since=make.LONG_AGO, until=later)
    Ownership.objects.create(account=made["North"], user=ben, since=later)
    made["North"].__class__.objects.filter(pk=made["North"].pk).update(owner=ben)
    made["Alone"].__class__.objects.filter(pk=made["Alone"].pk).update(status="churned", churned_on=later.date())
    archive_segment(rules["Norths"], by=None, as_of=later)
    score_accounts(as_of=later)
    refresh_memberships(as_of=later)

    for by, rows in before.items():
        assert queries.rollups(by, at=make.AS_OF).groups == rows, by
    now = queries.portfolio()
    assert now is not None
    assert (now.account_count, now.unknown_count) == (6, 0)
    assert "Alone" not in str(table(queries.rollups("parent").groups))
    assert count_queries(lambda: queries.rollups("owner", at=make.AS_OF)) == 1
    assert queries.portfolio(at=make.LONG_AGO - timedelta(days=1)) is None


def test_pages_of_groups_follow_one_another():
    book()
    whole = queries.rollups("segment").groups
    first = queries.rollups("segment", limit=2)
    second = queries.rollups("segment", limit=2, after=first.after)
    assert first.groups + second.groups == whole
    assert (len(first.groups), second.after) == (2, None)


def test_over_rest_at_a_past_day_and_page_by_page(client):
    book()
    client.force_login(cast.grace())
    first = client.get("/api/v1/health_rollups/?by=segment&limit=2").json()
    assert (len(first["data"]), first["has_more"], first["as_of"]) == (2, True, None)
    rest = client.get("/api/v1/health_rollups/", {"by": "segment", "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [each["label"] for each in first["data"] + rest["data"]] == ["large", "small", ""]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)
    for asked in (
        {"by": "owner", "cursor": first["next_cursor"]}, {"cursor": "x"}, {"limit": "0"}, {"by": "x"}, {"as_of": "2999-01-01"},
        {"in_segment": "x"},
    ):  # fmt: skip
        refused = client.get("/api/v1/health_rollups/", asked)
        assert refused.status_code in (400, 422), asked
        assert next(reversed(asked)) in refused.content.decode()
