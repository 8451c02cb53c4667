"""What really works in the simulated company: potential outcomes of every renewal, with and without each playbook."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHURN_LOGIT = -0.85  # churn of a typical account that nobody works on: 30 %
STRENGTH_WEIGHT = 1.0  # how much better strong accounts renew
RUNWAY_EFFECT = 1.9  # fall of the log odds of churn when assigned to Renewal runway
RESCUE_EFFECT = 0.45  # the same for Health drop: real, but small
REACTIVE_EFFECT = 0.0  # answering tickets keeps nobody


@dataclass(frozen=True)
class Fate:
    """One renewal: the luck it has, its log odds of churn before any work, and the share of its revenue it keeps when it renews."""

    luck: float
    logit: float
    keeps: float = 1.0

    def renews(self, *, runway: bool, rescue: bool) -> bool:
        """Whether it renews when it is assigned to these playbooks; the same luck in every world."""
        odds = self.logit - RUNWAY_EFFECT * runway - RESCUE_EFFECT * rescue
        return bool(self.luck >= 1 / (1 + np.exp(-odds)))


def fate(strength: float, *, luck: float, keeps: float) -> Fate:
    """The fate of an account this strong at its renewal."""
    return Fate(luck=luck, logit=CHURN_LOGIT - STRENGTH_WEIGHT * strength, keeps=keeps)


@dataclass(frozen=True)
class Enrolled:
    """A renewal that met a playbook, with its arm there and whether the other playbook worked on it too."""

    fate: Fate
    arr_cents: int
    treated: bool
    other: bool


def rate_effect(rows: Sequence[Enrolled], *, playbook: str) -> float | None:
    """True effect on the renewal rate over exactly these renewals: mean of renewed-if-treated minus renewed-if-held-out."""
    if not rows:
        return None
    return float(np.mean([_renews(row, playbook, worked=True) - _renews(row, playbook, worked=False) for row in rows]))


def kept_cents(rows: Sequence[Enrolled], *, playbook: str) -> int:
    """True revenue kept at the treated renewals: what they renewed minus what they would have renewed held out."""
    return sum(
        round(row.arr_cents * row.fate.keeps)
        * (_renews(row, playbook, worked=True) - _renews(row, playbook, worked=False))
        for row in rows
        if row.treated
    )


def _renews(row: Enrolled, playbook: str, *, worked: bool) -> int:
    runway, rescue = (worked, row.other) if playbook == "runway" else (row.other, worked)
    return int(row.fate.renews(runway=runway, rescue=rescue))
