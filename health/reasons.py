"""Says in the reader's language what a measure means for an account: the reason on rows, the value in the arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from cshub.l10n.formats import number, percent
from health.engine.definition import Measure
from health.engine.overrides import BY_HAND
from health.engine.scoring import NO_DATA
from health.engine.sentiment import MIDDLE
from health.engine.transforms import Bounded, Choice, Linear, Percentile, Step, Tenure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise

    from health.engine.definition import Definition
    from health.engine.exceptions import ScoreException

LABELS: dict[str, str | _StrPromise] = {
    "usage_trend": _("Usage trend"),
    "usage_breadth": _("Active users"),
    "usage_recency": _("Last use"),
    "usage_level": _("Usage level"),
    "usage_depth": _("Usage per active user"),
    "survey_nps": _("NPS"),
    "survey_csat": _("CSAT"),
    "survey_ces": _("CES"),
    "engagement_recency": _("Last contact"),
    "engagement_touches": _("Contacts"),
    "proactive_share": _("Proactive share"),
    "tickets_open": _("Open tickets"),
    "tickets_urgent": _("Urgent tickets"),
    "tickets_reply_hours": _("First reply"),
    "tickets_reopened": _("Tickets reopened"),
    "tickets_satisfaction": _("Ticket satisfaction"),
    "billing_overdue_share": _("Overdue share"),
    "billing_days_late": _("Days late"),
    "people_left": _("Champions and sponsors lost"),
    "sentiment": _("Sentiment"),
    "order_pace": _("Order pace"),
    "stage_days": _("Time in this stage"),
    "notice_days": _("Notice deadline"),
    "renewal_days": _("Next renewal"),
    "contract_term": _("Contract term"),
    "tenure_months": _("Time as a customer"),
    "arr": _("Annual revenue"),
    "arr_trend": _("Revenue trend"),
}
SOURCE_NAMES: dict[str, str | _StrPromise] = {
    "usage": _("Usage data"),
    "survey": _("Surveys"),
    "engagement": _("Interactions"),
    "proactive": _("Interactions"),
    "tickets": _("Tickets"),
    "billing": _("Invoices and payments"),
    "people": _("Contacts"),
    "sentiment": _("What people say"),
    "order": _("Orders"),
    "stage": _("Account"),
    "notice": _("Contracts"),
    "renewal": _("Contracts"),
    "contract": _("Contracts"),
    "tenure": _("Account"),
    "arr": _("Revenue movements"),
    "attribute": _("Account"),
}
# names in the starter scorecards, so that they are translated too
STARTER_TEXTS = (
    gettext_noop("Standard health"),
    gettext_noop("Customer file"),
    gettext_noop("Product usage"),
    gettext_noop("What they say"),
    gettext_noop("Engagement"),
    gettext_noop("Commitment"),
    gettext_noop("Services in use"),
    gettext_noop("Billing"),
    gettext_noop("Tech support"),
    gettext_noop("Online security"),
    gettext_noop("Online backup"),
    gettext_noop("Internet service"),
    gettext_noop("Payment method"),
)


@dataclass(frozen=True)
class Reason:
    """What the reason of a verdict needs to be told: the measure and its raw value, or how many measures had data."""

    measure: Measure | None
    raw: float | None
    known_count: int
    measure_count: int


def reason_of(definition: Definition, key: str, raw: Sequence[float | None]) -> Reason:
    """The reason with that key, from the raw values of an account in the order of the measures."""
    known = sum(value is not None for value in raw)
    keys = [measure.key for measure in definition.measures]
    if key == NO_DATA or key not in keys:
        return Reason(None, None, known, len(keys))
    return Reason(definition.measures[keys.index(key)], raw[keys.index(key)], known, len(keys))


def in_words(key: str, reason: Reason, *, by: str = "") -> str:
    """A sentence for a row, as in “Usage down 62% in 4 weeks”; `by` is who set it by hand."""
    if key == BY_HAND:
        return gettext("Set by hand by %(person)s") % {"person": by} if by else gettext("Set by hand")
    if key == NO_DATA or reason.measure is None:
        return ngettext(
            "Not enough data: %(known)s of %(count)s measure connected",
            "Not enough data: %(known)s of %(count)s measures connected",
            reason.measure_count,
        ) % {"known": number(reason.known_count), "count": number(reason.measure_count)}
    if reason.raw is None:
        return gettext("%(measure)s: no data") % {"measure": label(reason.measure)}
    if isinstance(reason.measure.transform, Percentile):
        return _among_peers(reason.measure, reason.raw)
    return _SENTENCES[reason.measure.kind](reason.measure, reason.raw)


def label(measure: Measure) -> str:
    """The name of a measure: the author's, or that of its source."""
    if measure.label:
        return gettext(measure.label)
    return str(LABELS.get(measure.kind, measure.subject.replace("_", " ").capitalize()))


