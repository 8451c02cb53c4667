"""Who works at the simulated company, what they decided, and what finance assumes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cshub.demo.company import CURRENCY
from cshub.demo.sign_ins import MAIL, MANAGERS, PASSWORD, STAFF
from cshub.users import services as users
from cshub.users.models import Role, User
from health import services as health
from health.scorecards import approval, previews, versions
from health.value import services as value
from playbooks import services as playbooks
from playbooks.models import PlaybookVersion
from reports import services as reports
from reports.models import CostEntry

GROSS_MARGIN = Decimal("0.78")
VALUE_TERMS = value.Terms(36, Decimal("0.1"), CURRENCY, high_from=Decimal(90_000), middle_from=Decimal(45_000))
BANDS = {"good": 72, "watch": 60}
HOURLY = {"csm": Decimal(62), "agent": Decimal(41), "manager": Decimal(85)}
CHOICES: dict[str, dict[str, Any]] = {
    "renewal_runway": {"holdout_share": Decimal("0.4")},
    "health_drop": {"holdout_share": Decimal("0.3"), "trigger_settings": {"to_bands": ["risk"]}},
}
COSTS_A_QUARTER = (
    ("CSM salaries", CostEntry.Category.SALARIES, Decimal(122_000)),
    ("Tools", CostEntry.Category.TOOLS, Decimal(11_000)),
    ("Training and travel", CostEntry.Category.VENDORS, Decimal(7_000)),
)


@dataclass(frozen=True)
class People:
    """The cast of the demo."""

    staff: list[User]
    manager: User
    second: User
    finance: User


def hire(*, as_of: datetime) -> People:
    """Make the people who sign in; safe to repeat."""
    staff = [_user(first, name, Role.CSM, as_of) for first, name in STAFF]
    manager, second = (_user(first, name, Role.MANAGER, as_of) for first, name in MANAGERS)
    return People(
        staff=staff,
        manager=manager,
        second=second,
        finance=_user("finn", "Finn Solberg", Role.FINANCE, as_of),
    )


def decide_how_to_work(people: People, *, seed: int, as_of: datetime) -> None:
    """A scorecard, and two playbooks with a holdout: written by a CSM, approved by the manager. The seed fixes the lots."""
    health.ensure_starter_scorecard(template="standard", by=people.manager, as_of=as_of)
    author = people.staff[0]
    playbooks.ensure_templates(author=author, as_of=as_of)
    for version in PlaybookVersion.objects.filter(state=PlaybookVersion.State.DRAFT, trigger__in=CHOICES).order_by(
        "trigger"
    ):
        version = playbooks.edit_version(version, by=author, as_of=as_of, **CHOICES[version.trigger])
        version = playbooks.submit(version, by=author, as_of=as_of, salt=f"demo {seed} {version.trigger}")
        playbooks.approve(
            version, by=people.manager, as_of=as_of, note="The holdout is large enough to learn within a year."
        )


def hear_of_trouble_earlier(people: People, *, as_of: datetime) -> None:
    """The standard formula with bands of the company's own: written by one manager after years of outcomes, approved by another."""
    standard = health.ensure_starter_scorecard(template="standard", by=people.manager, as_of=as_of)
    own = health.draft_version(
        standard.scorecard, definition=standard.definition | {"bands": BANDS}, by=people.second, as_of=as_of
    )
    previews.preview_version(own, by=people.second, as_of=as_of)
    own = versions.submit(own, by=people.second, as_of=as_of)
    approval.approve(
        own, by=people.manager, as_of=as_of, note="We want to hear of an account before it is nearly lost."
    )


def enter_assumptions(people: People, *, first_day: date, as_of: datetime) -> None:
    """Finance decides the margin and the currency, over how long value counts, where its tiers begin, and what an hour costs."""
    reports.set_assumption(
        gross_margin=GROSS_MARGIN,
        currency=CURRENCY,
        valid_from=first_day,
        by=people.finance,
        as_of=as_of,
        reason="As in the annual accounts.",
    )
    by_finance: dict[str, Any] = {"valid_from": first_day, "by": people.finance, "as_of": as_of}
    value.decide_terms(VALUE_TERMS, **by_finance, reason="Three years, at what our capital costs.")
    for role, hourly in HOURLY.items():
        value.decide_rate(
            role=role, hourly=hourly, currency=CURRENCY, **by_finance, reason="Salary with everything on top."
        )


def enter_costs(people: People, *, since: date, until: date, as_of: datetime) -> None:
    """Finance enters what customer success cost in each quarter of [since, until)."""
    start = since
    while start < until:
        end = _months_later(start, 3)
        for name, category, amount in COSTS_A_QUARTER:
            cost = reports.Cost(
                name=name, category=category, amount=amount, currency=CURRENCY, starts_on=start, ends_on=end
            )
            reports.record_cost(cost, by=people.finance, as_of=as_of)
        start = end


def _user(first: str, name: str, role: str, as_of: datetime) -> User:
    email = f"{first}@{MAIL}"
    found = User.objects.filter(email=email).first()
    return found or users.create_user(
        email=email, name=name, role=role, password=PASSWORD, by=None, as_of=as_of - timedelta(days=1)
    )


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    return day.replace(year=day.year + month // 12, month=month % 12 + 1)
