"""The health of one account whole: its arithmetic, the rows behind it, why it changed, and what would make it better."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cshub.kernel.charts import Step, WaterfallRow, waterfall
from cshub.users.access import can
from cshub.web.views.requests import me, visible_account
from health.queries import (
    Explanation,
    behind,
    changed_since,
    explanation,
    past_verdicts,
    recomputed,
    rows_behind,
    said_about,
    trail,
    ways_up,
)
from health.queries.changes import CHANGE_DAYS
from health.reasons import label


@require_GET
def account_health(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page; `since` chooses the day with which today is compared, `again` the moment whose verdict is computed anew."""
    found, as_of = visible_account(request, pk), timezone.now()
    why = explanation(found, as_of=as_of)
    day, problem = day_asked(request.GET.get("since", ""), as_of=as_of)
    context = {
        "account": found,
        "as_of": as_of,
        "why": why,
        "may_write": can(me(request), "account_health_override", "POST"),
        "since": day,
        "problem": problem,
        "latest_day": as_of.astimezone(UTC).date(),
        "changed": changed_since(found, since=end_of(day, as_of=as_of), as_of=as_of, now=why) if why else None,
        "sentiments": said_about(found.pk, as_of=as_of),
        "past": past_verdicts(found, as_of=as_of),
        "again": recomputed(found, at=_moment(request.GET["again"], as_of=as_of)) if "again" in request.GET else None,
    }
    if why is not None:
        seen = behind(why.definition, found.pk, as_of=why.scored_at)
        context |= {
            "falls": _falls(why),
            "lines": [(line, seen.get(line.key)) for line, _bar in why.rows],
            "ways": ways_up(why),
        }
    return render(request, "health/account.html", context)


@require_GET
def account_health_rows(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """The rows from which one signal of the account was measured."""
    found, as_of = visible_account(request, pk), timezone.now()
    why = explanation(found, as_of=as_of)
    measure = next((each for each in why.definition.measures if each.key == key), None) if why else None
    if why is None or measure is None or trail(measure, found.pk, as_of=why.scored_at) is None:
        raise Http404
    context = {
        "account": found,
        "signal": label(measure),
        "line": next(line for line in why.lines if line.key == key),
        "scored_at": why.scored_at,
        "rows": rows_behind(measure, found.pk, as_of=why.scored_at),
    }
    return render(request, "health/rows.html", context)


def day_asked(text: str, *, as_of: datetime) -> tuple[date, str]:
    """The day in the field `since`, thirty days before `as_of` where it is empty; with a sentence about what is wrong with it, and then the usual day."""
    today = as_of.astimezone(UTC).date()
    usual = today - timedelta(days=CHANGE_DAYS)
    if not text:
        return usual, ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return usual, _("That is no day. Choose one from the calendar.")
    return (day, "") if day <= today else (usual, _("That day is still to come. Choose today or an earlier one."))


def end_of(day: date, *, as_of: datetime) -> datetime:
    """The last moment of a day in UTC; today it is now."""
    return min(datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1), as_of)


def _moment(text: str, *, as_of: datetime) -> datetime:
    """A moment from the table of verdicts; 404 for anything else."""
    try:
        return min(datetime.fromisoformat(text), as_of)
    except (ValueError, TypeError):
        raise Http404 from None


def _falls(why: Explanation) -> list[tuple[WaterfallRow, Any]]:
    """From the typical account to the score of this one, signal by signal; with the line of the signal where there is one."""
    if why.computed is None or why.typical_score is None:
        return []
    lines = [line for line in why.lines if line.effect is not None]
    steps = [Step(_("Typical account"), "raw", why.typical_score)]
    steps += [Step(line.label, "net", line.effect, f"{line.raw_text}") for line in lines]
    after: list[Step] = []
    if why.cut_off:
        after.append(Step(_("Cut off at the end of the scale"), "net", why.cut_off))
    if why.by_formula is not None and why.by_formula != why.computed:
        after.append(Step(why.exception, "net", why.by_formula - why.computed))
    if why.score is not None and why.by_formula is not None and why.override:
        after.append(Step(why.reason, "net", why.score - why.by_formula))
    steps += [*after, Step(_("This account"), "total")]
    tied = [None, *lines, *[None] * (len(after) + 1)]
    return list(zip(waterfall(steps), tied, strict=True))