def source_name(measure: Measure) -> str:
    """Where its data comes from."""
    return str(SOURCE_NAMES[measure.kind.partition("_")[0]])


def value_text(measure: Measure, raw: float | None) -> str:
    """The raw value as it reads in a cell: “−62%”, “24 days”, “Electronic check”."""
    if raw is None:
        return gettext("no data")
    if isinstance(measure.transform, Percentile):
        return gettext("better than %(rate)s of its peers") % {"rate": percent(raw)}
    return _CELLS[measure.kind](measure, raw)


def transform_text(measure: Measure) -> str:
    """How raw values become points, for the arithmetic on the account page."""
    match measure.transform:
        case Linear(low, high):
            ends = {"low": value_text(measure, low), "high": value_text(measure, high)}
            return gettext("%(low)s earns 0 points, %(high)s earns 100") % ends
        case Bounded(low, high, outside):
            ends = {
                "low": value_text(measure, low),
                "high": value_text(measure, high),
                "outside": number(outside / 100),
            }
            return gettext("%(low)s earns 0 points, %(high)s earns 100, a value beyond them %(outside)s") % ends
        case Step():
            return _steps_text(measure, measure.transform)
        case Percentile(peers):
            same = gettext("Points are the share of the accounts of the same segment it does better than")
            return same if peers == "segment" else gettext("Points are the share of all accounts it does better than")
        case Tenure(tables):
            parts = (
                gettext("from month %(month)s: %(steps)s")
                % {"month": number(start, decimals=0), "steps": _steps_text(measure, step)}
                for start, step in tables
            )
            return "; ".join(parts)
        case Choice(choices):
            return ", ".join(_earned(text, points) for text, points in choices)


def exception_text(definition: Definition, exception: ScoreException) -> str:
    """What an exception did to a score, for the arithmetic on the account page."""
    measure = definition.measure(exception.measure)
    if exception.cap is not None:
        words = {"measure": label(measure), "limit": number(exception.cap)}
        return gettext("Exception for “%(measure)s”: the score is at most %(limit)s") % words
    words = {"measure": label(measure), "limit": number(exception.floor or 0)}
    return gettext("Exception for “%(measure)s”: the score is at least %(limit)s") % words


def _steps_text(measure: Measure, step: Step) -> str:
    return ", ".join(_earned(value_text(measure, threshold), points) for threshold, points in step.steps)


def _among_peers(measure: Measure, raw: float) -> str:
    words = {"measure": label(measure), "rate": percent(raw)}
    return gettext("%(measure)s: better than %(rate)s of its peers") % words


def _earned(value: str, points: int) -> str:
    return gettext("%(value)s: %(points)s") % {"value": value, "points": number(points / 100)}


