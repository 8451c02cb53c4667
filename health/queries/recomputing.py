"""Whether a verdict of the past comes out the same today, from the facts as they are kept: the bytes of its inputs and its points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from cshub.l10n.formats import in_digits
from health.engine.transforms import Percentile
from health.models import HealthScore, ScorecardVersion, Scoring
from health.reasons import label, value_text
from health.sql.run import definition_of, read_verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Account
    from health.engine.definition import Measure


@dataclass(frozen=True)
class Differing:
    """A signal that is measured otherwise today than it was then, for the same moment."""

    key: str
    label: str
    kept: float | None
    again: float | None
    kept_text: str
    again_text: str


@dataclass(frozen=True)
class Recomputed:
    """A verdict of `at` computed again. `is_same`: its input hash, points, score and band are those that were kept.

    Otherwise `differing` names the signals whose facts were corrected in place or that are measured otherwise since, or `is_gone` says that by the facts of today
    the account was no customer then. `ranked`: signals whose rank among peers only a scoring of all accounts gives; they are not compared.
    """

    at: datetime
    is_same: bool
    is_gone: bool
    input_hash: str
    differing: tuple[Differing, ...]
    ranked: tuple[str, ...]


@transaction.atomic
def recomputed(account: Account, *, at: datetime) -> Recomputed | None:
    """The verdict that stood at a moment, read again from the facts known then; None where there was none. A few queries, writes nothing."""
    kept = HealthScore.objects.known(at).filter(account=account).order_by("-scored_at").first()
    if kept is None:
        return None
    version = ScorecardVersion.objects.get(pk=kept.version_id)
    measures = definition_of(version).measures
    scoring = Scoring.objects.filter(version=version, as_of__lte=kept.scored_at).order_by("-as_of").first()
    typical = tuple(scoring.typical) if scoring else None
    rows = read_verdicts(version, as_of=kept.scored_at, account_ids=[account.pk], typical=typical)
    if not rows:
        return Recomputed(kept.scored_at, is_same=False, is_gone=True, input_hash="", differing=(), ranked=())
    again = rows[0]
    same = all(again[name] == getattr(kept, name) for name in ("input_hash", "points", "score", "band", "coverage"))
    return Recomputed(
        at=kept.scored_at,
        is_same=same,
        is_gone=False,
        input_hash=again["input_hash"],
        differing=() if same else _differing(measures, kept.raw, again["raw"]),
        ranked=tuple(label(each) for each in measures if isinstance(each.transform, Percentile)),
    )


def _differing(
    measures: Sequence[Measure], kept: Sequence[float | None], again: Sequence[float | None]
) -> tuple[Differing, ...]:
    return tuple(
        Differing(each.key, label(each), was, found, *_told_apart(each, was, found))
        for each, was, found in zip(measures, kept, again, strict=True)
        if was != found and not isinstance(each.transform, Percentile)
    )


def _told_apart(measure: Measure, was: float | None, found: float | None) -> tuple[str, str]:
    """Both values as people read them; in all their digits where they read the same."""
    texts = value_text(measure, was), value_text(measure, found)
    return texts if texts[0] != texts[1] else (in_digits(repr(was)), in_digits(repr(found)))
