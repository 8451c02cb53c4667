"""Makes the judge of a batch's rows, from the columns it was matched with."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from accounts.ingest.kinds import KINDS
from accounts.ingest.reading.judge import Judge
from accounts.ingest.reading.readers import Surroundings
from accounts.ingest.services import matching
from cshub.users.models import User

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.ingest.models import ImportBatch


def judge_of(batch: ImportBatch, only: Collection[str] = ()) -> Judge:
    """A judge of all matched columns, or of those that go to `only` these fields."""
    people = {email.casefold(): pk for email, pk in User.objects.filter(is_active=True).values_list("email", "pk")}
    around = Surroundings(people, date.fromisoformat(batch.reading["reference_on"]))
    columns = [column for column in matching.taken_out(batch.columns) if not only or column.field in only]
    known = [matching.field_of(batch.kind, column) for column in columns]
    kind = KINDS[batch.kind]
    judge = Judge(batch.reading["header"], columns, known, kind.key, around, kind.numbered)
    judge.seen.expect(batch.row_count or 0)
    return judge
