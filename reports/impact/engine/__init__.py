"""The evidence engine: pure functions that say what a trial shows, and refuse what it does not."""

from reports.impact.engine.allocation import Touch, allocate
from reports.impact.engine.design import Required, required_accounts, smallest_detectable_effect
from reports.impact.engine.draw import Candidate, Draw, draw_arms, draw_late
from reports.impact.engine.holdout import measure_holdout
from reports.impact.engine.ledger import Claim, MeasuredMoney, Reconciliation, reconcile
from reports.impact.engine.reasons import in_words, remedy
from reports.impact.engine.result import Counts, Grade, Look, Money, Reading, Result, Verdict
from reports.impact.engine.returns import Roi, roi
from reports.impact.engine.rows import ALWAYS_WORKED, ENGINE_VERSION, HELD_OUT, TREATED, HoldoutRow
from reports.impact.engine.sentences import five_lines, ledger_clause
from reports.impact.engine.weekly import CalendarWeek, calendar_of, sequential

__all__ = [
    "ALWAYS_WORKED",
    "ENGINE_VERSION",
    "HELD_OUT",
    "TREATED",
    "CalendarWeek",
    "Candidate",
    "Claim",
    "Counts",
    "Draw",
    "Grade",
    "HoldoutRow",
    "Look",
    "MeasuredMoney",
    "Money",
    "Reading",
    "Reconciliation",
    "Required",
    "Result",
    "Roi",
    "Touch",
    "Verdict",
    "allocate",
    "calendar_of",
    "draw_arms",
    "draw_late",
    "five_lines",
    "in_words",
    "ledger_clause",
    "measure_holdout",
    "reconcile",
    "remedy",
    "required_accounts",
    "roi",
    "sequential",
    "smallest_detectable_effect",
]
