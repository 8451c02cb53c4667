"""What can be measured: the name of each source, its window in days, and what it may be told."""

from dataclasses import dataclass

ATTRIBUTE = "attribute"  # attribute:<key> reads a further field of the account


@dataclass(frozen=True)
class Source:
    """`window` is the default in days, 0 where a window means nothing; `options` names the texts a measure may add, `needs_metric` that one of them is no choice."""

    window: int
    options: tuple[str, ...] = ()
    needs_metric: bool = False


SOURCES: dict[str, Source] = {
    "usage_trend": Source(28, ("metric",)),
    "usage_breadth": Source(28, ("metric", "seats")),
    "usage_recency": Source(180, ("metric",)),
    "usage_level": Source(28, ("metric",), needs_metric=True),
    "usage_depth": Source(28, ("metric",), needs_metric=True),
    "survey_nps": Source(180),
    "survey_csat": Source(180),
    "survey_ces": Source(180),
    "engagement_recency": Source(365),
    "engagement_touches": Source(90),
    "proactive_share": Source(90),
    "tickets_open": Source(0),
    "tickets_urgent": Source(0),
    "tickets_reply_hours": Source(90),
    "tickets_reopened": Source(90),
    "tickets_satisfaction": Source(90),
    "billing_overdue_share": Source(365),
    "billing_days_late": Source(365),
    "people_left": Source(90),
    "sentiment": Source(0),
    "order_pace": Source(730),
    "stage_days": Source(0),
    "notice_days": Source(0),
    "renewal_days": Source(0),
    "contract_term": Source(0),
    "tenure_months": Source(0),
    "arr": Source(0),
    "arr_trend": Source(365),
    ATTRIBUTE: Source(0),
}


def split(source: str) -> tuple[str, str]:
    """The kind of a source and its subject: `attribute:tech_support` is ("attribute", "tech_support")."""
    kind, _, subject = source.partition(":")
    return kind, subject
