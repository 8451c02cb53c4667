"""Compiles a rule to a condition in SQL. Every condition is true or false: what is unknown meets no comparison but “unknown”."""
# ruff: noqa: S608  # identifiers are those of health.segments.sql.sources; values go into parameters

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cshub.db.folding import Folded, fold
from health.segments.engine.fields import CUSTOM
from health.segments.engine.grammar import Condition, Group, LastPerformed, Member, Performed, Rule, Trend
from health.segments.sql.sources import BELOW, COLUMNS, CUSTOM_AS, FROM_ACCOUNTS, LOOKUPS

OPPOSITE = {"is_not": "is", "not_in": "in", "not_contains": "contains", "unknown": "known"}
_USAGE = (
    "SELECT u.account_id FROM accounts_usagedaily u WHERE u.metric_id = {metric}"
    " AND u.day <= %(today)s::date AND u.recorded_at <= %(as_of)s"
)


@dataclass(frozen=True)
class Fragment:
    """A piece of SQL with its values by name. Every name but `as_of` and `today` begins with the prefix asked for."""

    sql: str
    values: dict[str, Any]

    def positional(self) -> tuple[str, list[Any]]:
        """The same with %s, for Django's RawSQL."""
        names: list[str] = re.findall(r"%\((\w+)\)s", self.sql)
        return re.sub(r"%\(\w+\)s", "%s", self.sql), [self.values[name] for name in names]


def accounts_that_meet(rule: Rule, *, as_of: datetime, prefix: str = "rule") -> Fragment:
    """`SELECT a.id`: the accounts that meet the rule with the facts known at `as_of`; those merged away never do.

    Columns of the account, its revenue and its current verdict are read as they are now; facts with two clocks as of the moment.
    """
    condition = condition_of(rule, as_of=as_of, prefix=prefix)
    statement = f"SELECT a.id FROM {FROM_ACCOUNTS} WHERE a.status <> 'merged' AND {condition.sql}"
    return Fragment(statement, condition.values)


