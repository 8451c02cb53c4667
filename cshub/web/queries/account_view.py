"""Everything the page of one account shows, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import Account, Contact, Contract, ContractLine, RevenueMovement
from accounts.queries.families import family_ids
from cshub.db.reading import read
from cshub.web.queries.timeline import Mode, Timeline, Week, timeline, weeks
from cshub.web.sql import account_book as statements
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
    """One account whole. `scores`: one a week, the last now. `claims` carry `credited`, `contracts` their `shown_lines`, `movements` a `line_name`."""

    account: Account
    why: Explanation | None
    sentiment: Sentiment | None
    scores: tuple[Decimal | None, ...]
    weeks: tuple[Week, ...]
    timeline: Timeline
    playbooks: list[AccountPlaybook]
    tasks: list[Task]
    claims: list[Claim]
    everybody: list[Contact]
    contracts: list[Contract]
    movements: list[RevenueMovement]

    @property
    def people(self) -> list[Contact]:
        """As many of those who are still there as the page shows."""
        return self.everybody[:PEOPLE]


def account_view(account: Account, *, mode: Mode, older: str, as_of: datetime, kind: str = "") -> AccountView:
    """The page's facts. Raises ValueError for a damaged `older`. At most 15 queries."""
    family, own = family_ids(account.pk), {"account": account.pk}
    return AccountView(
        account=account,
        why=explanation(account, as_of=as_of),
        sentiment=sentiments_of([account.pk], as_of=as_of).get(account.pk),
        scores=weekly_scores([account.pk], as_of=as_of, weeks=SCORE_WEEKS)[account.pk],
        weeks=weeks(family, as_of=as_of),
        timeline=timeline(family, mode=mode, kind=kind, older=older, as_of=as_of),
        playbooks=account_playbooks(family, as_of=as_of)[:PLAYBOOKS],
        tasks=account_tasks(family),
        claims=read(Claim, statements.CLAIMS, {"family": family, "most": CLAIMS}),
        everybody=read(Contact, statements.PEOPLE, own),
        contracts=_contracts(own),
        movements=read(RevenueMovement, statements.MOVEMENTS, {**own, "as_of": as_of, "most": MOVEMENTS}),
    )


def _contracts(own: dict[str, Any]) -> list[Contract]:
    lines: dict[Any, list[ContractLine]] = {}
    for line in read(ContractLine, statements.LINES, own):
        lines.setdefault(line.contract_id, []).append(line)
    contracts = read(Contract, statements.CONTRACTS, own)
    for contract in contracts:
        contract.shown_lines = lines.get(contract.pk, [])  # type: ignore[attr-defined]
    return contracts
