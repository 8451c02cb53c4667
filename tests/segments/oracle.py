"""Says who meets a rule by reading every fact of one account in Python: slow, plain, and written without the product's compiler."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Account, Consent, UsageDaily
from cshub.db.folding import fold

NUMBER = re.compile(r"\s*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?\s*\Z")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class Facts:
    """What is known of one account at a moment."""

    def __init__(self, account: Account, as_of: datetime) -> None:
        self.account, self.as_of, self.today = account, as_of, as_of.astimezone(UTC).date()
        self._kept: dict[str, list[Any]] = {}
        self._counted: dict[str, list[tuple[date, Decimal]]] = {}

    def meets(self, rule: dict[str, Any]) -> bool:
        if "all" in rule:
            return all(self.meets(part) for part in rule["all"])
        if "any" in rule:
            return any(self.meets(part) for part in rule["any"])
        if "not" in rule:
            return not self.meets(rule["not"])
        if "performed" in rule:
            total = sum(value for day, value in self._usage(rule["performed"]) if day > self._ago(rule["days"]))
            return total >= rule["times"] if rule["op"] == "at_least" else total < rule["times"]
        if "last_performed" in rule:
            last = max((day for day, value in self._usage(rule["last_performed"]) if value > 0), default=None)
            if last is None:
                return False
            return (last > self._ago(rule["days"])) == (rule["op"] == "in_last_days")
        if "trend" in rule:
            return self._trend(rule)
        return self._condition(rule["field"], rule["op"], rule.get("value"))

    def _trend(self, rule: dict[str, Any]) -> bool:
        middle, start = self._ago(rule["days"]), self._ago(2 * rule["days"])
        now = sum((v for day, v in self._usage(rule["trend"]) if day > middle), Decimal(0))
        before = sum((v for day, v in self._usage(rule["trend"]) if start < day <= middle), Decimal(0))
        if before <= 0:
            return False
        change = now / before - 1
        least = Decimal(str(rule["percent"])) / 100
        return change >= least if rule["op"] == "rose_by" else change <= -least

    def _condition(self, key: str, op: str, value: Any) -> bool:
        for negative, positive in (
            ("is_not", "is"),
            ("not_in", "in"),
            ("not_contains", "contains"),
            ("unknown", "known"),
        ):
            if op == negative:
                return not self._condition(key, positive, value)
        return any(self._holds(found, op, value) for found in self._values(key))

    def _holds(self, found: Any, op: str, value: Any) -> bool:
        if op == "known":
            return True
        if op == "in":
            return any(self._holds(found, "is", each) for each in value)
        if op in ("contains", "starts_with"):
            inside, word = fold(found), fold(value)
            return word in inside if op == "contains" else inside.startswith(word)
        if isinstance(found, date):
            return self._on(found, op, value)
        if isinstance(found, int | float | Decimal) and not isinstance(found, bool):
            low, high = value if op == "between" else (value, value)
            found, low, high = (Decimal(str(each)) for each in (found, low, high))
            tests = {
                "is": found == low, "less_than": found < low, "at_most": found <= low, "more_than": found > low,
                "at_least": found >= low, "between": low <= found <= high,
            }  # fmt: skip
            return tests[op]
        return bool(found == value)

    def _on(self, found: date, op: str, value: Any) -> bool:
        if op == "between":
            return date.fromisoformat(value[0]) <= found <= date.fromisoformat(value[1])
        if isinstance(value, str):
            day = date.fromisoformat(value)
            return {"is": found == day, "before": found < day, "after": found > day}[op]
        away = (found - self.today).days
        return {
            "in_last_days": -value <= away <= 0, "in_next_days": 0 <= away <= value,
            "more_than_days_ago": away < -value, "more_than_days_ahead": away > value,
        }[op]  # fmt: skip

    def _values(self, key: str) -> list[Any]:
        """What is known under a field: nothing, one value, or several."""
        if key not in self._kept:
            self._kept[key] = self._read(key)
        return self._kept[key]

    def _read(self, key: str) -> list[Any]:
        if key.startswith("custom:"):
            return self._custom(key.removeprefix("custom:"))
        found = getattr(self, f"_{key}")() if hasattr(self, f"_{key}") else getattr(self.account, key)
        found = found if isinstance(found, list) else [found]
        return [each for each in found if each not in (None, "")]

    def _custom(self, key: str) -> list[Any]:
        value = self.account.attributes.get(key)
        if value in (None, ""):
            return []
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if key == "number":
            return [Decimal(text.strip())] if NUMBER.match(text) else []
        if key == "date":
            return [date.fromisoformat(text)] if DAY.match(text) else []
        if key == "yes_no":
            return [text in ("true", "yes")] if text in ("true", "yes", "false", "no") else []
        return [text]

    def _days_in_stage(self) -> int | None:
        since = self.account.stage_since
        return (self.today - since.astimezone(UTC).date()).days if since else None

    def _owner(self) -> str | None:
        return str(self.account.owner_id) if self.account.owner_id else None

    def _parent(self) -> str | None:
        return str(self.account.parent_id) if self.account.parent_id else None

    def _arr(self) -> Decimal | None:
        return self.account.revenue.arr if hasattr(self.account, "revenue") else None

    def _currency(self) -> str:
        return self.account.revenue.currency if hasattr(self.account, "revenue") else ""

    def _next_renewal_on(self) -> date | None:
        return self.account.revenue.next_renewal_on if hasattr(self.account, "revenue") else None

    def _score(self) -> Decimal | None:
        return self.account.health.score if hasattr(self.account, "health") else None

    def _band(self) -> str:
        return self.account.health.band if hasattr(self.account, "health") else ""

    def _coverage(self) -> Decimal | None:
        return self.account.health.coverage if hasattr(self.account, "health") else None

    def _placed(self) -> list[Any]:
        return [
            order
            for order in self.account.orders.all()
            if order.status == "placed" and order.ordered_on <= self.today and order.recorded_at <= self.as_of
        ]

    def _order_count(self) -> int:
        return len(self._placed())

    def _is_repeat_buyer(self) -> bool:
        return len(self._placed()) >= 2

    def _last_ordered_on(self) -> date | None:
        return max((order.ordered_on for order in self._placed()), default=None)

    def _overdue_invoice_count(self) -> int:
        return sum(
            invoice.due_on < self.today and invoice.amount > sum(payment.amount for payment in invoice.payments.all())
            for invoice in self.account.invoices.all()
        )

    def _open_ticket_count(self) -> int:
        return sum(
            ticket.opened_at <= self.as_of and (ticket.resolved_at is None or ticket.resolved_at > self.as_of)
            for ticket in self.account.tickets.all()
        )

    def _nps(self) -> int | None:
        said = [each for each in self.account.survey_responses.all() if each.kind == "nps"]
        said = [each for each in said if each.occurred_at <= self.as_of and each.recorded_at <= self.as_of]
        return max(said, key=lambda each: (each.occurred_at, each.pk)).score if said else None

    def _last_contact_on(self) -> date | None:
        met = [each for each in self.account.interactions.all() if each.direction != "internal"]
        return max((each.occurred_at.date() for each in met if each.occurred_at <= self.as_of), default=None)

    def _last_used_on(self) -> date | None:
        rows = UsageDaily.objects.filter(account=self.account, value__gt=0, day__lte=self.today)
        return max((row.day for row in rows if row.recorded_at <= self.as_of), default=None)

    def _people(self) -> list[Any]:
        return [each for each in self.account.contacts.all() if each.left_on is None or each.left_on > self.today]

    def _contact_count(self) -> int:
        return len(self._people())

    def _has_champion(self) -> bool:
        return any(each.role == "champion" for each in self._people())

    def _consent_email(self) -> bool:
        said = [
            Consent.objects.filter(contact=each, channel="email").order_by("-occurred_at").first()
            for each in self._people()
        ]
        return any(each is not None and each.state == "granted" for each in said)

    def _usage(self, metric: str) -> list[tuple[date, Decimal]]:
        if metric not in self._counted:
            rows = UsageDaily.objects.filter(account=self.account, metric_id=metric, day__lte=self.today)
            self._counted[metric] = [(row.day, row.value) for row in rows if row.recorded_at <= self.as_of]
        return self._counted[metric]

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)
