"""CSMs log more than they caused: most renewals they touched, some without evidence, some twice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Interaction
from cshub.db import sql
from cshub.demo.world import World
from reports.impact import services as impact
from reports.impact.models import Claim, Outcome, Review

CLAIMED = 0.62
WITHOUT_EVIDENCE = 0.10
CLAIMED_TWICE = 0.08
REJECTED = 0.06
NARRATIVES = (
    "Reviewed the results with the sponsor and agreed on goals for the next term.",
    "Won back an unhappy admin and closed three open requests before the renewal.",
    "Built the business case that procurement asked for.",
)

# Renewals of the period with the last thing the owner did there before the decision.
TOUCHED = """
select outcome.id as outcome_id, outcome.amount, account.owner_id, touch.id as touch_id
from impact_outcome outcome
join accounts_account account on account.id = outcome.account_id
join lateral (
    select interaction.id from accounts_interaction interaction
    where interaction.account_id = outcome.account_id
      and interaction.occurred_at < outcome.occurred_on
      and interaction.occurred_at > outcome.occurred_on - interval '120 days'
    order by interaction.occurred_at desc, interaction.subject limit 1
) touch on true
where outcome.kind = 'renewed' and outcome.amount > 0 and outcome.occurred_on >= %(since)s and outcome.occurred_on < %(until)s
order by outcome.occurred_on, outcome.account_id
"""


def log_impact(world: World, *, since: date, until: date, as_of: datetime) -> int:
    """Claims on the renewals of [since, until), most of them reviewed by the manager; how many were logged."""
    people = {user.pk: user for user in world.staff}
    count = 0
    for row in sql.named(TOUCHED, {"since": since, "until": until}):
        if row.owner_id in people and world.rng.random() < CLAIMED:
            count += 1
            _claim(world, row, people[row.owner_id], as_of)
            if world.rng.random() < CLAIMED_TWICE:
                count += 1
                _claim_again(world, row, people[row.owner_id], as_of)
    return count


def _claim(world: World, row: Any, by: Any, as_of: datetime) -> None:
    claim = _log(world, row, by, row.amount, as_of)
    if world.rng.random() < WITHOUT_EVIDENCE:
        impact.submit_claim(claim, by=by, as_of=as_of)
        return
    impact.cite(claim, Interaction.objects.get(pk=row.touch_id), by=by, as_of=as_of)
    impact.submit_claim(claim, by=by, as_of=as_of)
    if world.rng.random() < REJECTED:
        impact.review(
            claim,
            decision=Review.Decision.REJECTED,
            by=world.manager,
            as_of=as_of,
            note="Routine contact; nothing that changed the decision.",
        )
    else:
        impact.review(claim, decision=Review.Decision.ACCEPTED, by=world.manager, as_of=as_of)


def _claim_again(world: World, row: Any, by: Any, as_of: datetime) -> None:
    """A colleague logs the same renewal, half of it; it waits for arbitration."""
    colleague = next(user for user in world.staff if user.pk != by.pk)
    half = (row.amount / 2).quantize(Decimal("0.01"))
    outcome = Outcome.objects.select_related("balance").get(pk=row.outcome_id)
    if outcome.balance.amount - outcome.balance.credited >= half:
        claim = impact.claim(
            outcome=outcome, kind=Claim.Kind.SAVE, amount=half, narrative=NARRATIVES[2], by=colleague, as_of=as_of
        )
        impact.cite(claim, Interaction.objects.get(pk=row.touch_id), by=colleague, as_of=as_of)
        impact.submit_claim(claim, by=colleague, as_of=as_of)


def _log(world: World, row: Any, by: Any, amount: Decimal, as_of: datetime) -> Claim:
    outcome = Outcome.objects.select_related("balance").get(pk=row.outcome_id)
    narrative = NARRATIVES[int(world.rng.integers(0, len(NARRATIVES)))]
    return impact.claim(
        outcome=outcome, kind=Claim.Kind.RENEWAL, amount=amount, narrative=narrative, by=by, as_of=as_of
    )
