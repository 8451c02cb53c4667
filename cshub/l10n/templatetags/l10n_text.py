"""The formats of cshub.l10n as template filters; an empty value becomes a dash."""

import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from cshub.l10n import formats

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """{{ contract.amount|money:"EUR" }}"""
    return formats.DASH if amount in (None, "") else formats.money(Decimal(str(amount)), currency)


@register.filter
def money_short(amount: Decimal | None, currency: str) -> str:
    """{{ account.arr|money_short:account.currency }}: €186k, €1.26M"""
    return formats.DASH if amount in (None, "") else formats.money(Decimal(str(amount)), currency, compact=True)


@register.filter
def number(value: Any, decimals: int = 0) -> str:
    return formats.DASH if value in (None, "") else formats.number(value, decimals=decimals)


@register.filter
def signed(value: Any, decimals: int = 0) -> str:
    return formats.DASH if value in (None, "") else formats.signed(value, decimals=decimals)


@register.filter
def percent(rate: Any, decimals: int = 0) -> str:
    """{{ 0.58|percent }}: the rate is 0-1"""
    return formats.DASH if rate in (None, "") else formats.percent(rate, decimals=decimals)


@register.filter
def day(value: datetime.date | None) -> str:
    """14 Jan 2027"""
    return formats.date(_as_day(value)) if value else formats.DASH


@register.filter
def day_short(value: datetime.date | None) -> str:
    """14 Jan"""
    return formats.date(_as_day(value), year=False) if value else formats.DASH


@register.filter
def month(value: datetime.date | None) -> str:
    return formats.month(_as_day(value)) if value else formats.DASH


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """{{ run.started_at|moment }}: 14 Jan 2027, 09:30"""
    return formats.moment(value) if value else formats.DASH


@register.filter
def ago(value: datetime.datetime | None, as_of: datetime.datetime) -> str:
    """{{ source.last_success_at|ago:as_of }}: 3 minutes ago"""
    return formats.ago(value, as_of=as_of) if value else formats.DASH


@register.filter
def duration(minutes: float | None) -> str:
    """{{ ticket.waited_minutes|duration }}: 3 hours"""
    return formats.DASH if minutes is None else formats.duration(minutes)


@register.filter
def quarter(value: str) -> str:
    """{{ "2025-Q4"|quarter }}: Q4 2025"""
    return formats.quarter(value) if value else formats.DASH


@register.filter
def said(value: Any) -> str:
    """A kept value as people write it: nothing is a dash, a list its members."""
    if value in (None, "", [], {}):
        return formats.DASH
    if isinstance(value, list):
        return ", ".join(said(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said(each)}" for name, each in value.items())
    return str(value)


@register.simple_tag
def dot() -> str:
    """Between two short facts, with its spaces: {{ a }}{% dot %}{{ b }}"""
    return formats.separator()


@register.filter
def days_until(value: datetime.date | None, as_of: datetime.date) -> str:
    """{{ account.renewal_on|days_until:page.as_of }}"""
    return formats.days_until(_as_day(value), as_of=_as_day(as_of)) if value else formats.DASH


@register.filter
def relative_days(value: datetime.date | None, as_of: datetime.date) -> str:
    return formats.relative_days(_as_day(value), as_of=_as_day(as_of)) if value else formats.DASH


@register.filter
def digits(value: Any) -> str:
    """Digits as the reader writes them, for counts already put into words."""
    return formats.DASH if value is None else formats.in_digits(value)


def _as_day(value: datetime.date) -> datetime.date:
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
