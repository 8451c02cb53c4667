"""The command says what a prediction would have been worth, on a real file and on a tenant's own history, and refuses the rest."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, Contract, Renewal, RenewalDecision, RevenueMovement
from health.engine.prediction.reasons import CannotPredict
from health.engine.prediction.snapshots import Column, columns_of, fingerprint, tabulate
from health.engine.prediction.snapshots import days as days_of
from health.models import HealthScore, ScorecardVersion
from health.queries import backtests
from health.queries.backtests import history_backtest, known_snapshots, snapshot_days
from health.sql import outcomes
from tests.health import make

START = date(2025, 1, 1)
MONTH = timedelta(days=30)
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
COUNT = 240


def backtest(**options: object) -> str:
    printed = StringIO()
    call_command("backtest", stdout=printed, **options)
    return printed.getvalue()


def figure(text: str, name: str) -> float:
    found = re.search(rf"^ *{name} ([0-9.]+)", text, re.MULTILINE)
    assert found, f"{name} is not in\n{text}"
    return float(found[1])


def moment(day: date) -> datetime:
    return datetime.combine(day, time(6), tzinfo=UTC)


def lived(*, count: int = COUNT, telling: bool = True) -> None:
    """Accounts scored every month since the start; those with a low score leave when their contract of a year runs out, more or less."""
    version = make.active_version()
    rng = np.random.default_rng(3)
    score = rng.uniform(1, 9, count)
    leaves = rng.random(count) < (1 / (1 + np.exp(1.2 * (score - 4))) if telling else 0.4)
    due = [START + timedelta(days=int(days)) for days in rng.integers(120, 420, count)]
    accounts = Account.objects.bulk_create(
        Account(external_id=f"h-{number}", name=f"H {number}", recorded_at=make.LONG_AGO) for number in range(count)
    )
    contracts = Contract.objects.bulk_create(
        Contract(account=account, external_id=f"h-{number}", starts_on=START, ends_on=due[number], currency="EUR")
        for number, account in enumerate(accounts)
    )
    _paid(accounts, leaves, due)
    renewals = Renewal.objects.bulk_create(
        Renewal(account=contract.account, contract=contract, due_on=contract.ends_on, arr_due=1000, currency="EUR")
        for contract in contracts
    )
    RenewalDecision.objects.bulk_create(
        RenewalDecision(
            renewal=renewal,
            decision="churned" if gone else "renewed",
            arr_renewed=0 if gone else 1000,
            decided_on=renewal.due_on,
            recorded_at=moment(renewal.due_on),
        )
        for renewal, gone in zip(renewals, leaves, strict=True)
    )
    _scored(version, accounts, score + rng.normal(size=count) * 0.3, leaves, due)


def _paid(accounts: list[Account], leaves: np.ndarray, due: list[date]) -> None:
    moves = [(account, START, "new", 1000) for account in accounts]
    moves += [(account, day, "churn", -1000) for account, gone, day in zip(accounts, leaves, due, strict=True) if gone]
    RevenueMovement.objects.bulk_create(
        RevenueMovement(account=who, occurred_on=day, kind=kind, amount=amount, currency="EUR", recorded_at=moment(day))
        for who, day, kind, amount in moves
    )


def _scored(
    version: ScorecardVersion,
    accounts: list[Account],
    score: np.ndarray,
    leaves: np.ndarray,
    due: list[date],
    months: range = range(14),
) -> None:
    HealthScore.objects.bulk_create(
        HealthScore(
            account=account,
            scored_at=moment(START + MONTH * month),
            version_id=version.pk,
            score=round(10 * score[number], 2),
            band="risk" if score[number] < 4.5 else "good",
            coverage=1,
            reason="nps",
            raw=[float(score[number])],
            points=[round(1000 * score[number])],
            input_hash="",
        )
        for number, account in enumerate(accounts)
        for month in months
        if not (leaves[number] and START + MONTH * month >= due[number])
    )


def test_on_the_customer_file_it_reaches_what_it_should(checkout):
    text = backtest(file=checkout / "tests/data/telco_churn.csv")
    assert "7,043 accounts: 1,869 left (26.5%), 5,174 stayed" in text
    assert figure(text, "AUC") >= 0.835
    assert figure(text, "Brier") <= 0.142
    assert figure(text, "ECE") <= 0.045
    assert figure(text, "lift of the top tenth") > 2.5
    assert "the rows have no date" in text


def test_it_does_not_depend_on_the_order_of_the_rows(checkout, tmp_path):
    header, *rows = (checkout / "tests/data/telco_churn.csv").read_text().splitlines()[:1501]
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("\n".join([header, *rows]))
    other.write_text("\n".join([header, *rows[::-1]]))
    assert backtest(file=one) == backtest(file=other)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,churn,usage\n1,yes,nan\n2,no,3\n", "Feature usage of account 1 is nan, which is no number"),
        ("id,churn,usage\n1,yes,3\n1,no,3\n", "Account 1 stands more than once"),
        ("id,churn,usage\n1,perhaps,3\n", "Row 2, churn: is 'perhaps'; write yes or no"),
        ("id,left,usage\n1,yes,3\n", "has no column churn. Its columns: id, left, usage"),
        ("id,churn,usage\n1,yes\n", "some rows have more or fewer cells than the header"),
        ("id,churn,usage\n", "has no column churn. Its columns: none"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_row_and_value(tmp_path: Path, content: str, message: str):
    path = tmp_path / "book.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=re.escape(message)):
        backtest(file=path)


def test_a_file_with_few_outcomes_says_how_many_there_are(tmp_path):
    path = tmp_path / "book.csv"
    rows = "".join(f"{number},{'yes' if number < 12 else 'no'},{number}\n" for number in range(200))
    path.write_text(f"id,churn,usage\n{rows}")
    text = backtest(file=path)
    assert "Cannot be shown: 12 accounts left and 188 stayed; 50 of each are needed" in text
    assert "AUC" not in text


def test_a_file_with_days_is_split_in_time(tmp_path):
    rng = np.random.default_rng(2)
    lines = ["id,day,churn,usage"]
    for number in range(600):
        usage = rng.normal()
        day = START + MONTH * int(rng.integers(0, 10))
        lines.append(
            f"{number},{day},{'yes' if rng.random() < 1 / (1 + np.exp(1 + 1.5 * usage)) else 'no'},{usage:.3f}"
        )
    path = tmp_path / "book.csv"
    path.write_text("\n".join(lines))
    text = backtest(file=path, at="day", as_of="2026-03-01")
    assert "trained on what was known before, tried on the snapshots from 2025-" in text
    assert figure(text, "AUC") > 0.65


def test_an_unknown_tenant_and_a_wrong_moment_are_named(acme):
    with pytest.raises(CommandError, match="nobody"):
        backtest(schema="nobody")
    with pytest.raises(CommandError, match="--as-of soon is no moment"):
        backtest(schema="acme", as_of="soon")
    with pytest.raises(CommandError, match="--horizon is 0"):
        backtest(schema="acme", horizon=0)


def test_a_tenant_without_history_is_told_so(acme):
    text = backtest(schema="acme", as_of=AS_OF.isoformat())
    assert "no renewal has been decided yet" in text
    assert "0 accounts left" in text
    assert "no account was scored so long ago" in text


def test_a_tenant_with_history_reads_how_honest_its_health_is(acme):
    lived()
    text = backtest(schema="acme", as_of=AS_OF.isoformat())
    found = history_backtest(horizon_days=90, as_of=AS_OF)
    assert found.bands is not None
    assert found.bands.tells_apart
    shares = {band.band: band.share.estimate for band in found.bands.bands}
    assert shares["risk"] > 0.5 > 0.2 > shares["good"]
    assert found.warning.in_time is not None
    assert found.warning.in_time.estimate > 0.5
    assert found.prediction is not None
    assert found.prediction.quality is not None
    assert found.prediction.quality.auc.lo > 0.5
    assert f"AUC {found.prediction.quality.auc.estimate:.3f}" in text
    assert f"AUC {found.bands.auc.estimate:.3f}" in text


def test_health_that_says_nothing_is_not_called_good(acme):
    lived(telling=False)
    assert "accounts with a low score do not leave more often than others" in backtest(
        schema="acme", as_of=AS_OF.isoformat()
    )


def test_nothing_scored_or_left_after_the_moment_is_read(acme):
    lived(count=60)
    early = AS_OF - timedelta(days=150)
    days = snapshot_days(horizon_days=30, as_of=early)
    assert days[-1] == early.date() - MONTH
    rows = [row for part in outcomes.snapshots(days, as_of=early) for row in part]
    assert rows
    assert max(row["scored_at"] for row in rows) <= early
    assert all(row["scored_at"].date() <= row["day"] for row in rows)
    assert all(row["left_on"] is None or row["day"] < row["left_on"] <= early.date() for row in rows)
    assert all(day <= early.date() for _, day, *_ in outcomes.decided_renewals(days_before=0, as_of=early))
    known = known_snapshots(days, horizon_days=90, as_of=early)
    assert known.columns[0].recorded_at.tolist() == [days_of(row["scored_at"]) for row in rows]
    assert known.churned == [bool(row["left_on"] and row["left_on"] <= row["day"] + 3 * MONTH) for row in rows]


def test_rows_are_read_a_part_at_a_time_and_come_out_the_same(acme, monkeypatch):
    lived(count=60)
    days = snapshot_days(horizon_days=90, as_of=AS_OF)
    whole = tabulate(known_snapshots(days, horizon_days=90, as_of=AS_OF))
    monkeypatch.setattr(outcomes, "AT_ONCE", 7)
    read = [len(part) for part in outcomes.snapshots(days, as_of=AS_OF)]

    parts = tabulate(known_snapshots(days, horizon_days=90, as_of=AS_OF))

    assert (max(read), sum(read)) == (7, len(whole))
    assert fingerprint(parts, {}) == fingerprint(whole, {})


def test_of_a_very_large_book_a_part_of_the_accounts_is_read_with_all_their_snapshots(acme, monkeypatch):
    lived(count=60)
    days = snapshot_days(horizon_days=90, as_of=AS_OF)
    every = known_snapshots(days, horizon_days=90, as_of=AS_OF)
    monkeypatch.setattr(backtests, "MOST_ROWS", len(every.account_ids) // 3)

    some, again = (known_snapshots(days, horizon_days=90, as_of=AS_OF) for _ in range(2))

    assert 0 < len(some.account_ids) < 0.6 * len(every.account_ids)
    assert (
        some.account_ids == again.account_ids == [each for each in every.account_ids if each in set(some.account_ids)]
    )


def test_decided_renewals_are_read_a_part_at_a_time_and_of_very_many_those_of_some_accounts(acme, monkeypatch):
    lived(count=60)
    every = [*outcomes.decided_renewals(days_before=90, as_of=AS_OF)]
    judged = backtests.renewals_by_band(days_before=90, as_of=AS_OF)
    monkeypatch.setattr(outcomes, "AT_ONCE", 7)

    assert [*outcomes.decided_renewals(days_before=90, as_of=AS_OF)] == every
    assert backtests.renewals_by_band(days_before=90, as_of=AS_OF) == judged
    assert len(every) > 21

    some = [*outcomes.decided_renewals(days_before=90, as_of=AS_OF, per_mille=400)]
    chosen = {account for account, *_ in some}
    assert 0 < len(some) < len(every)
    assert some == [row for row in every if row[0] in chosen]
    monkeypatch.setattr(backtests, "MOST_ROWS", len(every) // 3)
    assert judged.churned + judged.stayed > 2 * _accounts_in(backtests.renewals_by_band(days_before=90, as_of=AS_OF))


def _accounts_in(found):
    return found.churned + found.stayed


def test_numbers_that_some_formulas_lack_and_texts_are_read_as_what_they_are():
    read = backtests._Read()
    for columns, count in (([Column("x", [1, None])], 2), ([Column("x", [3.5]), Column("plan", ["gold"])], 1)):
        read.account_ids += [str(len(read.account_ids) + number) for number in range(count)]
        read.add_moments([AS_OF] * count)
        read.add(columns)

    numbers, texts = read.columns()

    assert np.array_equal(numbers.values, [1, np.nan, 3.5], equal_nan=True)
    assert texts.values.tolist() == [None, None, "gold"]
    read.add_moments([AS_OF])
    read.account_ids.append("3")
    read.add([Column("x", [float("nan")])])
    with pytest.raises(CannotPredict, match="no number"):
        columns_of(read.columns()[:1], np.array(["0", "1", "2", "3"]), np.full(4, 1e6))
    with pytest.raises(CannotPredict, match="no number"):
        columns_of([Column("x", np.array([1.0, np.inf]))], np.array(["a", "b"]), np.zeros(2))


def test_of_a_large_book_fewer_days_are_read(acme, monkeypatch):
    lived(count=60)
    every = snapshot_days(horizon_days=90, as_of=AS_OF)
    monkeypatch.setattr(backtests, "MOST_ROWS", 60 * 6)
    some = snapshot_days(horizon_days=90, as_of=AS_OF)
    assert len(every) == 12
    assert some == every[1::2]


def test_a_score_after_the_day_of_a_renewal_does_not_count_for_it(acme):
    version = make.active_version()
    account = make.account()
    _paid([account], np.array([True]), [START + MONTH * 2])
    contract = Contract.objects.create(account=account, external_id="one", starts_on=START, currency="EUR")
    due = START + MONTH * 2
    renewal = Renewal.objects.create(account=account, contract=contract, due_on=due, arr_due=1, currency="EUR")
    RenewalDecision.objects.create(
        renewal=renewal, decision="churned", arr_renewed=0, decided_on=due, recorded_at=moment(due)
    )
    _scored(version, [account], np.array([9.0]), np.array([False]), [due], range(1))
    _scored(version, [account], np.array([2.0]), np.array([False]), [due], range(1, 3))
    assert [*outcomes.decided_renewals(days_before=45, as_of=AS_OF)] == [
        (account.pk, due - timedelta(days=45), True, 90, "good")
    ]
    assert [band for *_, band in outcomes.decided_renewals(days_before=10, as_of=AS_OF)] == ["risk"]
    assert [*outcomes.decided_renewals(days_before=90, as_of=AS_OF)] == []
    assert outcomes.left(since=START, as_of=AS_OF) == [(account.pk, due)]
