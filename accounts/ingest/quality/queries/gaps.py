"""What accounts lack and where facts contradict each other: one condition each, for the figures of the page and for the filter of the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Contract, Renewal, SurveyResponse, UsageDaily

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.utils.functional import Promise

    from accounts.querysets import AccountQuerySet, FactQuerySet

USAGE_DAYS = 30
SURVEY_DAYS = 180
FEW: Final = 5_000  # accounts; as many are counted whenever somebody looks
KEPT: Final = timedelta(minutes=10)
KEY = "quality.coverage"
CUSTOMERS = (Account.Status.ONBOARDING, Account.Status.ACTIVE)


@dataclass(frozen=True)
class Gap:
    """Something an account may lack (`is_contradiction`: something that cannot be so), looked for among accounts with these statuses."""

    key: str
    label: Promise
    remedy: Promise
    lacking: Callable[[datetime], Q]
    statuses: tuple[str, ...] = CUSTOMERS
    is_contradiction: bool = False


@dataclass(frozen=True)
class Coverage:
    """How many of `total` accounts lack something."""

    gap: Gap
    lacking: int
    total: int

    @property
    def share(self) -> float:
        """The share that has it, 0 to 1; 1 where there are no accounts."""
        return 1 - self.lacking / self.total if self.total else 1.0


@dataclass(frozen=True)
class Covered:
    """The figures of all gaps, in their order, and when they were counted."""

    rows: tuple[Coverage, ...]
    counted_at: datetime


def _no(text: str) -> Callable[[datetime], Q]:
    return lambda _as_of: Q(**{text: ""})


def _without_usage(as_of: datetime) -> Q:
    since = as_of.date() - timedelta(days=USAGE_DAYS)
    return ~Q(Exists(UsageDaily.objects.filter(account=OuterRef("pk"), day__gt=since, day__lte=as_of.date())))


def _without_survey(as_of: datetime) -> Q:
    since = as_of - timedelta(days=SURVEY_DAYS)
    answers = SurveyResponse.objects.filter(account=OuterRef("pk"), occurred_at__gt=since, occurred_at__lte=as_of)
    return ~Q(Exists(answers))


def _without_people(_as_of: datetime) -> Q:
    return ~Q(Exists(Contact.objects.filter(account=OuterRef("pk"), left_on__isnull=True)))


def _without_email(_as_of: datetime) -> Q:
    people = Contact.objects.filter(account=OuterRef("pk"), left_on__isnull=True)
    return ~Q(Exists(people.exclude(email="")))


def _without_contract(_as_of: datetime) -> Q:
    return ~Q(Exists(_active_contracts()))


def _with_empty_contract(_as_of: datetime) -> Q:
    return Q(Exists(_active_contracts().filter(lines__isnull=True)))


def _with_overdue_renewal(as_of: datetime) -> Q:
    due = Renewal.objects.undecided(as_of).filter(account=OuterRef("pk"), due_on__lt=as_of.date())
    return Q(Exists(due))


def _active_contracts() -> FactQuerySet[Contract]:
    return Contract.objects.filter(account=OuterRef("pk"), status=Contract.Status.ACTIVE)


GAPS = {
    gap.key: gap
    for gap in (
        Gap("owner", _("Owner"), _("Give each account to somebody."), lambda _as_of: Q(owner__isnull=True)),
        Gap("segment", _("Segment"), _("Import it with the accounts, or set it over the API."), _no("segment")),
        Gap("stage", _("Lifecycle stage"), _("Set the stage on the page of the account."), _no("stage")),
        Gap(
            "domain",
            _("Web domain"),
            _("With it, mails find their account, and duplicates are seen."),
            _no("domain"),
        ),
        Gap(
            "renewal",
            _("Renewal date"),
            _("It follows from a contract with an end."),
            lambda _as_of: Q(revenue__next_renewal_on__isnull=True),
        ),
        Gap(
            "currency",
            _("Currency and revenue"),
            _("They follow from the first contract with a line."),
            lambda _as_of: Q(revenue__isnull=True),
        ),
        Gap("contacts", _("People"), _("Import contacts, or add them on the page of the account."), _without_people),
        Gap("email", _("A person with an e-mail address"), _("Without one, nobody can be written to."), _without_email),
        Gap("usage", _("Usage in the past 30 days"), _("Send events, or import usage by day."), _without_usage),
        Gap("survey", _("Survey answer in the past 180 days"), _("Ask, or import answers."), _without_survey),
        Gap(
            "no_contract",
            _("Active without an active contract"),
            _("Import the contract, or say that the customer has left."),
            _without_contract,
            (Account.Status.ACTIVE,),
            is_contradiction=True,
        ),
        Gap(
            "empty_contract",
            _("Active contract without a line"),
            _("Its revenue is unknown: import its lines."),
            _with_empty_contract,
            is_contradiction=True,
        ),
        Gap(
            "overdue_renewal",
            _("Renewal overdue and not decided"),
            _("Decide it on the page of the account: reports wait for it."),
            _with_overdue_renewal,
            is_contradiction=True,
        ),
        Gap(
            "owner_left",
            _("Owner who no longer signs in"),
            _("Give the account to somebody who works here."),
            lambda _as_of: Q(owner__is_active=False),
            is_contradiction=True,
        ),
        Gap(
            "churned_revenue",
            _("Churned, yet with revenue"),
            _("End the contract, or make the account active again."),
            lambda _as_of: Q(revenue__arr__gt=0),
            (Account.Status.CHURNED,),
            is_contradiction=True,
        ),
    )
}


def lacking(accounts: AccountQuerySet, key: str, *, as_of: datetime) -> AccountQuerySet:
    """Those of the accounts with the gap `key` of GAPS."""
    return accounts.filter(GAPS[key].lacking(as_of), status__in=GAPS[key].statuses)


def coverage(*, as_of: datetime) -> list[Coverage]:
    """How many accounts lack each thing, in the order of GAPS. One query each, and one for the totals."""
    return _told(_totals(), _counted(as_of))


def coverage_now(*, as_of: datetime, again: bool = False, few: int = FEW) -> Covered:
    """The same for the page: counted now where there are up to `few` accounts or somebody asks `again`, else at most every ten minutes.

    One query while the figures are kept.
    """
    totals = _totals()
    kept: tuple[datetime, dict[str, int]] | None = cache.get(KEY)
    is_good = kept is not None and kept[1].keys() == GAPS.keys() and timedelta(0) <= as_of - kept[0] < KEPT
    if kept is None or again or not is_good or sum(totals.values()) <= few:
        kept = as_of, _counted(as_of)
        cache.set(KEY, kept, KEPT.total_seconds())
    counted_at, counts = kept
    return Covered(tuple(_told(totals, counts)), counted_at)


def _totals() -> dict[Any, int]:
    return dict(Account.objects.order_by().values_list("status").annotate(count=Count("pk")))


def _counted(as_of: datetime) -> dict[str, int]:
    return {key: lacking(Account.objects.all(), key, as_of=as_of).order_by().count() for key in GAPS}


def _told(totals: dict[Any, int], counts: dict[str, int]) -> list[Coverage]:
    return [
        Coverage(gap, counts[key], sum(totals.get(status, 0) for status in gap.statuses)) for key, gap in GAPS.items()
    ]
