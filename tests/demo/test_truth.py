"""The simulated company: what is true about it, and that the engine finds it on seeds nobody chose."""

from datetime import date

import numpy as np
import pytest

from cshub.demo import truth
from cshub.demo.company import draw_accounts
from reports.impact.engine import HoldoutRow, measure_holdout

HOLDOUT = 0.4
SEEDS = range(100, 220)


@pytest.fixture(scope="module")
def readings():
    return [reading(seed) for seed in SEEDS]


def reading(seed):
    """One year of renewals in memory: the truth, and what the comparison says by rate and by money."""
    rng = np.random.Generator(np.random.PCG64(seed))
    accounts = draw_accounts(300, first_day=date(2025, 1, 1), months=12, owners=4, rng=rng)
    rows, enrolled = [], []
    for account in accounts:
        treated = bool(rng.random() >= HOLDOUT)
        fate = truth.fate(account.strength, luck=float(rng.random()), keeps=0.85 if rng.random() < 0.1 else 1.0)
        cents = int(account.arr * 100)
        renewed = fate.renews(runway=treated, rescue=False)
        enrolled.append(truth.Enrolled(fate, cents, treated, other=False))
        rows.append(holdout_row(account.external_id, cents, fate, treated=treated, renewed=renewed))
    rate = measure_holdout(rows, expected_share=1 - HOLDOUT)
    money = measure_holdout(rows, outcome="arr", expected_share=1 - HOLDOUT)
    return rate, money, truth.rate_effect(enrolled, playbook="runway"), truth.kept_cents(enrolled, playbook="runway")


def holdout_row(key, cents, fate, *, treated, renewed):
    return HoldoutRow(
        account_id=key,
        arm="treated" if treated else "held_out",
        arr_start_cents=cents,
        arr_end_cents=round(cents * fate.keeps) if renewed else 0,
        renewed=renewed,
        assigned_at=date(2025, 1, 1),
        due_at=date(2025, 4, 1),
    )


def test_the_rate_interval_covers_the_truth_about_as_often_as_it_says(readings):
    covered = [rate.lo <= effect <= rate.hi for rate, _money, effect, _kept in readings]
    assert np.mean(covered) >= 0.90  # 95 % promised; 120 draws of it fall below 0.90 less than once in a hundred times


def test_the_money_interval_covers_the_truth_about_as_often_as_it_says(readings):
    covered = [money.money.lo_cents <= kept <= money.money.hi_cents for _rate, money, _effect, kept in readings]
    assert np.mean(covered) >= 0.88


def test_the_playbook_really_works_and_is_mostly_found(readings):
    assert all(effect > 0 for _rate, _money, effect, _kept in readings)
    assert np.mean([rate.verdict == "MEASURED_GAIN" for rate, *_rest in readings]) > 0.8


def test_luck_is_the_same_in_every_world():
    fate = truth.fate(0.0, luck=0.5, keeps=1.0)
    assert fate.renews(runway=True, rescue=False) >= fate.renews(runway=False, rescue=False)


def test_the_same_seed_draws_the_same_company():
    def draw():
        return draw_accounts(
            40, first_day=date(2025, 1, 1), months=12, owners=4, rng=np.random.Generator(np.random.PCG64(7))
        )

    assert draw() == draw()


def test_companies_have_different_names():
    accounts = draw_accounts(
        400, first_day=date(2025, 1, 1), months=24, owners=4, rng=np.random.Generator(np.random.PCG64(7))
    )
    assert len({account.name for account in accounts}) == 400
