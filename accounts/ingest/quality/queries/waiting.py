"""What came in and waits for somebody to mend it: rows of files, rows of sources, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.ingest.quality.sql import waiting as statements
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True)
class Waiting:
    """Rows that wait at one place. `place`: import, connector or events; `count` stops at 1,001."""

    place: str
    id: UUID | None
    name: str
    count: int
    since: datetime | None


def waiting() -> list[Waiting]:
    """What waits, the latest first, at most ten places of each kind. One query."""
    return [Waiting(*row) for row in sql.rows(statements.WAITING)]
