"""Why the health of an account changed since a day: what each signal added then and adds now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cshub.kernel.charts import diverging
from health.queries.changes import difference
from health.queries.explanations import Explanation, Line, explanation

if TYPE_CHECKING:
    from accounts.models import Account
    from cshub.kernel.charts import Diverging

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Moved:
    """One signal at both moments, None where the formula of that moment did not have it.

    `difference` is by how many points of the score its share changed; a signal without data, or that was not in the formula, added 0.
    None where there was no score at one of the two moments.
    """

    key: str
    label: str
    group: str
    then: Line | None
    now: Line | None
    difference: Decimal | None


@dataclass(frozen=True)
class Comparison:
    """Two verdicts of one account. `moved` differences, `by_exceptions`, `by_hand` and `rounding` add up to `difference`.

    `old_formula` names the formula of then where it was another one; empty where it was the same.
    """

    since: datetime
    then: Explanation
    now: Explanation
    moved: tuple[Moved, ...]
    by_exceptions: Decimal | None
    by_hand: Decimal | None
    rounding: Decimal | None
    difference: Decimal | None
    old_formula: str

    @property
    def rows(self) -> tuple[tuple[Moved, Diverging], ...]:
        """The signals with the bars that show their differences."""
        return tuple(zip(self.moved, diverging([each.difference or 0 for each in self.moved]), strict=True))


def changed_since(
    account: Account, *, since: datetime, as_of: datetime, now: Explanation | None = None
) -> Comparison | None:
    """What made the score at `as_of` another one than at `since`; None where the account had no verdict at one of the two.

    Who explained the verdict at `as_of` already gives it as `now`. Four queries at most, two with it.
    """
    now = now or explanation(account, as_of=as_of)
    then = explanation(account, as_of=since) if now else None
    return compared(then, now, since=since) if now and then else None


def compared(then: Explanation, now: Explanation, *, since: datetime) -> Comparison:
    """The arithmetic of two verdicts laid side by side."""
    moved = _moved(then, now)
    total = difference(now.score, then.score)
    by_exceptions = difference(_limit(now), _limit(then))
    by_hand = difference(_hand(now), _hand(then))
    parts = [each.difference for each in moved] + [by_exceptions, by_hand]
    known = [part for part in parts if part is not None]
    is_other = (then.formula, then.version_number) != (now.formula, now.version_number)
    return Comparison(
        since=since,
        then=then,
        now=now,
        moved=moved,
        by_exceptions=by_exceptions,
        by_hand=by_hand,
        rounding=total - sum(known, NOTHING) if total is not None and len(known) == len(parts) else None,
        difference=total,
        old_formula=f"{then.formula} v{then.version_number}" if is_other else "",
    )


def _moved(then: Explanation, now: Explanation) -> tuple[Moved, ...]:
    """All signals of both formulas, those that took most away first."""
    before, after = ({line.key: line for line in each.lines} for each in (then, now))
    keys = [*after, *(key for key in before if key not in after)]
    scored = then.computed is not None and now.computed is not None
    found = []
    for key in keys:
        was, is_now = before.get(key), after.get(key)
        line = is_now or was
        assert line is not None  # the key came from one of the two
        change = _added(is_now) - _added(was) if scored else None
        found.append(Moved(key, line.label, line.group, was, is_now, change))
    return tuple(sorted(found, key=lambda each: (each.difference is None, each.difference or 0, each.key)))


def _added(line: Line | None) -> Decimal:
    return line.counted if line and line.counted is not None else NOTHING


def _limit(why: Explanation) -> Decimal | None:
    """What the exceptions and the ends of the scale added to the sum or took from it."""
    return difference(why.by_formula, why.summed)


def _hand(why: Explanation) -> Decimal | None:
    """What a person added or took away; unknown where the formula had no score to begin with."""
    return difference(why.score, why.by_formula)
