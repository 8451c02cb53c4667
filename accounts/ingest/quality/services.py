"""The verbs of data quality: say how often facts are expected, look for duplicates, tell accounts apart."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.ingest.models import Kind
from accounts.ingest.quality.models import DuplicateSearch, LikelyDuplicate, Rhythm
from accounts.ingest.quality.queries.freshness import USUAL, forget_freshness
from accounts.ingest.quality.sql import duplicates
from accounts.models import DistinctPair
from cshub.audit import services as audit
from cshub.kernel.refusal import Refused
from cshub.tenancy.context import on_commit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cshub.users.models import User

MOST_DAYS = 3650
SEARCH_EVERY = timedelta(hours=20)


class UnusableRhythm(Refused):
    code = "unusable_rhythm"


@transaction.atomic
def set_rhythms(days: Mapping[str, int], *, by: User | None, as_of: datetime) -> None:
    """After how many days (1 to 3,650) without news each kind of fact counts as stale. Kinds left out keep theirs. Raises UnusableRhythm."""
    for kind, number in days.items():
        if kind not in Kind.values:
            raise UnusableRhythm(
                _("“%(kind)s” is no kind of fact. There are: %(known)s.")
                % {"kind": kind, "known": ", ".join(Kind.values)},
                field=kind,
            )
        if not 1 <= number <= MOST_DAYS:
            raise UnusableRhythm(_("Give a number of days from 1 to 3,650."), field=kind)
    before = dict(Rhythm.objects.values_list("kind", "stale_after_days"))
    changed = {kind: number for kind, number in days.items() if number != before.get(kind, USUAL[Kind(kind)])}
    if not changed:
        return
    rows = [Rhythm(kind=kind, stale_after_days=number, updated_at=as_of) for kind, number in changed.items()]
    Rhythm.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["kind"], update_fields=["stale_after_days", "updated_at"]
    )
    was = {kind: before.get(kind, USUAL[Kind(kind)]) for kind in changed}
    audit.record("rhythms.set", target=None, by=by, at=as_of, before=was, after=changed)
    on_commit(forget_freshness)


@transaction.atomic
def find_duplicates(*, as_of: datetime) -> int:
    """Compare all accounts by name, domain and addresses, and keep the pairs that look like one customer; how many. Four statements.

    The work grows with the number of accounts: each is compared with its neighbors in a few sorted orders only.
    """
    return duplicates.search(as_of=as_of)


def find_duplicates_daily(*, as_of: datetime) -> int | None:
    """The same, unless accounts were compared within the past 20 hours; then None."""
    if DuplicateSearch.objects.filter(searched_at__gt=as_of - SEARCH_EVERY).exists():
        return None
    return find_duplicates(as_of=as_of)


@transaction.atomic
def tell_apart(found: LikelyDuplicate, *, by: User | None, as_of: datetime) -> DistinctPair:
    """Say that the two are different customers: the pair is not shown again."""
    low, high = sorted((found.first, found.second), key=lambda account: account.pk)
    pair, is_new = DistinctPair.objects.get_or_create(
        first=low, second=high, defaults={"said_by": by, "recorded_at": as_of}
    )
    LikelyDuplicate.objects.filter(pk=found.pk).delete()
    if is_new:
        after = {"first": low.external_id, "second": high.external_id}
        audit.record("accounts.told_apart", target=low, by=by, at=as_of, after=after)
    return pair
