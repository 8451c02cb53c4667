"""Everything the page of one account shows, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Account, Contact, Contract, RevenueMovement
from accounts.queries.families import family_ids
from cshub.web.queries.timeline import Mode, Timeline, Week, timeline, weeks
from health.queries import Explanation, Sentiment, explanation, sentiments_of, weekly_scores
from playbooks.models import Task
from playbooks.queries import AccountPlaybook, account_playbooks, account_tasks
from reports.impact.models import Claim

SCORE_WEEKS = 26
CLAIMS = 6
MOVEMENTS = 12
PEOPLE = 30
PLAYBOOKS = 6


@dataclass(frozen=True)
class AccountView:
    """One account whole. `scores`: one a week, the last now. `claims` carry `credited`."""

    account: Account
    why: Explanation | None
    sentiment: Sentiment | None
    scores: tuple[Decimal | None, ...]
    weeks: tuple[Week, ...]
    timeline: Timeline
    playbooks: list[AccountPlaybook]
    tasks: list[Task]
    claims: list[Claim]
    people: list[Contact]
    contracts: list[Contract]
    movements: list[RevenueMovement]


def account_view(account: Account, *, mode: Mode, older: str, as_of: datetime, kind: str = "") -> AccountView:
    """The page's facts. Raises ValueError for a damaged `older`. At most 19 queries."""
    family = family_ids(account.pk)
    return AccountView(
        account=account,
        why=explanation(account, as_of=as_of),
        sentiment=sentiments_of([account.pk], as_of=as_of).get(account.pk),
        scores=weekly_scores([account.pk], as_of=as_of, weeks=SCORE_WEEKS)[account.pk],
        weeks=weeks(family, as_of=as_of),
        timeline=timeline(family, mode=mode, kind=kind, older=older, as_of=as_of),
        playbooks=account_playbooks(family, as_of=as_of)[:PLAYBOOKS],
        tasks=account_tasks(family),
        claims=list(
            Claim.objects.filter(account__in=family)
            .annotate(credited=Sum("ledger_entries__amount"))
            .order_by("-number")[:CLAIMS]
        ),
        people=list(account.contacts.filter(left_on__isnull=True).order_by("name", "id")[:PEOPLE]),
        contracts=list(account.contracts.prefetch_related("lines").order_by("status", "-starts_on", "id")),
        movements=list(
            RevenueMovement.objects.filter(account=account)
            .known(as_of)
            .select_related("line")
            .order_by("-occurred_on", "-id")[:MOVEMENTS]
        ),
    )
