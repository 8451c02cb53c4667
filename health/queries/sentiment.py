"""How people feel about accounts, and how much of it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cshub.l10n import formats
from health.engine.sentiment import share
from health.models import AccountSentiment
from health.sql.verdicts import last_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

SHOWN = 20
HALF = 0.5


@dataclass(frozen=True)
class Sentiment:
    """A word about an account. `counts` is 1 on its day and falls to 0 on `fades_on`; `age_text` says both: “Said 45 days ago, counts half”."""

    level: str
    label: str
    reason: str
    author: str
    said_at: datetime
    fades_on: date
    age_days: int
    counts: float
    age_text: str

    @property
    def is_known(self) -> bool:
        return self.counts > 0


def sentiments_of(account_ids: Sequence[UUID], *, as_of: datetime) -> dict[UUID, Sentiment]:
    """The latest word on each account, faded or not; accounts nobody spoke of are left out. One query."""
    return {row.account_id: _sentiment(row, row.author or "", as_of) for row in last_words(account_ids, as_of=as_of)}


def said_about(account_id: UUID, *, as_of: datetime) -> tuple[Sentiment, ...]:
    """The last 20 words on an account, the newest first. One query."""
    rows = AccountSentiment.objects.filter(account=account_id).known(as_of).select_related("author")
    return tuple(
        _sentiment(row, row.author.name if row.author else "", as_of)
        for row in rows.order_by("-said_at", "-id")[:SHOWN]
    )


def _sentiment(row: Any, author: str, as_of: datetime) -> Sentiment:
    said_on, today = row.said_at.astimezone(UTC).date(), as_of.astimezone(UTC).date()
    age, counts = (today - said_on).days, share(said_on, row.fades_on, today=today)
    return Sentiment(
        level=row.level,
        label=str(AccountSentiment.Level(row.level).label),
        reason=row.reason,
        author=author,
        said_at=row.said_at,
        fades_on=row.fades_on,
        age_days=age,
        counts=counts,
        age_text=_age_text(age, counts),
    )


def _age_text(age: int, counts: float) -> str:
    said = ngettext("Said %(count)s day ago", "Said %(count)s days ago", age) % {"count": formats.number(age)}
    return formats.separator().join((said if age else _("Said today"), counts_text(counts)))


def counts_text(counts: float) -> str:
    """How much a word still counts, in words."""
    if counts <= 0:
        return _("counts no more: unknown")
    if counts >= 1:
        return _("counts in full")
    if round(counts, 2) == HALF:
        return _("counts half")
    return _("counts %(share)s") % {"share": formats.percent(counts)}
