"""What pages show of predictions: the newest back-test with those before it, a version with its card, and one account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cshub.db import sql
from cshub.db.reading import read
from health.models import AccountHealth
from health.predictions.drivers import Driver, drivers_of
from health.predictions.models import AccountPrediction, Backtest, PredictionModel
from health.predictions.sql import told as statements
from health.predictions.sql.worth import STRENGTH
from health.predictions.words import feature_names
from health.queries.lists import formulas

if TYPE_CHECKING:
    from accounts.models import Account

SHOWN = 12
DRIVERS = 5


@dataclass(frozen=True)
class BacktestPage:
    """The newest back-test, those before it, and the version in use; each may be missing."""

    latest: Backtest | None
    earlier: list[Backtest]
    in_use: PredictionModel | None


@dataclass(frozen=True)
class ModelPage:
    """A version with the back-test that decided about it, its features by how far they move accounts (None where it predicts none now),
    how many accounts it predicts now, and all versions, the newest first."""

    model: PredictionModel
    backtest: Backtest | None
    features: list[tuple[str, float | None]]
    account_count: int
    versions: list[PredictionModel]

    @property
    def is_in_use(self) -> bool:
        return self.model.state == PredictionModel.State.ACTIVE


@dataclass(frozen=True)
class AccountForecast:
    """What is predicted for an account, or why nothing is: `told` is None then. `latest` is the newest back-test, which says how far to trust it."""

    told: AccountPrediction | None
    drivers: tuple[Driver, ...]
    latest: Backtest | None
    score: float | None


def backtest_page() -> BacktestPage:
    """Two queries."""
    found = list(Backtest.objects.select_related("model").order_by("-as_of")[: SHOWN + 1])
    return BacktestPage(found[0] if found else None, found[1:], PredictionModel.objects.in_use())


def model_page(number: int | None) -> ModelPage | None:
    """The version of that number, by default the one in use; None where there is none. Five queries."""
    versions = list(PredictionModel.objects.order_by("-number"))
    found = next(
        (each for each in versions if each.number == number or (number is None and each.state == "active")), None
    )
    if found is None:
        return None
    strength = {place: float(mean) for place, mean in sql.rows(STRENGTH, {"model": found.pk})}
    names = feature_names(found.features)
    features = [(names[key], strength.get(place)) for place, key in enumerate(found.features, start=1)]
    return ModelPage(
        model=found,
        backtest=Backtest.objects.filter(as_of=found.as_of).first(),
        features=sorted(features, key=lambda pair: -(pair[1] or 0)),
        account_count=AccountPrediction.objects.filter(model=found).count(),
        versions=versions,
    )


def account_forecast(account: Account) -> AccountForecast:
    """The present probability of an account with its drivers. Three queries, one more when a version of the formula is new."""
    told = next(iter(read(AccountPrediction, statements.TOLD, {"account": account.pk})), None)
    health = next(iter(read(AccountHealth, statements.SCORED, {"account": account.pk})), None)
    score = None if health is None or health.score is None else float(health.score)
    drivers: tuple[Driver, ...] = ()
    if told:
        measures = formulas({health.version_id})[health.version_id].measures if health else ()
        drivers = drivers_of(told.model, told.parts, measures=measures, raw=health.raw if health else [], most=DRIVERS)
    latest = next(iter(read(Backtest, statements.LATEST, {})), None)
    return AccountForecast(told, drivers, latest, score)
