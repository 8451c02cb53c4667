"""The smallest valid health objects, for tests, and facts that were known before the tests' clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import Account
from health.models import Scorecard, ScorecardVersion
from health.services import activate, draft_version
from tests.accounts import make

AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TODAY = AS_OF.date()
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
_numbers = count(1)


def document(*groups: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """A definition; without groups it has one measure, the NPS, straight from 0 to 10."""
    return {
        "name": "Test formula",
        "coverage_floor": 0,
        "bands": {"good": 70, "watch": 45},
        "groups": list(groups) or [group(measure())],
        **terms,
    }


def group(*measures: dict[str, Any], key: str = "all", weight: float = 1, **terms: Any) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "weight": weight, "measures": list(measures), **terms}


def measure(
    key: str = "nps", source: str = "survey_nps", low: float = 0, high: float = 10, **terms: Any
) -> dict[str, Any]:
    return {
        "key": key,
        "source": source,
        "weight": 1,
        "transform": {"kind": "linear", "low": low, "high": high},
    } | terms


def active_version(definition: dict[str, Any] | None = None, *, as_of: datetime = LONG_AGO) -> ScorecardVersion:
    """A scorecard version in force."""
    scorecard = Scorecard.objects.create(name=f"Scorecard {next(_numbers)}")
    return activate(
        draft_version(scorecard, definition=definition or document(), by=None, as_of=as_of), by=None, as_of=as_of
    )


def account(**fields: Any) -> Account:
    """An account known for long."""
    return make.account(**{"recorded_at": LONG_AGO, **fields})


def paying(of: Account, arr: float, currency: str = "EUR") -> None:
    """What it pays a year, known since long ago."""
    deal = make.contract(of, arr=0, currency=currency)
    make.movement(deal.lines.get(), amount=arr, recorded_at=LONG_AGO)


def answered(
    of: Account, score: int, *, kind: str = "nps", at: datetime = AS_OF - timedelta(days=3), **fields: Any
) -> None:
    """A survey answer, known at once."""
    make.survey_response(of, score=score, kind=kind, occurred_at=at, **{"recorded_at": at, **fields})


def used(of: Account, days: dict[date, float], **fields: Any) -> None:
    """Usage on those days, known since."""
    for day, value in days.items():
        make.usage(of, day=day, value=str(value), **{"recorded_at": LONG_AGO, **fields})


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)
