"""Live through the simulated months with the product's own pipeline, and say what was true."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from accounts.models import Account, AccountRevenue
from cshub import pipeline
from cshub.db import sql
from cshub.demo import (
    book,
    calls,
    claims,
    commerce,
    facts,
    people,
    quality,
    renewals,
    segments,
    sentiments,
    truth,
    work,
)
from cshub.demo.company import draw_accounts
from cshub.demo.events import send_events
from cshub.demo.world import World, midnight
from reports import services as reports
from reports.models import ReportRun

STEP = timedelta(days=14)
MONTHS_A_YEAR = 12

# Renewals decided in the period: minutes of any contact in the 120 days before, the way a naive report looks at it.
NAIVE = """
select decision.decision = 'renewed' as renewed,
       coalesce((select sum(touch.minutes) from accounts_interaction touch
                 where touch.account_id = renewal.account_id and touch.occurred_at < renewal.due_on
                   and touch.occurred_at >= renewal.due_on - interval '120 days' and touch.mode = 'reactive'), 0)
       + coalesce((select sum(ticket.minutes) from accounts_ticket ticket
                   where ticket.account_id = renewal.account_id and ticket.opened_at < renewal.due_on
                     and ticket.opened_at >= renewal.due_on - interval '120 days'), 0) as minutes
from accounts_renewal renewal
join accounts_renewaldecision decision on decision.renewal_id = renewal.id
where renewal.due_on >= %(since)s and renewal.due_on < %(until)s
order by renewal.due_on, renewal.id
"""


class NotEmpty(RuntimeError):
    """The tenant holds accounts already; a simulation would mix with them."""


@dataclass(frozen=True)
class Span:
    """The simulated time: [first_day, last_day), and the year that is reported on, [report_from, report_until)."""

    first_day: date
    last_day: date
    report_from: date
    report_until: date


def span(months: int, today: date) -> Span:
    """`months` whole months before this month's first day, and the days of this month so far."""
    month = today.replace(day=1)
    return Span(_months_before(month, months), today, _months_before(month, min(months, MONTHS_A_YEAR)), month)


