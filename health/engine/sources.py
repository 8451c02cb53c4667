"""What can be measured: the name of each source, its window in days, and what it may be told."""

from dataclasses import dataclass

ATTRIBUTE = "attribute"  # attribute:<key> reads a further field of the account


@dataclass(frozen=True)
class Source:
    """`window` is the default in days, 0 where a window means nothing; `options` names the texts a measure may add."""

    window: int
    options: tuple[str, ...] = ()


SOURCES: dict[str, Source] = {
    "usage_trend": Source(28, ("metric",)),
    "usage_breadth": Source(28, ("metric", "seats")),
    "usage_recency": Source(180, ("metric",)),
    "survey_nps": Source(180),
    "survey_csat": Source(180),
    "survey_ces": Source(180),
    "engagement_recency": Source(365),
    "engagement_touches": Source(90),
    "proactive_share": Source(90),
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
