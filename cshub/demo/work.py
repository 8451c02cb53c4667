"""CSMs do most of the tasks their playbooks give them, a little late, and some tasks never."""

from datetime import date, datetime
from uuid import UUID

from cshub.db import sql
from cshub.demo.world import World

COMPLIANCE = 0.9
BEGINNING = date(2000, 1, 1)

# The demo stands in for months of clicks: interactions and completed tasks are written set-based, as `complete` writes them one by one.
COMPLETE = """
with chosen as materialized (
    select task.id, task.account_id, task.owner_id, task.title, task.mode, pick.minutes,
           (task.due_on + interval '14 hours') at time zone 'UTC' as done_at, gen_random_uuid() as interaction_id
    from unnest(%(tasks)s::uuid[], %(minutes)s::int[]) as pick (id, minutes)
    join playbooks_task task on task.id = pick.id
), noted as (
    insert into accounts_interaction (id, account_id, user_id, channel, direction, mode, minutes, subject, body, occurred_at, recorded_at)
    select interaction_id, account_id, owner_id, 'task', 'outbound', mode, minutes, title, '', done_at, %(as_of)s from chosen
)
update playbooks_task task
set state = 'done', completed_at = chosen.done_at, completed_by_id = chosen.owner_id, minutes = chosen.minutes,
    result = %(result)s, interaction_id = chosen.interaction_id
from chosen
where task.id = chosen.id
"""

OPEN = """
select task.id from playbooks_task task
where task.state = 'open' and task.run_id is not null and task.owner_id is not null and task.due_on < %(until)s and task.due_on >= %(since)s
order by task.due_on, task.account_id, task.step, task.title
"""


def do_tasks(world: World, *, since: date, until: date, as_of: datetime) -> int:
    """Complete most playbook tasks due in [since, until); what was left from before is closed without having reached anybody. How many."""
    due = [row.id for row in sql.named(OPEN, {"since": since, "until": until})]
    done = [task for task, luck in zip(due, world.rng.random(len(due)), strict=True) if luck < COMPLIANCE]
    given_up = [row.id for row in sql.named(OPEN, {"since": BEGINNING, "until": since})]
    return _complete(world, done, "reached", as_of) + _complete(world, given_up, "not_reached", as_of)


def _complete(world: World, tasks: list[UUID], result: str, as_of: datetime) -> int:
    minutes = world.rng.integers(10, 50, size=len(tasks)) if result == "reached" else [5] * len(tasks)
    values = {"tasks": tasks, "minutes": [int(each) for each in minutes], "result": result, "as_of": as_of}
    return sql.execute(COMPLETE, values) if tasks else 0