def _weeks(measure: Measure) -> str:
    days = measure.window
    if days == 365:
        return gettext("in a year")
    if days % 7 == 0 and days < 180:
        return ngettext("in %(count)s week", "in %(count)s weeks", days // 7) % {"count": number(days // 7)}
    return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": number(days)}


def _days(days: float) -> str:
    return ngettext("%(count)s day", "%(count)s days", round(days)) % {"count": number(days)}


def _months(months: float) -> str:
    return ngettext("%(count)s month", "%(count)s months", int(months)) % {"count": number(int(months))}


def _usage_trend(measure: Measure, raw: float) -> str:
    if round(raw, 2) == 0:
        return gettext("Usage steady %(time)s") % {"time": _weeks(measure)}
    words = {"rate": percent(abs(raw)), "time": _weeks(measure)}
    return (gettext("Usage down %(rate)s %(time)s") if raw < 0 else gettext("Usage up %(rate)s %(time)s")) % words


def _usage_breadth(measure: Measure, raw: float) -> str:
    if measure.seats:
        return gettext("%(rate)s of seats in use") % {"rate": percent(raw)}
    return gettext("Active users at %(rate)s of their best") % {"rate": percent(raw)}


def _usage_recency(_measure: Measure, raw: float) -> str:
    return gettext("Used today") if raw < 1 else gettext("Not used for %(days)s") % {"days": _days(raw)}


def _usage_level(measure: Measure, raw: float) -> str:
    return gettext("%(measure)s: %(value)s") % {"measure": label(measure), "value": _plain(measure, raw)}


def _tickets_reply_hours(measure: Measure, raw: float) -> str:
    return gettext("First reply after %(hours)s") % {"hours": _hours(measure, raw)}


def _tickets_satisfaction(_measure: Measure, raw: float) -> str:
    return gettext("Tickets rated %(score)s of %(most)s") % {"score": number(raw, decimals=1), "most": number(5)}


def _billing_days_late(_measure: Measure, raw: float) -> str:
    return gettext("Paid in time") if raw < 1 else gettext("Up to %(days)s late with payment") % {"days": _days(raw)}


def _sentiment_text(_measure: Measure, raw: float) -> str:
    """A word and how much of it is left: its raw value lies nearer to the middle the more it faded."""
    if round(raw, 2) == MIDDLE:
        return gettext("Fair")
    words = {
        "level": gettext("Good") if raw > MIDDLE else gettext("Poor"),
        "share": percent(abs(raw - MIDDLE) / MIDDLE),
    }
    return words["level"] if abs(raw - MIDDLE) >= MIDDLE else gettext("%(level)s, counts %(share)s") % words


def _sentiment(measure: Measure, raw: float) -> str:
    return gettext("%(measure)s: %(value)s") % {"measure": label(measure), "value": _sentiment_text(measure, raw)}


def _order_pace(_measure: Measure, raw: float) -> str:
    return gettext("Last order %(times)s usual gaps ago") % {"times": number(raw, decimals=1)}


def _hours(_measure: Measure, raw: float) -> str:
    return ngettext("%(count)s hour", "%(count)s hours", round(raw)) % {"count": number(round(raw))}


def _plain(_measure: Measure, raw: float) -> str:
    return number(raw, decimals=0 if raw == round(raw) else 2)


def _survey_csat(_measure: Measure, raw: float) -> str:
    return gettext("CSAT %(score)s of %(most)s") % {"score": number(raw), "most": number(5)}


def _survey_ces(_measure: Measure, raw: float) -> str:
    return gettext("CES %(score)s of %(most)s") % {"score": number(raw), "most": number(7)}


def _engagement_recency(_measure: Measure, raw: float) -> str:
    return gettext("Contact today") if raw < 1 else gettext("No contact in %(days)s") % {"days": _days(raw)}


def _engagement_touches(measure: Measure, raw: float) -> str:
    count = round(raw)
    words = ngettext("%(count)s contact %(time)s", "%(count)s contacts %(time)s", count)
    return words % {"count": number(count), "time": _weeks(measure)}


def _contract_term(_measure: Measure, raw: float) -> str:
    if raw <= 1:
        return gettext("Month-to-month contract")
    return ngettext("%(count)s-month contract", "%(count)s-month contract", int(raw)) % {"count": number(int(raw))}


def _arr_trend(measure: Measure, raw: float) -> str:
    if round(raw, 2) == 0:
        return gettext("Revenue steady %(time)s") % {"time": _weeks(measure)}
    words = {"rate": percent(abs(raw)), "time": _weeks(measure)}
    return (gettext("Revenue down %(rate)s %(time)s") if raw < 0 else gettext("Revenue up %(rate)s %(time)s")) % words


def _attribute(measure: Measure, raw: float) -> str:
    return gettext("%(measure)s: %(value)s") % {"measure": label(measure), "value": _attribute_text(measure, raw)}


def _attribute_text(measure: Measure, raw: float) -> str:
    if isinstance(measure.transform, Choice):
        return measure.transform.choices[int(raw)][0]
    yes_or_no = isinstance(measure.transform, Linear) and {measure.transform.low, measure.transform.high} == {0.0, 1.0}
    if yes_or_no and raw in (0, 1):
        return gettext("yes") if raw else gettext("no")
    return number(raw, decimals=0 if raw == round(raw) else 2)


def _signed_rate(_measure: Measure, raw: float) -> str:
    return ("+" if round(raw, 2) > 0 else "") + percent(raw)


_Words = Callable[[Measure, float], str]
_SENTENCES: dict[str, _Words] = {
    "usage_trend": _usage_trend,
    "usage_breadth": _usage_breadth,
    "usage_recency": _usage_recency,
    "survey_nps": lambda _measure, raw: gettext("NPS %(score)s") % {"score": number(raw)},
    "survey_csat": _survey_csat,
    "survey_ces": _survey_ces,
    "engagement_recency": _engagement_recency,
    "engagement_touches": _engagement_touches,
    "proactive_share": lambda _measure, raw: gettext("%(rate)s of the time was proactive") % {"rate": percent(raw)},
    **dict.fromkeys(
        ("usage_level", "usage_depth", "tickets_open", "tickets_urgent", "tickets_reopened", "people_left"),
        _usage_level,
    ),
    "tickets_reply_hours": _tickets_reply_hours,
    "tickets_satisfaction": _tickets_satisfaction,
    "billing_overdue_share": lambda _measure, raw: gettext("%(rate)s of the bills is overdue") % {"rate": percent(raw)},
    "billing_days_late": _billing_days_late,
    "sentiment": _sentiment,
    "order_pace": _order_pace,
    "stage_days": lambda _measure, raw: gettext("In this stage for %(days)s") % {"days": _days(raw)},
    "notice_days": lambda _measure, raw: gettext("Notice deadline in %(days)s") % {"days": _days(raw)},
    "renewal_days": lambda _measure, raw: gettext("Renewal in %(days)s") % {"days": _days(raw)},
    "contract_term": _contract_term,
    "tenure_months": lambda _measure, raw: gettext("Customer for %(months)s") % {"months": _months(raw)},
    "arr": lambda _measure, raw: gettext("Annual revenue of %(amount)s") % {"amount": number(raw)},
    "arr_trend": _arr_trend,
    "attribute": _attribute,
}
_CELLS: dict[str, _Words] = {
    **_SENTENCES,
    "usage_trend": _signed_rate,
    "usage_breadth": lambda _measure, raw: percent(raw),
    "usage_recency": lambda _measure, raw: _days(raw),
    "survey_nps": lambda _measure, raw: number(raw),
    "engagement_recency": lambda _measure, raw: _days(raw),
    "engagement_touches": lambda _measure, raw: number(raw),
    "proactive_share": lambda _measure, raw: percent(raw),
    **dict.fromkeys(
        ("usage_level", "usage_depth", "tickets_open", "tickets_urgent", "tickets_reopened", "people_left"), _plain
    ),
    "tickets_reply_hours": _hours,
    "tickets_satisfaction": lambda _measure, raw: number(raw, decimals=1),
    "billing_overdue_share": lambda _measure, raw: percent(raw),
    "billing_days_late": lambda _measure, raw: _days(raw),
    "sentiment": _sentiment_text,
    "order_pace": lambda _measure, raw: number(raw, decimals=1),
    "stage_days": lambda _measure, raw: _days(raw),
    "notice_days": lambda _measure, raw: _days(raw),
    "renewal_days": lambda _measure, raw: _days(raw),
    "contract_term": lambda _measure, raw: _months(raw),
    "tenure_months": lambda _measure, raw: _months(raw),
    "arr": lambda _measure, raw: number(raw),
    "arr_trend": _signed_rate,
    "attribute": _attribute_text,
}
