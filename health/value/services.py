"""What can be done about value: decide its terms, margins and rates, set accounts apart, and compute it anew."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.services.currency import is_currency
from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from health.value.assumed import assumed
from health.value.models import CostRate, SegmentMargin, StrategicMark, ValueFit, ValueTerms
from health.value.sql import reading, writing

if TYPE_CHECKING:
    from datetime import date, datetime

    from accounts.models import Account
    from cshub.users.models import User


Row = TypeVar("Row", CostRate, SegmentMargin, ValueTerms)


class BadTerms(Refused):
    """A decision about value that makes no sense."""

    code = "bad_value_terms"


@dataclass(frozen=True)
class Terms:
    """Over how many months and at which yearly discount (0 to 1) value is computed; from which value after cost to serve on tiers begin."""

    months: int
    discount: Decimal
    currency: str
    high_from: Decimal
    middle_from: Decimal


@transaction.atomic
def decide_terms(terms: Terms, *, valid_from: date, by: User | None, as_of: datetime, reason: str = "") -> ValueTerms:
    """From `valid_from` on these terms hold; earlier ones stay on record. Raises BadTerms naming the field."""
    if not 12 <= terms.months <= 120:
        raise BadTerms(_("The horizon is 12 to 120 months."), field="months")
    if not 0 <= terms.discount <= 1:
        raise BadTerms(_("The discount is a share from 0 to 1, for example 0.1."), field="discount")
    _refuse_currency(terms.currency)
    if not terms.middle_from > 0:
        raise BadTerms(_("Enter an amount above zero."), field="middle_from")
    if not terms.high_from > terms.middle_from:
        raise BadTerms(_("High has to begin above middle."), field="high_from")
    return _decided(ValueTerms, asdict(terms), "value_terms.decided", valid_from, reason, by, as_of)


@transaction.atomic
def decide_margin(
    *, segment: str, margin: Decimal, valid_from: date, by: User | None, as_of: datetime, reason: str = ""
) -> SegmentMargin:
    """From `valid_from` on the accounts of a segment have this gross margin (above 0, at most 1). Raises BadTerms."""
    if not segment.strip():
        raise BadTerms(_("Name the segment as it stands on its accounts."), field="segment")
    if not 0 < margin <= 1:
        raise BadTerms(_("The gross margin is a share above 0 and at most 1, for example 0.78."), field="margin")
    told = {"segment": segment.strip(), "margin": margin}
    return _decided(SegmentMargin, told, "segment_margin.decided", valid_from, reason, by, as_of)


@transaction.atomic
def decide_rate(
    *, role: str, hourly: Decimal, currency: str, valid_from: date, by: User | None, as_of: datetime, reason: str = ""
) -> CostRate:
    """From `valid_from` on an hour of the role costs so much; the first rate of a role also holds before. Raises BadTerms."""
    if role not in CostRate.Role.values:
        raise BadTerms(_("Choose one of the roles offered."), field="role")
    if not hourly > 0:
        raise BadTerms(_("Enter an amount above zero."), field="hourly")
    _refuse_currency(currency)
    told = {"role": role, "hourly": hourly, "currency": currency}
    return _decided(CostRate, told, "cost_rate.decided", valid_from, reason, by, as_of)


@transaction.atomic
def mark_strategic(account: Account, *, note: str, by: User | None, as_of: datetime) -> StrategicMark:
    """Set the account apart: its tier is high until the mark is taken away. An earlier mark ends. Raises BadTerms without a note."""
    if not note.strip():
        raise BadTerms(_("Say why: everybody who sees the tier reads it."), field="note")
    _end(account, by=by, as_of=as_of)
    mark = StrategicMark.objects.create(account=account, note=note.strip(), marked_by=by, marked_at=as_of)
    record("account.marked_strategic", target=account, by=by, at=as_of, after={"note": mark.note})
    return mark


@transaction.atomic
def end_strategic(account: Account, *, by: User | None, as_of: datetime) -> int:
    """Take the mark away; the tier follows from the money again. How many marks ended, 0 where there was none."""
    ended = _end(account, by=by, as_of=as_of)
    if ended:
        record("account.unmarked_strategic", target=account, by=by, at=as_of)
    return ended


@transaction.atomic
def revalue(*, margin: Decimal | None, as_of: datetime) -> int:
    """Value every customer: what it will bring, what serving it costs, its tier; how many changed.

    `margin` is the company's gross margin as finance decided it for the day, None where it decided none. A fixed number of statements for each
    20,000 accounts; only what changed is written, now and in the history. Repeating it writes nothing. Every seven days it learns anew
    how long contracts are renewed and how customers reorder.
    """
    from health.value.learning import ensure_learned  # numpy and scipy: 80 MB of every process that never values
    from health.value.valuing import Learned, valued

    terms = assumed(margin=margin, as_of=as_of)
    fits = ensure_learned(as_of=as_of)
    orders: dict[Any, Any] = {}
    if any(fit.kind == ValueFit.Kind.REORDERS for fit in fits):
        orders = {row.account_id: row for row in reading.histories(today=terms.today, as_of=as_of)}
    learned = Learned({(fit.kind, fit.scope): fit for fit in fits}, orders)
    changed = 0
    for customers in reading.customers(today=terms.today):
        changed += writing.keep(valued(customers, learned, terms), as_of=as_of)
    return changed + writing.forget_others()


def _decided(
    model: type[Row], told: dict[str, Any], verb: str, valid_from: date, reason: str, by: User | None, as_of: datetime
) -> Row:
    row = model(**told, valid_from=valid_from, reason=reason.strip(), decided_by=by, recorded_at=as_of)
    row.save(force_insert=True)
    record(verb, target=row, by=by, at=as_of, after={**told, "valid_from": valid_from})
    return row


def _end(account: Account, *, by: User | None, as_of: datetime) -> int:
    return int(StrategicMark.objects.filter(account=account).open().update(ended_at=as_of, ended_by=by))


def _refuse_currency(currency: str) -> None:
    if not is_currency(currency):
        raise BadTerms(_("Write the currency as its three-letter code, for example EUR."), field="currency")
