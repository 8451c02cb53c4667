"""What stands behind a signal of one account: the rows its raw value was measured from, how many, and how old the latest is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Count, DateTimeField, Max, Q, Value
from django.db.models.functions import Cast

from accounts.models import (
    Contact,
    Contract,
    Interaction,
    Invoice,
    Order,
    RevenueMovement,
    StageChange,
    SurveyResponse,
    Ticket,
    UsageDaily,
)
from cshub.l10n import formats
from health.models import AccountSentiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import QuerySet

    from health.engine.definition import Definition, Measure

SHOWN = 200
OWN_BEST_DAYS = 180  # how far back usage is compared with its own best
LONG_CONTACT = 365  # contacts are unknown where there was none in a year
KEY_ROLES = ("champion", "sponsor")


@dataclass(frozen=True)
class Behind:
    """How many rows a signal was read from, when the latest happened and when it was learned; None without any."""

    count: int
    latest_at: datetime | None
    learned_at: datetime | None


@dataclass(frozen=True)
class Row:
    """One of them: when, what, what more is known, and its value as text."""

    at: date | datetime
    title: str
    detail: str
    value: str


@dataclass(frozen=True)
class Trail:
    """Where the rows of a signal are: `path` is the resource of the API with the filters that lead to about the same rows."""

    rows: QuerySet[Any]
    at: str
    show: Callable[[Any], Row]
    path: str


def trail(measure: Measure, account_id: UUID, *, as_of: datetime) -> Trail | None:
    """The rows behind a measure, as known at `as_of`; None for what is a property of the account itself."""
    kind = measure.kind.partition("_")[0]
    find = _TRAILS.get(measure.kind) or _TRAILS.get(kind)
    return find(measure, account_id, as_of) if find else None


def rows_behind(measure: Measure, account_id: UUID, *, as_of: datetime) -> tuple[Row, ...]:
    """The latest 200 of them. One query."""
    found = trail(measure, account_id, as_of=as_of)
    return () if found is None else tuple(found.show(row) for row in found.rows.order_by(f"-{found.at}")[:SHOWN])


def behind(definition: Definition, account_id: UUID, *, as_of: datetime) -> dict[str, Behind]:
    """For each measure with rows, how many stand behind it and how old they are. One query."""
    trails = {measure.key: trail(measure, account_id, as_of=as_of) for measure in definition.measures}
    counted = [_counted(key, found) for key, found in trails.items() if found is not None]
    if not counted:
        return {}
    sums = counted[0] if len(counted) == 1 else counted[0].union(*counted[1:], all=True)
    known = {key: Behind(count, latest, learned) for key, count, latest, learned in sums}
    return {key: known.get(key, Behind(0, None, None)) for key, found in trails.items() if found is not None}


def _counted(key: str, found: Trail) -> QuerySet[Any, Any]:
    counted: QuerySet[Any, Any] = (
        found.rows.order_by()
        .values("account")
        .annotate(
            signal=Value(key),
            row_count=Count("*"),
            latest=Cast(Max(found.at), DateTimeField()),
            learned=Max("recorded_at"),
        )
        .values_list("signal", "row_count", "latest", "learned")
    )
    return counted


def _usage(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    back = {"usage_trend": 2 * measure.window, "usage_breadth": max(OWN_BEST_DAYS, measure.window)}
    since, until = _days(as_of, back.get(measure.kind, measure.window))
    rows = UsageDaily.objects.filter(account=account_id, recorded_at__lte=as_of, day__gte=since, day__lt=until)
    asked = {"account": account_id, "day__gte": since, "day__lte": until - timedelta(days=1)}
    if measure.metric:
        rows, asked = rows.filter(metric=measure.metric), asked | {"metric": measure.metric}
    return Trail(rows.select_related("metric"), "day", _usage_row, _path("usage_daily", asked))


def _answers(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    since, asked = _since(as_of, measure.window), {"kind": measure.kind.removeprefix("survey_")}
    rows = SurveyResponse.objects.filter(
        account=account_id, occurred_at__gte=since, occurred_at__lte=as_of, recorded_at__lte=as_of, **asked
    )
    path = _path("survey_responses", {"account": account_id, **asked, "occurred_at__gte": since.isoformat()})
    return Trail(rows.select_related("contact"), "occurred_at", _answer_row, path)


def _contacts(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    since = _since(as_of, max(LONG_CONTACT, measure.window) if measure.kind == "engagement_touches" else measure.window)
    rows = Interaction.objects.filter(
        account=account_id, occurred_at__gte=since, occurred_at__lte=as_of, recorded_at__lte=as_of
    )
    if measure.kind != "proactive_share":
        rows = rows.exclude(direction=Interaction.Direction.INTERNAL)
    path = _path("interactions", {"account": account_id, "occurred_at__gte": since.isoformat()})
    return Trail(rows, "occurred_at", _contact_row, path)


def _open_tickets(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    waits = Q(resolved_at__gt=as_of) | Q(resolved_at__isnull=True) & ~Q(status=Ticket.Status.RESOLVED)
    rows = Ticket.objects.filter(waits, account=account_id, opened_at__lte=as_of, recorded_at__lte=as_of)
    asked: dict[str, Any] = {"account": account_id, "status__in": "open,pending"}
    if measure.kind == "tickets_urgent":
        rows, asked = rows.filter(priority=Ticket.Priority.URGENT), asked | {"priority": "urgent"}
    return Trail(rows, "opened_at", _ticket_row, _path("tickets", asked))


def _tickets(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    since = _since(as_of, measure.window)
    rows = Ticket.objects.filter(account=account_id, opened_at__gte=since, opened_at__lte=as_of, recorded_at__lte=as_of)
    path = _path("tickets", {"account": account_id, "opened_at__gte": since.isoformat()})
    return Trail(rows, "opened_at", _ticket_row, path)


def _invoices(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    since, until = _days(as_of, measure.window)
    rows = Invoice.objects.filter(
        account=account_id, amount__gt=0, due_on__gte=since, due_on__lt=until, recorded_at__lte=as_of
    )
    last = until - timedelta(days=1)
    path = _path("invoices", {"account": account_id, "due_on__gte": since, "due_on__lte": last})
    return Trail(rows, "due_on", _invoice_row, path)


def _people(_measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    rows = Contact.objects.filter(account=account_id, role__in=KEY_ROLES, recorded_at__lte=as_of)
    return Trail(rows, "recorded_at", _person_row, _path("contacts", {"account": account_id}))


def _words(_measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    rows = AccountSentiment.objects.filter(account=account_id).known(as_of).select_related("author")
    return Trail(rows, "said_at", _word_row, _path("sentiments", {"account": account_id}))


def _orders(measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    since, until = _days(as_of, measure.window)
    rows = Order.objects.filter(
        account=account_id, status=Order.Status.PLACED, ordered_on__gte=since, ordered_on__lte=until,
        recorded_at__lte=as_of,
    )  # fmt: skip
    path = _path("orders", {"account": account_id, "status": "placed", "ordered_on__gte": since})
    return Trail(rows, "ordered_on", _order_row, path)


def _stages(_measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    rows = StageChange.objects.filter(account=account_id, occurred_at__lte=as_of, recorded_at__lte=as_of)
    return Trail(rows, "occurred_at", _stage_row, _path("stage_changes", {"account": account_id}))


def _contracts(_measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    today = as_of.astimezone(UTC).date()
    rows = Contract.objects.filter(account=account_id, starts_on__lte=today, recorded_at__lte=as_of)
    return Trail(rows, "starts_on", _contract_row, _path("contracts", {"account": account_id}))


def _movements(_measure: Measure, account_id: UUID, as_of: datetime) -> Trail:
    rows = RevenueMovement.objects.filter(
        account=account_id, occurred_on__lte=as_of.astimezone(UTC).date(), recorded_at__lte=as_of
    )
    return Trail(rows, "occurred_on", _movement_row, _path("revenue_movements", {"account": account_id}))


_TRAILS: dict[str, Callable[[Measure, UUID, datetime], Trail]] = {
    "usage": _usage,
    "survey": _answers,
    "engagement": _contacts,
    "proactive": _contacts,
    "tickets_open": _open_tickets,
    "tickets_urgent": _open_tickets,
    "tickets": _tickets,
    "billing": _invoices,
    "people": _people,
    "sentiment": _words,
    "order": _orders,
    "stage": _stages,
    "notice": _contracts,
    "renewal": _contracts,
    "contract": _contracts,
    "arr": _movements,
}


def _usage_row(row: UsageDaily) -> Row:
    people = "" if row.active_users is None else formats.number(row.active_users)
    return Row(row.day, row.metric.name, people, formats.number(row.value, decimals=_decimals(row.value)))


def _answer_row(row: SurveyResponse) -> Row:
    return Row(row.occurred_at, row.get_kind_display(), row.verbatim, formats.number(row.score))


def _contact_row(row: Interaction) -> Row:
    how = formats.separator().join((row.get_channel_display(), row.get_mode_display()))
    return Row(row.occurred_at, row.subject, how, formats.number(row.minutes))


def _ticket_row(row: Ticket) -> Row:
    state = formats.separator().join((row.get_status_display(), row.get_priority_display()))
    return Row(row.opened_at, row.subject or row.external_id, state, row.external_id)


def _invoice_row(row: Invoice) -> Row:
    return Row(row.due_on, row.external_id, "", formats.money(row.amount, row.currency))


def _person_row(row: Contact) -> Row:
    left = formats.date(row.left_on) if row.left_on else ""
    return Row(row.recorded_at, row.name, row.get_role_display(), left)


def _word_row(row: AccountSentiment) -> Row:
    author = row.author.name if row.author else ""
    return Row(row.said_at, row.reason, author, row.get_level_display())


def _order_row(row: Order) -> Row:
    return Row(row.ordered_on, row.external_id, "", formats.money(row.amount, row.currency))


def _stage_row(row: StageChange) -> Row:
    return Row(row.occurred_at, row.get_to_stage_display(), row.reason, "")


def _contract_row(row: Contract) -> Row:
    end = formats.date(row.ends_on) if row.ends_on else ""
    return Row(row.starts_on, row.name or row.external_id, row.get_status_display(), end)


def _movement_row(row: RevenueMovement) -> Row:
    return Row(row.occurred_on, row.get_kind_display(), "", formats.money(row.amount, row.currency))


def _days(as_of: datetime, back: int) -> tuple[date, date]:
    """The window of days before today, half open."""
    today = as_of.astimezone(UTC).date()
    return today - timedelta(days=back), today


def _since(as_of: datetime, back: int) -> datetime:
    today = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=back)


def _path(resource: str, filters: dict[str, Any]) -> str:
    return f"/api/v1/{resource}/?{urlencode(filters)}"


def _decimals(value: Any) -> int:
    return 0 if value == int(value) else 2