@transaction.atomic
def load(
    *, accounts: int, months: int, seed: int, as_of: datetime, progress: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Fill the active tenant with a simulated company and return what is true about it. Raises NotEmpty.

    Deterministic in its arguments but for ids; arms are drawn by the product, outcomes by the simulated truth.
    """
    if Account.objects.exists():
        raise NotEmpty("This tenant holds accounts already. Load the demo into an empty tenant.")
    when = span(months, as_of.date())
    world, cast = _begin(accounts, months, seed, when)
    day = when.first_day
    while day < when.last_day:
        next_day = min(day + STEP, when.last_day)
        if next_day == when.last_day:
            people.hear_of_trouble_earlier(cast, as_of=midnight(day))
        _live(world, since=day, until=next_day, desk_until=as_of - quality.SILENT_FOR)
        progress(f"{next_day:%Y-%m-%d}  {len(world.here())} accounts, {len(world.decided)} renewals decided")
        day = next_day
    claims.log_impact(world, since=when.report_from, until=when.report_until, as_of=midnight(when.last_day))
    people.enter_costs(cast, since=when.first_day, until=when.last_day, as_of=midnight(when.last_day))
    book.fill(by=cast.manager, as_of=midnight(when.last_day))
    run = _report(cast, when)
    commerce.open_shop(seed=seed, staff=cast.staff, slow=world.in_trouble(when.last_day), as_of=as_of)
    quality.spoil(as_of=as_of)
    send_events(as_of=as_of)
    sentiments.say(as_of=as_of)
    segments.write(by=cast.manager, as_of=as_of)
    pipeline.learn(as_of=as_of)
    return _truth(world, when, run)


def _begin(accounts: int, months: int, seed: int, when: Span) -> tuple[World, people.People]:
    rng = np.random.Generator(np.random.PCG64(seed))
    start = midnight(when.first_day)
    cast = people.hire(as_of=start)
    waiting = draw_accounts(accounts, first_day=when.first_day, months=months, owners=len(cast.staff), rng=rng)
    world = World(rng=rng, staff=cast.staff, manager=cast.manager, finance=cast.finance, waiting=waiting)
    people.enter_assumptions(cast, first_day=when.first_day, as_of=start)
    people.decide_how_to_work(cast, seed=seed, as_of=start)
    return world, cast


def _live(world: World, *, since: date, until: date, desk_until: datetime) -> None:
    """Two weeks: facts come in, the product takes its turn, people work, renewals fall due."""
    now = midnight(until)
    facts.join(world, until=until)
    world.drift(until=until)
    facts.lose_champions(world, since=since, until=until)
    facts.use(world, since=since, until=until)
    facts.answer_surveys(world, as_of=now)
    calls.ask_for_help(world, as_of=now, desk_until=desk_until)
    facts.grow(world, until=until, amounts=_revenue())
    pipeline.advance(as_of=now)
    work.do_tasks(world, since=since - STEP, until=until, as_of=now)
    renewals.decide(world, since=since, until=until, as_of=now)


def _revenue() -> dict[UUID, Decimal]:
    return dict(AccountRevenue.objects.values_list("account_id", "arr"))


def _report(cast: people.People, when: Span) -> ReportRun:
    """The report of the last twelve months as a draft, and the year before it frozen, where there is one."""
    now = midnight(when.last_day)
    pipeline.advance(as_of=now)
    year_before = _months_before(when.report_from, MONTHS_A_YEAR)
    if year_before >= when.first_day:
        earlier = reports.run_roi(starts_on=year_before, ends_on=when.report_from, by=cast.finance, as_of=now)
        reports.freeze(earlier, by=cast.finance, as_of=now)
    return reports.run_roi(starts_on=when.report_from, ends_on=when.report_until, by=cast.finance, as_of=now)


def _truth(world: World, when: Span, run: ReportRun) -> dict[str, Any]:
    numbers = run.numbers
    effects = {
        key: world.enrolled(key, since=when.report_from, until=when.report_until) for key in ("runway", "rescue")
    }
    names = {"runway": renewals.RUNWAY, "rescue": renewals.RESCUE}
    measured = {row["playbook"] for row in numbers["playbooks"] if row["money"]["estimate_cents"] is not None}
    kept = {key: truth.kept_cents(rows, playbook=key) for key, rows in effects.items()}
    return {
        "period": {"from": when.report_from.isoformat(), "until": when.report_until.isoformat()},
        "playbooks": {
            names[key]: {
                "enrolled": len(rows),
                "treated": sum(row.treated for row in rows),
                "true_effect": truth.rate_effect(rows, playbook=key),
                "true_kept_cents": kept[key],
            }
            for key, rows in effects.items()
        },
        "true_kept_cents": sum(kept[key] for key in kept if names[key] in measured),
        "naive_effect": _naive(when),
        "report": {
            "id": str(run.pk),
            "pooled": numbers["pooled"],
            "headline": numbers["headline"],
            "playbooks": [
                {key: row[key] for key in ("playbook", "estimate", "low", "high", "verdict", "money")}
                for row in numbers["playbooks"]
            ],
        },
    }


def _naive(when: Span) -> float | None:
    """Renewal rate of the accounts CSMs spent most time answering minus that of the others: what a dashboard would show."""
    rows = sql.named(NAIVE, {"since": when.report_from, "until": when.report_until})
    if not rows:
        return None
    middle = float(np.median([row.minutes for row in rows]))
    worked = [row.renewed for row in rows if row.minutes > middle]
    others = [row.renewed for row in rows if row.minutes <= middle]
    return float(np.mean(worked) - np.mean(others)) if worked and others else None


def _months_before(day: date, months: int) -> date:
    month = day.year * MONTHS_A_YEAR + day.month - 1 - months
    return date(month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1)
