"""A tenant with a history of verdicts and outcomes, and its present verdicts, for tests."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from accounts.models import Account
from cshub.db import sql
from health.models import AccountHealth
from health.value.models import AccountValue
from tests.health import make
from tests.health.test_backtest import AS_OF, START, _paid, _scored, lived

__all__ = ["AS_OF", "LATER", "history", "lived", "present", "scored", "worth"]

LATER = AS_OF + timedelta(days=1)
PRESENT = """
    insert into health_accounthealth (account_id, version_id, score, band, coverage, reason, raw, points, input_hash, scored_at)
    select distinct on (account_id) account_id, version_id, score, band, coverage, reason, raw, points, input_hash, scored_at
    from health_healthscore order by account_id, scored_at desc
"""


def history(*, left: int, stayed: int, when_left: float, otherwise: float) -> None:
    """Accounts of which the first so many leave, with the same raw value in every month for those that will leave, another for the rest."""
    version = make.active_version()
    leaves = np.arange(left + stayed) < left
    accounts = Account.objects.bulk_create(
        Account(external_id=f"h-{number}", name=f"H {number}", recorded_at=make.LONG_AGO)
        for number in range(left + stayed)
    )
    due = [START + timedelta(days=120 + number % 300) for number in range(left + stayed)]
    _paid(accounts, leaves, due)
    _scored(version, accounts, np.where(leaves, float(when_left), float(otherwise)), leaves, due)


def present() -> None:
    """Every account has the latest verdict of its history."""
    sql.execute(PRESENT)


def scored(account: Account, raw: list[float | None]) -> None:
    """The present verdict of an account rests on these values."""
    AccountHealth.objects.filter(account=account).update(raw=raw)


def worth(stakes: dict[Account, int | None]) -> None:
    """What would be lost if each of them left; None where it is not known."""
    AccountValue.objects.bulk_create(
        AccountValue(
            account=account, amount=stake, at_stake=stake, refusal="" if stake else "no_margin", currency="EUR", discount=0,
            months=36, cost_refusal="no_rate", tier_reason="cost_unknown", tier_facts={}, possible_tiers=[], computed_at=AS_OF,
        )
        for account, stake in stakes.items()
    )  # fmt: skip
