"""The page of one account in words and drawings: events become sentences, scores a line, runs their steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Consent, Contact, Interaction, Order, RevenueMovement, Ticket
from cshub.kernel import charts, line_plot
from cshub.l10n import formats
from cshub.web.drawn import BANDS
from cshub.web.queries.account_view import SCORE_WEEKS, AccountView
from cshub.web.queries.timeline import WEEKS, Event, Week
from health.models import AccountSentiment
from health.queries import Explanation
from playbooks.queries import AccountPlaybook

NEAR_DAYS = 60
STEP_STATES = {"done": "done", "open": "now", "in_progress": "now", "snoozed": "now"}
CHANNEL_ICONS = {
    "email": "mail",
    "call": "phone",
    "meeting": "users",
    "chat": "message-circle",
    "note": "sticky-note",
    "task": "square-check",
}
QUOTED = frozenset({"interaction", "file", "ticket"})
TIMELINE_KINDS = {
    "work": gettext_lazy("Calls, meetings and notes"),
    "mail": gettext_lazy("Mails"),
    "ticket": gettext_lazy("Tickets"),
    "order": gettext_lazy("Orders"),
    "survey": gettext_lazy("Survey answers"),
    "revenue": gettext_lazy("Renewals and revenue"),
    "health": gettext_lazy("Health"),
    "sentiment": gettext_lazy("Sentiment"),
    "stage": gettext_lazy("Stages"),
    "people": gettext_lazy("People"),
    "merge": gettext_lazy("Merges"),
    "file": gettext_lazy("Files"),
}
BAD_ANSWER = {"nps": 6, "csat": 2, "ces": 2}  # this or less is a customer in trouble
SCALES = {"nps": 10, "csat": 5, "ces": 7}
MOVED = {
    "new": gettext_lazy("Revenue began: %(amount)s a year"),
    "expansion": gettext_lazy("Revenue grew by %(amount)s a year"),
    "contraction": gettext_lazy("Revenue shrank by %(amount)s a year"),
    "churn": gettext_lazy("Revenue ended: %(amount)s a year"),
    "reactivation": gettext_lazy("Revenue came back: %(amount)s a year"),
    "price": gettext_lazy("The price changed: %(amount)s a year"),
    "transfer": gettext_lazy("Revenue moved between accounts: %(amount)s a year"),
    "fx": gettext_lazy("The exchange rate moved revenue: %(amount)s a year"),
}


@dataclass(frozen=True)
class Entry:
    """An event as the timeline shows it. `is_quoted`: its title was written by somebody, in whatever language."""

    kind: str
    icon: str
    title: str
    when: str
    at: str
    text: str
    is_quoted: bool
    id: UUID


@dataclass(frozen=True)
class RunCard:
    """A playbook that the account met, with its arm in a sentence."""

    playbook: AccountPlaybook
    steps: list[tuple[str, str, str]]
    arm: str
    progress: str
    is_running: bool


def page_context(view: AccountView, *, as_of: datetime) -> dict[str, Any]:
    """What web/account.html shows beside the facts themselves."""
    why, revenue = view.why, getattr(view.account, "revenue", None)
    near = revenue and revenue.next_renewal_on and (revenue.next_renewal_on - as_of.date()).days <= NEAR_DAYS
    cards = [_run_card(playbook) for playbook in view.playbooks]
    return {
        "view": view,
        "as_of": as_of,
        "about": [text for text in (view.account.industry, view.account.segment, view.account.region) if text],
        "renewal_is_near": bool(near),
        "why_rows": _why_rows(why),
        **_score_plot(view, as_of=as_of),
        "entries": [_entry(event, as_of=as_of) for event in view.timeline.events],
        "timeline_kinds": TIMELINE_KINDS.items(),
        "shares": _shares(view.weeks),
        "running": [card for card in cards if card.is_running],
        "held_out": [card for card in cards if card.playbook.arm == "held_out"],
        "earlier": [card for card in cards if not card.is_running and card.playbook.arm != "held_out"],
    }


def _why_rows(why: Explanation | None) -> list[tuple[Any, charts.Diverging]]:
    if why is None:
        return []
    return list(zip(why.lines, charts.diverging([line.effect or 0 for line in why.lines]), strict=True))


def _score_plot(view: AccountView, *, as_of: datetime) -> dict[str, Any]:
    known = [float(score) for score in view.scores if score is not None]
    if len(known) < 2:
        return {"plot": None}
    watch, good = (view.why.watch_from, view.why.good_from) if view.why else (45.0, 70.0)
    days = [as_of.date() - timedelta(weeks=SCORE_WEEKS - place) for place in range(SCORE_WEEKS + 1)]
    plot = line_plot.line_plot(
        [line_plot.Line(_("Health"), view.scores, "plain")],
        line_plot.Axes(
            low=max(0.0, min(*known, watch) - 8),
            high=min(100.0, max(*known, good) + 8),
            y_labels=[(mark, formats.number(mark)) for mark in (watch, good)],
            x_labels=_months(days),
        ),
        marks=_marks(view),
        danger_below=watch,
    )
    words = {"weeks": formats.number(SCORE_WEEKS), "first": formats.number(known[0]), "last": formats.number(known[-1])}
    return {
        "plot": plot,
        "plot_label": _("Score over %(weeks)s weeks, from %(first)s to %(last)s") % words,
        "plot_headings": [_("Week of"), _("Score"), _("Contacts")],
        "plot_rows": _plot_rows(view, days),
    }


def _marks(view: AccountView) -> list[line_plot.Mark]:
    """One point a week: the mode that took more time."""
    most: dict[int, Week] = {}
    for week in view.weeks:
        place = week.number - (WEEKS - SCORE_WEEKS)
        if 0 <= place <= SCORE_WEEKS and view.scores[place] is not None:
            most[place] = week  # they come with the longer one last
    return [line_plot.Mark(place, week.mode, value=view.scores[place]) for place, week in most.items()]


def _plot_rows(view: AccountView, days: list[date]) -> list[tuple[str, list[str]]]:
    touches = dict.fromkeys(range(SCORE_WEEKS + 1), 0)
    for week in view.weeks:
        if (place := week.number - (WEEKS - SCORE_WEEKS)) in touches:
            touches[place] += week.touch_count
    return [
        (
            formats.date(day, year=False),
            [formats.DASH if score is None else formats.number(score), formats.number(touches[place])],
        )
        for place, (day, score) in enumerate(zip(days, view.scores, strict=True))
    ]


def _months(days: list[date]) -> list[tuple[int, str]]:
    """The first week of each month, by the name of the month alone."""
    labels: list[tuple[int, str]] = []
    for place, day in enumerate(days):
        name = formats.month(day).rpartition(" ")[0] or formats.month(day)
        if not labels or labels[-1][1] != name:
            labels.append((place, name))
    return labels[1:] if len(labels) > 1 and labels[1][0] < 3 else labels


def _shares(of_weeks: tuple[Week, ...]) -> dict[str, str]:
    """How the minutes of the past year divide; empty where none were noted."""
    total = sum(week.minutes for week in of_weeks)
    if not total:
        return {}
    return {
        mode: formats.percent(Decimal(sum(week.minutes for week in of_weeks if week.mode == mode)) / total)
        for mode in ("proactive", "reactive")
    }


def _entry(event: Event, *, as_of: datetime) -> Entry:
    kind, icon, title, text = _WORDS[event.kind](event)
    when = formats.days_until(event.at.date(), as_of=as_of.date())
    return Entry(kind, icon, title, when, event.at.isoformat(), text, event.kind in QUOTED, event.id)


def _interaction(event: Event) -> tuple[str, str, str, str]:
    parts = [str(Interaction.Channel(event.detail).label)]
    if event.number:
        parts.append(_("%(minutes)s min") % {"minutes": formats.number(event.number)})
    if event.person:
        parts.append(event.person)
    return (
        event.mode,
        CHANNEL_ICONS[event.detail],
        event.title,
        formats.separator().join(parts) + (f"\n{event.text}" if event.text else ""),
    )


def _survey(event: Event) -> tuple[str, str, str, str]:
    words = {
        "kind": formats.isolated(event.detail.upper()),
        "score": formats.number(event.number or 0),
        "most": formats.number(SCALES[event.detail]),
        "person": event.person or "",
    }
    title = (
        _("%(kind)s: %(score)s of %(most)s from %(person)s") if event.person else _("%(kind)s: %(score)s of %(most)s")
    )
    is_bad = event.number is not None and event.number <= BAD_ANSWER[event.detail]
    return "critical" if is_bad else "", "message-square-quote", title % words, f"“{event.text}”" if event.text else ""


def _renewal(event: Event) -> tuple[str, str, str, str]:
    amount = formats.money(event.amount or Decimal(0), event.currency, compact=True)
    if event.detail == "renewed":
        return "", "calendar-check", _("Renewed at %(amount)s a year") % {"amount": amount}, ""
    return "critical", "calendar-x", _("Not renewed: %(amount)s a year was due") % {"amount": amount}, ""


def _movement(event: Event) -> tuple[str, str, str, str]:
    amount = formats.money(abs(event.amount or Decimal(0)), event.currency, compact=True)
    icon = "trending-up" if (event.amount or 0) > 0 else "trending-down"
    return "", icon, str(MOVED[event.detail]) % {"amount": amount}, str(RevenueMovement.Kind(event.detail).label)


def _health(event: Event) -> tuple[str, str, str, str]:
    words = {"from": BANDS[event.title], "to": BANDS[event.detail]}
    order = ["risk", "watch", "good"]
    text = ""
    if event.amount is not None and event.number is not None:
        scores = {"before": formats.number(event.amount), "now": formats.number(event.number)}
        text = _("Score %(before)s before, %(now)s now") % scores
    if event.title in order and event.detail in order and order.index(event.detail) < order.index(event.title):
        return (
            "critical" if event.detail == "risk" else "",
            "trending-down",
            _("Health fell: %(from)s, now %(to)s") % words,
            text,
        )
    return "", "activity", _("Health changed: %(from)s, now %(to)s") % words, text


def _sentiment(event: Event) -> tuple[str, str, str, str]:
    kind = "critical" if event.detail == AccountSentiment.Level.POOR else ""
    title = _("Sentiment: %(level)s") % {"level": AccountSentiment.Level(event.detail).label}
    return kind, "smile", title, formats.separator().join(part for part in (event.person, event.text) if part)


def _stage(event: Event) -> tuple[str, str, str, str]:
    return "", "signpost", _("Stage: %(stage)s") % {"stage": Account.Stage(event.detail).label}, event.text


def _role(event: Event) -> tuple[str, str, str, str]:
    words = {"person": event.person, "role": Contact.Role(event.detail or event.title).label}
    if not event.detail:
        kind = "critical" if event.title in {Contact.Role.CHAMPION, Contact.Role.SPONSOR} else ""
        return kind, "log-out", _("%(person)s left (%(role)s)") % words, ""
    return "", "user-cog", _("%(person)s: %(role)s") % words, ""


def _consent(event: Event) -> tuple[str, str, str, str]:
    words = {
        "person": event.person,
        "channel": Consent.Channel(event.title).label,
        "state": Consent.State(event.detail).label,
    }
    return "", "shield-check", _("%(person)s: %(channel)s, %(state)s") % words, event.text


def _merge(event: Event) -> tuple[str, str, str, str]:
    sentence = (
        _("%(account)s was merged into this account") if event.detail == "merge" else _("%(account)s was split off")
    )
    return "", "git-merge", sentence % {"account": event.title}, event.text


def _file(event: Event) -> tuple[str, str, str, str]:
    return "", "paperclip", event.title, event.person or ""


def _ticket(event: Event) -> tuple[str, str, str, str]:
    parts = [_("Ticket %(number)s") % {"number": formats.isolated(event.text)}, str(Ticket.Status(event.detail).label)]
    if event.person:
        parts.append(event.person)
    if event.number:
        parts.append(_("%(minutes)s min") % {"minutes": formats.number(event.number)})
    if event.amount is not None:
        parts.append(_("satisfaction %(score)s of 5") % {"score": formats.number(event.amount)})
    return "reactive", "life-buoy", event.title, formats.separator().join(parts)


def _order(event: Event) -> tuple[str, str, str, str]:
    words = {
        "amount": formats.money(event.amount or Decimal(0), event.currency),
        "number": formats.isolated(event.title),
    }
    if event.detail == Order.Status.CANCELLED:
        return "", "package-x", _("Order %(number)s over %(amount)s was cancelled") % words, ""
    return "", "package", _("Ordered for %(amount)s") % words, event.title


_WORDS = {
    "ticket": _ticket,
    "order": _order,
    "interaction": _interaction,
    "survey": _survey,
    "renewal": _renewal,
    "movement": _movement,
    "health": _health,
    "sentiment": _sentiment,
    "stage": _stage,
    "role": _role,
    "consent": _consent,
    "merge": _merge,
    "file": _file,
}


def _run_card(playbook: AccountPlaybook) -> RunCard:
    steps = [
        (STEP_STATES.get(step.state, "todo"), step.title, formats.date(step.due_on, year=False) if step.due_on else "")
        for step in playbook.steps
    ]
    return RunCard(
        playbook=playbook,
        steps=steps,
        arm=_arm(playbook),
        progress=f"{formats.number(playbook.done_count)}/{formats.number(len(steps))}" if steps else "",
        is_running=playbook.run_state == "active",
    )


def _arm(playbook: AccountPlaybook) -> str:
    share = {"share": formats.percent(playbook.holdout_share)}
    if playbook.arm == "held_out":
        return _(
            "Held out so that the effect can be measured: this playbook leaves the account alone. Your other work goes on."
        )
    if not playbook.holdout_share:
        return _("Every matching account is treated: without a holdout the effect cannot be measured.")
    return (
        _("Treated arm. %(share)s of the matching accounts are held out by lot, so the effect can be measured.") % share
    )
