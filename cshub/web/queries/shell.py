"""What the frame of every page asks: how much is due, and the views one may open. One query."""

from dataclasses import dataclass
from uuid import UUID

from cshub.db import sql
from cshub.users.models import User
from cshub.web.sql.shell import FACTS, MOST_COUNTED, MOST_VIEWS


@dataclass(frozen=True)
class ShellFacts:
    """`due_count`: tasks due by today. `views`: (id, name, query string) of one's own and the shared lists."""

    due_count: int
    views: tuple[tuple[UUID, str, str], ...]


def shell_facts(user: User) -> ShellFacts:
    """The facts for this person. One query."""
    rows = sql.rows(FACTS, {"user": user.pk, "most_counted": MOST_COUNTED, "most_views": MOST_VIEWS})
    return ShellFacts(rows[0][0], tuple((pk, name, query) for _count, pk, name, query in rows if pk is not None))
