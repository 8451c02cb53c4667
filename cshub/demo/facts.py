"""What systems of record would have sent: accounts and contracts, people who left, daily usage, survey answers."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from accounts import services
from accounts.models import Account, Contact, Contract, MetricDefinition, RoleChange, SurveyResponse
from cshub.db import sql
from cshub.demo.company import CURRENCY, SimulatedAccount
from cshub.demo.world import Customer, World, midnight
from cshub.kernel.ids import uuid7

METRIC = "sessions"
SESSIONS_PER_SEAT = 0.9
SURVEYS_A_STEP = 0.08
USED_BY_MOOD = 0.5  # how much more the happy use
EXPANSION_A_STEP = 0.012
CHAMPIONS = (Contact.Role.CHAMPION, Contact.Role.SPONSOR)
FIRST_NAMES = ("Piotr", "Shirin", "Ingrid", "Matteo", "Olena", "Farid", "Astrid", "Jonas", "Leila", "Karol")
LAST_NAMES = ("Zieliński", "Daneshvar", "Solberg", "Rossi", "Bondar", "Karimi", "Lund", "Weber", "Rahimi", "Nowak")


def join(world: World, *, until: date) -> None:
    """Record the accounts that became customers before `until`, with their contract and first revenue."""
    joining = [row for row in world.waiting if row.joins_on < until]
    world.waiting = [row for row in world.waiting if row.joins_on >= until]
    if not joining:
        return
    now = midnight(until)
    rows = [_account(row, world, now) for row in joining]
    Account.objects.bulk_create(rows)
    contacts = Contact.objects.bulk_create(_contact(account, index, now) for index, account in enumerate(rows))
    Contract.objects.bulk_create(
        _contract(row, account, world, until) for row, account in zip(joining, rows, strict=True)
    )
    services.revise_lines([_first_revenue(row) for row in joining], by=None, as_of=now)
    for simulated, account, contact in zip(joining, rows, contacts, strict=True):
        world.customers[account.pk] = Customer(simulated, account, contact, term_ends_on=simulated.joins_on)


def lose_champions(world: World, *, since: date, until: date) -> None:
    """Where trouble begins with it, the champion or sponsor leaves; the system of record tells on the day after."""
    gone = [
        (row.contact, each.begins_on)
        for row in world.here()
        for each in row.troubles
        if since <= each.begins_on < until
        and each.takes_champion
        and row.contact.role in CHAMPIONS
        and not row.contact.left_on
    ]
    for contact, day in gone:
        contact.left_on = day
    Contact.objects.bulk_update([contact for contact, _day in gone], ["left_on"])
    RoleChange.objects.bulk_create(
        RoleChange(
            contact=contact, from_role=contact.role, occurred_on=day, recorded_at=midnight(day + timedelta(days=1))
        )
        for contact, day in gone
    )


def use(world: World, *, since: date, until: date) -> None:
    """Daily usage of everybody in [since, until): follows mood and size, quiet at weekends."""
    MetricDefinition.objects.get_or_create(key=METRIC, defaults={"name": "Sessions", "unit": "sessions"})
    days = [since + timedelta(days=offset) for offset in range((until - since).days)]
    rows = world.here()
    noise = world.rng.gamma(20.0, 1 / 20.0, size=(len(rows), len(days)))
    sql.copy_in(
        "copy accounts_usagedaily (account_id, metric_id, day, value, active_users, recorded_at) from stdin",
        _usage(rows, days, noise),
    )


def answer_surveys(world: World, *, as_of: datetime) -> None:
    """A few answer an NPS survey; the unhappy score low, and those in quiet trouble do not answer."""
    day = as_of.date()
    rows = [row for row in world.here() if not ((found := row.trouble_on(day)) and found.is_quiet)]
    luck, spread = world.rng.random(len(rows)), world.rng.normal(size=len(rows))
    SurveyResponse.objects.bulk_create(
        SurveyResponse(
            account=row.account,
            kind=SurveyResponse.Kind.NPS,
            score=int(np.clip(round(6.8 + 2.2 * row.mood + 1.2 * spread[index]), 0, 10)),
            occurred_at=as_of - timedelta(hours=30),
            recorded_at=as_of,
        )
        for index, row in enumerate(rows)
        if luck[index] < SURVEYS_A_STEP
    )


def grow(world: World, *, until: date, amounts: dict[UUID, Decimal]) -> None:
    """Strong accounts buy more now and then. `amounts`: current ARR of each account."""
    rows = [row for row in world.here() if row.mood > 0 and row.account.pk in amounts]
    luck, share = world.rng.random(len(rows)), world.rng.uniform(0.05, 0.25, size=len(rows))
    changes = [
        services.LineChange(
            line_external_id=f"{row.simulated.external_id}:line",
            contract_external_id=f"{row.simulated.external_id}:main",
            new_arr=(amounts[row.account.pk] * Decimal(str(round(1 + share[index], 2)))).quantize(Decimal(100)),
            occurred_on=until - timedelta(days=1),
        )
        for index, row in enumerate(rows)
        if luck[index] < EXPANSION_A_STEP
    ]
    services.revise_lines(changes, by=None, as_of=midnight(until))


def _account(row: SimulatedAccount, world: World, now: datetime) -> Account:
    return Account(
        id=world.new_id(),
        external_id=row.external_id,
        name=row.name,
        domain=row.domain,
        segment=row.segment,
        industry=row.industry,
        region=row.region,
        owner=world.staff[row.owner_index],
        customer_since_on=row.joins_on,
        attributes={"seats": row.seats},
        recorded_at=now,
        updated_at=now,
    )


def _contact(account: Account, index: int, now: datetime) -> Contact:
    first, last = FIRST_NAMES[index % len(FIRST_NAMES)], LAST_NAMES[index // 3 % len(LAST_NAMES)]
    return Contact(
        id=uuid7(),
        account=account,
        name=f"{first} {last}",
        email=f"{first.lower()}@{account.domain}",
        role=list(Contact.Role)[index % len(Contact.Role)],
        recorded_at=now,
    )


def _contract(row: SimulatedAccount, account: Account, world: World, until: date) -> Contract:
    """A yearly contract; of an old customer the term that is running now."""
    starts_on = row.joins_on
    while _year_later(starts_on) < until:
        starts_on = _year_later(starts_on)
    return Contract(
        id=world.new_id(),
        account=account,
        external_id=f"{row.external_id}:main",
        name="Annual subscription",
        starts_on=starts_on,
        ends_on=_year_later(starts_on),
        term_months=12,
        currency=CURRENCY,
        notice_days=30,
        recorded_at=midnight(until),
        updated_at=midnight(until),
    )


def _first_revenue(row: SimulatedAccount) -> services.LineChange:
    return services.LineChange(
        line_external_id=f"{row.external_id}:line",
        contract_external_id=f"{row.external_id}:main",
        new_arr=row.arr,
        occurred_on=row.joins_on,
        product="Platform",
    )


def _year_later(day: date) -> date:
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else date(day.year + 1, 2, 28)


def _usage(rows: list[Customer], days: list[date], noise: np.ndarray) -> Iterable[tuple[object, ...]]:
    recorded = [midnight(day + timedelta(days=1)) for day in days]
    for index, row in enumerate(rows):
        level = row.simulated.seats * SESSIONS_PER_SEAT * float(np.exp(USED_BY_MOOD * row.mood))
        share = float(np.clip(0.55 + 0.2 * row.mood, 0.05, 1.0))
        for position, day in enumerate(days):
            factor = noise[index, position] * (0.2 if day.weekday() >= 5 else 1.0)
            value = round(level * factor)
            if value:
                users = max(1, round(row.simulated.seats * share * min(1.0, factor)))
                yield row.account.pk, METRIC, day, value, users, recorded[position]
