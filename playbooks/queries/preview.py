"""Shows before anything runs whom a version would have met last quarter, and what its holdout could show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil
from uuid import UUID

from django.utils.translation import gettext as _

from cshub.db import sql
from cshub.l10n import formats
from playbooks.engine.power import LEAST_PER_ARM, required_total, smallest_effect
from playbooks.models import PlaybookVersion
from playbooks.queries.words import fired_in_words
from playbooks.sql import triggers

QUARTER = timedelta(days=91)
SHOWN = 50
LEAST_RENEWALS = 20
ASSUMED_LOSS_RATE = 0.15
ROOMY_EFFECT = 0.05


@dataclass(frozen=True)
class Hit:
    """An account the version would have met."""

    account_id: UUID
    name: str
    arr: Decimal
    currency: str
    fired_on: date
    why: str


@dataclass(frozen=True)
class Preview:
    """Last quarter as if the version had run; counts a year are four times that. Money in (currency, sum) pairs."""

    since: date
    until: date
    account_count: int
    arr: tuple[tuple[str, Decimal], ...]
    accounts: tuple[Hit, ...]
    treated_count: int
    held_out_count: int
    treated_a_year: int
    held_out_a_year: int
    loss_rate: float
    renewal_count: int
    smallest_effect: float | None
    sentence: str
    held_elsewhere_count: int

    @property
    def more_count(self) -> int:
        """Accounts beyond those listed."""
        return self.account_count - len(self.accounts)


def preview(version: PlaybookVersion, *, as_of: datetime) -> Preview:
    """What the version would have done in the 91 days before `as_of`, on the accounts as they are now; four queries."""
    since = as_of - QUARTER
    statement, values = triggers.past(version.trigger, version.audience, since=since, until=as_of)
    values = {**values, **version.trigger_settings, "shown": SHOWN}
    totals = sql.rows(triggers.TOTALS.format(hits=statement), values)
    account_count = sum(int(count) for _currency, count, _sum in totals)
    share = float(version.holdout_share)
    held_out = round(account_count * share)
    loss_rate, renewal_count = _loss_rate(as_of=as_of)
    yearly = (4 * (account_count - held_out), 4 * held_out)
    effect = None
    if min(yearly) >= LEAST_PER_ARM:
        effect = smallest_effect(treated_count=yearly[0], held_out_count=yearly[1], loss_rate=loss_rate)
    return Preview(
        since=since.date(),
        until=as_of.date(),
        account_count=account_count,
        arr=tuple((currency, amount) for currency, _count, amount in totals),
        accounts=tuple(
            Hit(account_id, name, arr, currency, fired_on, fired_in_words(version.trigger, detail))
            for account_id, name, arr, currency, fired_on, detail in sql.rows(
                triggers.LARGEST.format(hits=statement), values
            )
        ),
        treated_count=account_count - held_out,
        held_out_count=held_out,
        treated_a_year=yearly[0],
        held_out_a_year=yearly[1],
        loss_rate=loss_rate,
        renewal_count=renewal_count,
        smallest_effect=effect,
        sentence=_sentence(share, account_count, yearly, effect, loss_rate, renewal_count),
        held_elsewhere_count=_held_elsewhere(version, as_of=as_of),
    )


def _held_elsewhere(version: PlaybookVersion, *, as_of: datetime) -> int:
    statement, values = triggers.held_elsewhere(version.audience)
    [(count,)] = sql.rows(statement, {**values, "as_of": as_of, "playbook": version.playbook_id})
    return int(count)


def _loss_rate(*, as_of: datetime) -> tuple[float, int]:
    """The share of last year's renewals that was lost and their number; assumed while fewer than 20 are known or none was lost."""
    [(lost, decided)] = sql.rows(triggers.LOSSES, {"as_of": as_of})
    if decided < LEAST_RENEWALS or not 0 < lost < decided:
        return ASSUMED_LOSS_RATE, 0
    return lost / decided, decided


def _sentence(
    share: float, count: int, yearly: tuple[int, int], effect: float | None, loss_rate: float, renewal_count: int
) -> str:
    if share == 0:
        return _("Nobody is held out, so the effect of this playbook cannot be shown. Hold out 20% to learn it.")
    if count == 0:
        return _("It would have met no account last quarter, so there is nothing to compare yet.")
    words = {
        "treated": formats.number(yearly[0]),
        "held_out": formats.number(yearly[1]),
        "rate": formats.percent(loss_rate),
        "least": formats.number(LEAST_PER_ARM),
        "needed": formats.number(
            required_total(effect=min(ROOMY_EFFECT, loss_rate), loss_rate=loss_rate, holdout_share=share)
        ),
        "small": formats.number(min(ROOMY_EFFECT, loss_rate) * 100),
    }
    if min(yearly) < LEAST_PER_ARM:
        months = ceil(12 * LEAST_PER_ARM / max(min(yearly), 1))
        return _(
            "At this pace a year gives %(treated)s treated and %(held_out)s held-out accounts. A comparison needs %(least)s in each arm: about %(months)s months."
        ) % {**words, "months": formats.number(months)}
    if effect is None:
        return (
            _(
                "With %(treated)s treated and %(held_out)s held-out accounts a year, of which %(rate)s do not renew, this holdout cannot show even that every treated account stays."
            )
            % words
        )
    basis = (
        _("measured on %(count)s renewals") % {"count": formats.number(renewal_count)}
        if renewal_count
        else _("assumed")
    )
    return _(
        "With about %(treated)s treated and %(held_out)s held-out accounts a year, of which %(rate)s do not renew (%(basis)s), the holdout can show an effect of %(points)s points of the renewal rate or more (80%% power, 5%% two-sided). An effect of %(small)s points needs %(needed)s accounts."
    ) % {**words, "basis": basis, "points": formats.number(effect * 100, decimals=1)}
