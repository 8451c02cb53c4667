"""CSMs do most of the tasks their playbooks give them, a little late, and some tasks never."""

from datetime import date, datetime

from cshub.db import sql
from cshub.demo.world import World

COMPLIANCE = 0.9

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
    result = 'reached', interaction_id = chosen.interaction_id
from chosen
where task.id = chosen.id
"""

OPEN = """
select task.id from playbooks_task task
where task.state = 'open' and task.run_id is not null and task.owner_id is not null and task.due_on < %(until)s and task.due_on >= %(since)s
order by task.due_on, task.account_id, task.step, task.title
"""


def do_tasks(world: World, *, since: date, until: date, as_of: datetime) -> int:
    """Complete most playbook tasks due in [since, until); how many."""
    tasks = [row.id for row in sql.named(OPEN, {"since": since, "until": until})]
    luck, minutes = world.rng.random(len(tasks)), world.rng.integers(10, 50, size=len(tasks))
    done = [index for index in range(len(tasks)) if luck[index] < COMPLIANCE]
    picked = {
        "tasks": [tasks[index] for index in done],
        "minutes": [int(minutes[index]) for index in done],
        "as_of": as_of,
    }
    return sql.execute(COMPLETE, picked) if done else 0
