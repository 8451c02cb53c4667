"""Questions about predictions that can be chained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef

from cshub.db.walls import WalledQuerySet

if TYPE_CHECKING:
    from typing import Self

    from cshub.users.models import User
    from health.predictions.models import Backtest, PredictionModel


class PredictionModelQuerySet(WalledQuerySet["PredictionModel"]):
    """Versions of the model."""

    def visible_to(self, user: User) -> Self:
        """Everybody who may sign in may read what predictions stand on."""
        return self if user.is_active else self.none()

    def in_use(self) -> PredictionModel | None:
        """The version that predicts; None where there is none."""
        return self.filter(state="active").first()


class BacktestQuerySet(WalledQuerySet["Backtest"]):
    """Back-tests."""

    def visible_to(self, user: User) -> Self:
        """As for the models."""
        return self if user.is_active else self.none()

    def latest_one(self) -> Backtest | None:
        """The newest; None before the first."""
        return self.order_by("-as_of").first()


class PredictionQuerySet(WalledQuerySet[Any]):
    """Probabilities."""

    def visible_to(self, user: User) -> Self:
        """As far as accounts are visible: to everybody who may sign in."""
        return self if user.is_active else self.none()

    def present(self) -> Self:
        """Of a history, those that hold now."""
        return self.filter(Exists(self._held()))

    def earlier(self) -> Self:
        """Of a history, those that hold no more."""
        return self.exclude(Exists(self._held()))

    def _held(self) -> Any:
        now = apps.get_model("predictions", "AccountPrediction")
        return now.objects.filter(account=OuterRef("account_id"), predicted_at=OuterRef("predicted_at"))