def condition_of(rule: Rule, *, as_of: datetime, prefix: str = "rule") -> Fragment:
    """The rule as a condition over FROM_ACCOUNTS."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", prefix):
        raise ValueError(f"{prefix!r} cannot begin the name of a parameter.")
    compiler = _Compiler(as_of, prefix)
    text = compiler.rule(rule)
    return Fragment(text, compiler.values)


class _Compiler:
    """Walks a rule and collects its values."""

    def __init__(self, as_of: datetime, prefix: str) -> None:
        self.today = as_of.astimezone(UTC).date()
        self.values: dict[str, Any] = {"as_of": as_of, "today": self.today}
        self._prefix = prefix

    def rule(self, rule: Rule) -> str:
        match rule:
            case Group("not", (part,)):
                return f"NOT {self.rule(part)}"
            case Group(joins, parts):
                return "(" + (" AND " if joins == "all" else " OR ").join(self.rule(part) for part in parts) + ")"
            case Member():
                return self.rule(rule.rule)
            case Condition():
                return self._condition(rule)
            case Performed():
                return self._performed(rule)
            case LastPerformed():
                return self._last_performed(rule)
            case Trend():
                return self._trend(rule)

    def _condition(self, condition: Condition) -> str:
        operator = OPPOSITE.get(condition.operator, condition.operator)
        before = "NOT " if operator != condition.operator else ""
        key, kind = condition.field.key, condition.field.kind
        if key == "ancestor":
            return before + self._below(operator, condition.value)
        if key in LOOKUPS:
            if kind == "count":
                return self._counted(condition.operator, condition.value, LOOKUPS[key])
            if kind == "yes_no":
                return self._looked_up_yes(condition, LOOKUPS[key])
            test = self._test("d.value", kind, operator, condition.value)
            return f"{before}a.id IN (SELECT d.account_id FROM ({LOOKUPS[key]}) d WHERE {test})"
        as_text = key.startswith(CUSTOM) and kind == "date"
        test = self._test(self._expression(key, kind), kind, operator, condition.value, as_text=as_text)
        return f"{before}coalesce({test}, false)"

    def _expression(self, key: str, kind: str) -> str:
        if not key.startswith(CUSTOM):
            return COLUMNS[key]
        return "(" + CUSTOM_AS[kind].format(key=self._add(key.removeprefix(CUSTOM)) + "::text") + ")"

    def _test(self, text: str, kind: str, operator: str, value: Any, *, as_text: bool = False) -> str:
        """A comparison that is true, false or null."""
        if operator == "known":
            return f"{text} IS NOT NULL"
        if operator in ("contains", "starts_with"):
            place = f"strpos({Folded.template % {'expressions': text}}, {self._add(fold(value))}::text)"
            return f"{place} > 0" if operator == "contains" else f"{place} = 1"
        if kind == "date":
            return self._days(text, operator, value, as_text=as_text)
        cast = {"number": "numeric", "count": "numeric", "person": "uuid", "account": "uuid", "yes_no": "boolean"}.get(
            kind, "text"
        )
        if operator == "in":
            return f"{text} = ANY({self._add([_sent(each) for each in value])}::{cast}[])"
        if operator == "between":
            low, high = (f"{self._add(_sent(each))}::{cast}" for each in value)
            return f"{text} BETWEEN {low} AND {high}"
        sign = {"is": "=", "less_than": "<", "at_most": "<=", "more_than": ">", "at_least": ">="}[operator]
        return f"{text} {sign} {self._add(_sent(value))}::{cast}"

    def _days(self, text: str, operator: str, value: Any, *, as_text: bool) -> str:
        """A day inside [low, high], either end may be missing."""
        low, high = days_meant(operator, value, self.today)
        tests = [
            f"{text} {sign} "
            + (f'{self._add(day.isoformat())}::text COLLATE "C"' if as_text else f"{self._add(day)}::date")
            for sign, day in ((">=", low), ("<=", high))
            if day is not None
        ]
        return "(" + " AND ".join(tests) + ")"

    def _counted(self, operator: str, value: Any, lookup: str) -> str:
        """A count that is 0 where the lookup has no row."""
        bare = OPPOSITE.get(operator, operator)
        test = self._test("d.value", "count", bare, value)
        if bare != operator:
            test = f"NOT ({test})"
        if _zero_meets(operator, value):
            return f"a.id NOT IN (SELECT d.account_id FROM ({lookup}) d WHERE NOT ({test}))"
        return f"a.id IN (SELECT d.account_id FROM ({lookup}) d WHERE {test})"

    def _looked_up_yes(self, condition: Condition, lookup: str) -> str:
        """A row says yes, no row says no: it is always known."""
        if condition.operator in ("known", "unknown"):
            return "true" if condition.operator == "known" else "false"
        inside = "IN" if condition.value else "NOT IN"
        return f"a.id {inside} (SELECT d.account_id FROM ({lookup}) d)"

    def _below(self, operator: str, value: Any) -> str:
        if operator == "known":
            return "(a.parent_id IS NOT NULL)"
        return BELOW.format(ids=self._add(list(value) if isinstance(value, tuple) else [value]))

    def _performed(self, term: Performed) -> str:
        if term.times <= 0:
            return "true" if term.operator == "at_least" else "false"
        inside = "IN" if term.operator == "at_least" else "NOT IN"
        since, times = self._add(self.today - timedelta(days=term.days)), self._add(_sent(term.times))
        return (
            f"a.id {inside} ({self._usage(term.metric)} AND u.day > {since}::date"
            f" GROUP BY u.account_id HAVING sum(u.value) >= {times}::numeric)"
        )

    def _last_performed(self, term: LastPerformed) -> str:
        since = self._add(self.today - timedelta(days=term.days))
        sign = ">" if term.operator == "in_last_days" else "<="
        return (
            f"a.id IN ({self._usage(term.metric)} AND u.value > 0"
            f" GROUP BY u.account_id HAVING max(u.day) {sign} {since}::date)"
        )

    def _trend(self, term: Trend) -> str:
        middle, start = (self._add(self.today - timedelta(days=term.days * turns)) for turns in (1, 2))
        percent = _sent(term.percent)
        share = self._add(100 + percent if term.operator == "rose_by" else 100 - percent)
        now = f"coalesce(sum(u.value) FILTER (WHERE u.day > {middle}::date), 0)"
        before = f"sum(u.value) FILTER (WHERE u.day <= {middle}::date)"
        sign = ">=" if term.operator == "rose_by" else "<="
        return (
            f"a.id IN ({self._usage(term.metric)} AND u.day > {start}::date GROUP BY u.account_id"
            f" HAVING {before} > 0 AND {now} * 100 {sign} {before} * {share}::numeric)"
        )

    def _usage(self, metric: str) -> str:
        return _USAGE.format(metric=self._add(metric))

    def _add(self, value: Any) -> str:
        name = f"{self._prefix}_{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"


def days_meant(operator: str, value: Any, today: date) -> tuple[date | None, date | None]:
    """The first and the last day that an operator means on `today`; None where it has no end."""
    one = timedelta(days=1)
    if operator == "between":
        return value[0], value[1]
    if operator in ("is", "before", "after"):
        return {"is": (value, value), "before": (None, _moved(value, -one)), "after": (_moved(value, one), None)}[
            operator
        ]
    far = timedelta(days=value)
    return {
        "in_last_days": (today - far, today),
        "in_next_days": (today, today + far),
        "more_than_days_ago": (None, today - far - one),
        "more_than_days_ahead": (today + far + one, None),
    }[operator]


def _moved(day: date, by: timedelta) -> date:
    """Another day, inside the calendar."""
    try:
        return day + by
    except OverflowError:
        return day


def _zero_meets(operator: str, value: Any) -> bool:
    if operator == "between":
        return bool(value[0] <= 0 <= value[1])
    return bool(
        {
            "is": value == 0,
            "is_not": value != 0,
            "less_than": value > 0,
            "at_most": value >= 0,
            "more_than": value < 0,
            "at_least": value <= 0,
        }[operator]
    )


def _sent(value: Any) -> Any:
    """Numbers go as exact decimals."""
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
