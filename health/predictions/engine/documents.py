"""Back-tests as JSON can keep them: figures with their intervals, counts, and the reasons where there is no verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from health.engine.prediction.backtest import ChurnBacktest
    from health.engine.prediction.bands import BandBacktest
    from health.engine.prediction.reasons import Reason
    from health.engine.prediction.warning import EarlyWarning


def of_bands(found: BandBacktest) -> dict[str, Any]:
    """The fields of BandBacktest, and `tells_apart`."""
    return {**_plain(asdict(found)), "reasons": of_reasons(found.reasons), "tells_apart": found.tells_apart}


def of_warning(found: EarlyWarning) -> dict[str, Any]:
    """The fields of EarlyWarning."""
    return {**_plain(asdict(found)), "reasons": of_reasons(found.reasons)}


def of_prediction(found: ChurnBacktest) -> dict[str, Any]:
    """The fields of ChurnBacktest but its rows."""
    whole = {
        "verdict": found.verdict.value, "churned": found.churned, "stayed": found.stayed, "split": found.split,
        "tested_from": found.tested_from, "data_hash": found.data_hash,
        "quality": None if found.quality is None else asdict(found.quality),
    }  # fmt: skip
    return {**_plain(whole), "reasons": of_reasons(found.reasons)}


def of_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Codes with their facts, to be told in the reader's language."""
    return [{"code": reason.code, "facts": dict(reason.facts)} for reason in reasons]


def _plain(value: Any) -> Any:
    """No tuple, and no number that is none."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
