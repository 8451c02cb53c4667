"""What the frame of every page asks: how much is due, and the views one may open. One query."""

from dataclasses import dataclass
from uuid import UUID

from cshub.db import sql
from cshub.users.models import User
from cshub.web.sql.shell import FACTS, MOST_COUNTED, MOST_VIEWS


@dataclass(frozen=True)
class View:
    """A list kept under a name."""

    pk: UUID
    name: str
    query: str
    owner_id: UUID


@dataclass(frozen=True)
class ShellFacts:
    """`due_count`: tasks due by today. `views`: up to 20 of one's own and the shared lists."""

    due_count: int
    views: tuple[View, ...]


def shell_facts(user: User) -> ShellFacts:
    """The facts for this person. One query."""
    rows = sql.rows(FACTS, {"user": user.pk, "most_counted": MOST_COUNTED, "most_views": MOST_VIEWS}, often=True)
    return ShellFacts(rows[0][0], tuple(View(*view) for _count, *view in rows if view[0] is not None))
