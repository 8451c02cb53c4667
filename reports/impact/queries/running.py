"""What a running experiment shows after its last whole week, read so that looking every week fools nobody."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from playbooks.models import PlaybookVersion
from reports.impact.engine import CalendarWeek, Look, Reading, sequential
from reports.impact.engine.rows import Outcome
from reports.impact.models import Experiment
from reports.impact.queries.comparisons import comparison_rows, holdout_row

WEEK = 7
WEEKS_A_YEAR = 52
EVER = (date.min, date.max)


@dataclass(frozen=True)
class RunningReading:
    """The engine's reading of one experiment through `week`, its number of whole weeks since registration."""

    week: int
    reading: Reading
    currency: str
    other_currency_count: int

    @property
    def look(self) -> Look:
        """The answer of the last week read."""
        return self.reading.looks[-1]


def whole_weeks(experiment: Experiment, as_of: datetime) -> int:
    """Weeks since the experiment was registered that are over at `as_of`."""
    return max(0, (as_of.date() - experiment.registered_at.date()).days // WEEK)


def read_running(experiment: Experiment, *, outcome: Outcome, as_of: datetime) -> RunningReading | None:
    """What the experiment shows after its last whole week; None in its first week, and before a renewal is planned.

    Revenue is compared among the renewals in the currency that most of them have; the others are counted.
    """
    week = whole_weeks(experiment, as_of)
    since, until = EVER
    found = comparison_rows(experiment, since=since, until=until, as_of=as_of)
    if not week or not found:
        return None
    currency = _commonest(found) if outcome == "arr" else ""
    rows = [row for row in found if currency in ("", row.currency)]
    due = Counter(_week_of(row.due_on, experiment) for row in rows)
    planned = calendar(due, week=week, is_enrolling=experiment.version.state != PlaybookVersion.State.RETIRED)
    if not planned[-1].due:
        return None
    reading = sequential(
        [holdout_row(row, due_week=_week_of(row.due_on, experiment)) for row in rows],
        planned,
        outcome=outcome,
        expected_share=float(1 - experiment.holdout_share),
        through_week=week,
        currency=currency,
    )
    return RunningReading(week, reading, currency, len(found) - len(rows))


def calendar(due: Counter[int], *, week: int, is_enrolling: bool) -> list[CalendarWeek]:
    """Renewals due by the end of each week, from the weeks of those enrolled so far (`due`) and what is still expected.

    The plan ends with the current year of the experiment, later ones once enrolled count from the year they fall in. While the version
    enrolls, a week ahead is expected to bring at least as many as an average week so far: the runway knows only its next months, and a plan
    that is too short would allow claims too early. Only due dates enter, never outcomes, as Lan and DeMets require.
    """
    last = -(-week // WEEKS_A_YEAR) * WEEKS_A_YEAR if is_enrolling else max([*due, week])
    pace = sum(count for at, count in due.items() if at <= week) / week if is_enrolling else 0
    weeks, so_far = [], 0.0
    for each in range(1, last + 1):
        so_far += due[each] if each <= week else max(float(due[each]), pace)
        weeks.append(CalendarWeek(each, round(so_far)))
    return weeks


def _week_of(day: date, experiment: Experiment) -> int:
    return max(1, (day - experiment.registered_at.date()) // timedelta(days=WEEK) + 1)


def _commonest(rows: Sequence[Any]) -> str:
    counts = Counter(str(row.currency) for row in rows)
    return min(counts, key=lambda each: (-counts[each], each))
