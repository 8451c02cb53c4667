"""Orders the inbox: what is worth most and waits least comes first."""

from dataclasses import dataclass

UNKNOWN_RISK = 0.5
RENEWAL_SCALE_DAYS = 90
DUE_SCALE_DAYS = 7


@dataclass(frozen=True)
class Rank:
    """Why a task stands where it stands: value at risk a year, times urgency from 0 to 1."""

    value_at_risk: float
    risk: float
    urgency: float
    score: float


def rank(*, arr: float, health_score: float | None, days_to_due: int, days_to_renewal: int | None) -> Rank:
    """Value at risk times urgency.

    Risk is the distance of the health score (0 to 100) from 100, a half where health is unknown. Urgency is 1 for what is due or overdue
    and falls hyperbolically: by half a week before the task is due, by half 90 days before the renewal; no renewal counts as a year away.
    """
    risk = UNKNOWN_RISK if health_score is None else (100 - health_score) / 100
    due = 1 / (1 + max(0, days_to_due) / DUE_SCALE_DAYS)
    renewal = 1 / (1 + max(0, 365 if days_to_renewal is None else days_to_renewal) / RENEWAL_SCALE_DAYS)
    urgency = due * renewal
    return Rank(value_at_risk=arr * risk, risk=risk, urgency=urgency, score=arr * risk * urgency)
