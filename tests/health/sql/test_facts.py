"""Every source, computed by hand."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account
from accounts.services import merge_accounts
from health.engine.sources import SOURCES
from health.sql.facts import _Compiler
from health.sql.run import read_verdicts
from tests.accounts import make as facts
from tests.health import make

pytestmark = pytest.mark.usefixtures("acme")


def raw_of(account: Account, source: str, **terms: Any) -> float | None:
    version = make.active_version(make.document(make.group(make.measure("it", source, **terms))))
    rows = {row["account_id"]: row["raw"][0] for row in read_verdicts(version, as_of=make.AS_OF)}
    return rows[account.pk]


def talked(account: Account, days: int, *, direction: str = "inbound") -> None:
    moment = make.AS_OF - timedelta(days=days)
    facts.interaction(account, direction=direction, occurred_at=moment, recorded_at=moment)


def test_every_source_has_its_sql():
    assert {name for name in dir(_Compiler) if name[1:] in SOURCES} == {f"_{kind}" for kind in SOURCES}


def test_usage_trend_compares_four_weeks_with_the_four_before():
    account = make.account()
    make.used(
        account,
        {make.ago(1): 3, make.ago(28): 5, make.ago(29): 10, make.ago(56): 10, make.ago(57): 999, make.TODAY: 999},
    )
    assert raw_of(account, "usage_trend") == pytest.approx(8 / 20 - 1)


def test_usage_that_stopped_is_a_loss_of_everything_and_a_first_month_is_unknown():
    stopped, new = make.account(), make.account()
    make.used(stopped, {make.ago(40): 10})
    make.used(new, {make.ago(4): 10})
    assert raw_of(stopped, "usage_trend") == -1
    assert raw_of(new, "usage_trend") is None


def test_usage_can_be_told_one_metric():
    account = make.account()
    make.used(account, {make.ago(1): 10, make.ago(30): 10})
    make.used(account, {make.ago(1): 5, make.ago(30): 10}, metric_key="exports")
    assert raw_of(account, "usage_trend", metric="exports") == -0.5
    assert raw_of(account, "usage_trend") == -0.25


def test_breadth_is_active_users_against_their_best_or_the_seats():
    account = make.account(attributes={"seats": "40"})
    make.used(account, {make.ago(100): 1}, active_users=20)
    make.used(account, {make.ago(3): 1}, active_users=5)
    assert raw_of(account, "usage_breadth") == 0.25
    assert raw_of(account, "usage_breadth", seats="seats") == 0.125


def test_recency_counts_days_since_anything_was_used():
    account = make.account()
    make.used(account, {make.ago(12): 1, make.ago(2): 0})
    assert raw_of(account, "usage_recency") == 12


@pytest.mark.parametrize("kind", ["nps", "csat", "ces"])
def test_the_latest_answer_within_the_window_counts(kind):
    account = make.account()
    make.answered(account, 5, kind=kind, at=make.AS_OF - timedelta(days=30))
    make.answered(account, 2, kind=kind, at=make.AS_OF - timedelta(days=20))
    make.answered(account, 1, kind="nps" if kind != "nps" else "csat", at=make.AS_OF - timedelta(days=1))
    assert raw_of(account, f"survey_{kind}") == 2
    assert raw_of(account, f"survey_{kind}", window=10) is None


def test_engagement_leaves_notes_to_ourselves_out():
    account = make.account()
    for days, direction in ((24, "inbound"), (40, "outbound"), (3, "internal"), (200, "outbound")):
        talked(account, days, direction=direction)
    assert raw_of(account, "engagement_recency") == 24
    assert raw_of(account, "engagement_touches") == 2


def test_talks_with_an_account_that_was_merged_away_count_for_the_one_it_went_into():
    kept, gone, late = make.account(), make.account(), make.account()
    for account, days in ((gone, 5), (late, 2), (kept, 40)):
        talked(account, days)
    assert raw_of(kept, "engagement_recency") == 40
    merge_accounts(survivor=kept, absorbed=gone, by=None, as_of=make.AS_OF - timedelta(hours=1))
    merge_accounts(survivor=kept, absorbed=late, by=None, as_of=make.AS_OF + timedelta(hours=1))
    assert raw_of(kept, "engagement_recency") == 5
    assert raw_of(kept, "engagement_touches") == 2


def test_proactive_share_is_of_the_minutes():
    account = make.account()
    for mode, minutes in (("proactive", 30), ("reactive", 90)):
        facts.interaction(
            account, mode=mode, minutes=minutes, recorded_at=make.AS_OF, occurred_at=make.AS_OF - timedelta(days=2)
        )
    assert raw_of(account, "proactive_share") == 0.25


def test_contracts_give_days_to_renewal_and_the_term():
    account = make.account()
    known = {"recorded_at": make.LONG_AGO, "starts_on": make.ago(300)}
    facts.contract(account, ends_on=make.ago(-54), term_months=12, **known)
    facts.contract(account, ends_on=make.ago(-400), term_months=24, **known)
    facts.contract(account, ends_on=make.ago(10), term_months=36, **known)
    assert raw_of(account, "renewal_days") == 54
    assert raw_of(account, "contract_term") == 24


def test_a_contract_without_a_term_runs_from_month_to_month():
    account = make.account()
    facts.contract(account, ends_on=None, term_months=None, starts_on=make.ago(300), recorded_at=make.LONG_AGO)
    assert raw_of(account, "contract_term") == 1
    assert raw_of(account, "renewal_days") is None


def test_tenure_is_in_months():
    assert raw_of(make.account(customer_since_on=make.ago(487)), "tenure_months") == 16
    assert raw_of(make.account(), "tenure_months") is None


def test_revenue_trend_compares_with_a_year_ago():
    account = make.account()
    contract = facts.contract(account, arr=0)
    line = contract.lines.get()
    facts.movement(line, amount=1000, occurred_on=make.ago(400), recorded_at=make.LONG_AGO)
    facts.movement(line, amount=-250, occurred_on=make.ago(20), recorded_at=make.LONG_AGO)
    facts.movement(line, amount=500, occurred_on=make.ago(10), recorded_at=make.AS_OF + timedelta(days=1))
    assert raw_of(account, "arr_trend") == -0.25
    assert raw_of(account, "arr") == 750


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (3.5, 3.5),
        ("3.5", 3.5),
        (" 12 ", 12),
        ("Yes", 1),
        ("no", 0),
        (True, 1),
        (False, 0),
        ("1e400", None),
        ("12,5", None),
        ("", None),
        (None, None),
        ({"a": 1}, None),
        ("9" * 400, None),
    ],
)
def test_a_further_field_is_a_number_a_yes_a_no_or_unknown(value, raw):
    assert raw_of(make.account(attributes={"it's %s": value}), "attribute:it's %s") == raw


def test_a_choice_reads_texts():
    transform = {"kind": "choice", "choices": [["Electronic check", 10], ["It's 100% automatic", 90]]}
    automatic = make.account(attributes={"pays": "It's 100% automatic"})
    other = make.account(attributes={"pays": "Barter"})
    assert raw_of(automatic, "attribute:pays", transform=transform) == 1
    assert raw_of(other, "attribute:pays", transform=transform) is None
