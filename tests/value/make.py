"""Terms, rates and fits of known numbers, for tests."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Account
from health.engine.value.subscription import LifeTable, Survival, fit_survival
from health.value import services
from health.value.models import AccountValue, ValueFit
from tests.accounts import make

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = AS_OF.date()
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
MARGIN = Decimal("0.8")
LOST = {"exposed": [1000, 869, 743, 653], "lost": [131, 126, 90, 60]}
BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "loglik": 0.0}
SPENDING = {"p": 6.25, "q": 3.74, "gamma": 1544.0, "loglik": 0.0}


def fitted() -> Survival:
    return fit_survival(LifeTable(tuple(LOST["exposed"]), tuple(LOST["lost"])))


def fit(kind: str = "survival", scope: str = "long", **fields: Any) -> ValueFit:
    """Something learned an hour ago."""
    told = {"kind": kind, "scope": scope, "parameters": LOST, **fields}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return ValueFit.objects.create(**told, as_of=AS_OF - timedelta(hours=1), observed=3265, happened=407, digest=digest)


def terms(high: int = 20_000, middle: int = 5_000, **fields: Any) -> None:
    told = {"months": 36, "discount": Decimal("0.1"), "currency": "EUR", **fields}
    services.decide_terms(
        services.Terms(**told, high_from=Decimal(high), middle_from=Decimal(middle)),
        valid_from=date(2025, 1, 1),
        by=None,
        as_of=LONG_AGO,
    )


def rates(csm: int = 60, agent: int = 60, manager: int = 120, valid_from: date = date(2025, 1, 1)) -> None:
    for role, hourly in (("csm", csm), ("agent", agent), ("manager", manager)):
        services.decide_rate(
            role=role, hourly=Decimal(hourly), currency="EUR", valid_from=valid_from, by=None, as_of=LONG_AGO
        )


def worked(of: Account | None = None, **fields: Any) -> None:
    """A call of twenty minutes last week; where it belongs to nobody in particular, it shows that work is recorded."""
    at = AS_OF - timedelta(days=7)
    make.interaction(of, **{"occurred_at": at, "recorded_at": at, **fields})


def subscribed(arr: int = 12_000, *, starts_on: date = date(2025, 1, 21), months: int = 24, **fields: Any) -> Account:
    """An account with one contract of twelve months that began then and ends so many months later."""
    ends_on = starts_on + timedelta(days=round(months * 30.4375))
    agreed = make.contract(
        make.account(**fields), arr=arr, starts_on=starts_on, ends_on=ends_on, term_months=12, currency="EUR"
    )
    return agreed.account


def revalued(margin: Decimal | None = MARGIN, as_of: datetime = AS_OF) -> int:
    return services.revalue(margin=margin, as_of=as_of)


def value_of(account: Account) -> AccountValue:
    return AccountValue.objects.get(account=account)
