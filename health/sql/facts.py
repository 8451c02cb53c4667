"""Compiles measures to SQL: one grouped scan for each table they read, one expression for each raw value.

Windows are whole days in UTC before the day of `as_of`, half open; a fact counts if it occurred by then and was recorded by `as_of`.
To add a source, write its function here and its row in health.engine.sources.
"""
# ruff: noqa: S608  # numbers are written as literals of our own making, texts only as parameters

from collections.abc import Callable
from dataclasses import dataclass, field

from health.engine.definition import Definition, Measure
from health.engine.sentiment import LONGEST_DAYS, MIDDLE, VALUES
from health.engine.transforms import Choice
from health.sql.tables import INTERACTIONS, INVOICES, KEY_PEOPLE, narrowed
from health.sql.whom import Whom
from health.sql.writing import Parameters, double, listed

CURRENT_LOOKBACK = 180  # own best usage
DAYS_A_MONTH = 30.4375
NUMBER = r"^\s*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?\s*$"
UNRESOLVED = "(resolved_at > %(as_of)s or resolved_at is null and status <> 'resolved')"
FEWEST_ORDERS = 3  # two gaps; one says nothing about a rhythm
OUTSIDE = "direction <> 'internal'"  # notes to ourselves are no contact


@dataclass
class Scan:
    """One table read once: the sums asked of it, and how far back it has to look (0: over everything)."""

    table: str
    when: str = ""
    moment: bool = False  # `when` is a moment, not a day; without `when` every row of the table counts
    back: int = 0
    unbounded: bool = False
    sums: list[str] = field(default_factory=list)

    def ask(self, expression: str, *, back: int | None) -> str:
        """The name of the column that holds this sum. `back` in days before today; None looks at everything."""
        if back is None:
            self.unbounded = True
        self.back = max(self.back, back or 0)
        if expression not in self.sums:
            self.sums.append(expression)
        return f"s{self.sums.index(expression)}"


@dataclass
class Facts:
    """What a definition has to read. `raw` holds one expression for each measure, in order."""

    parameters: Parameters
    scans: dict[str, Scan]
    raw: list[str]


def facts_of(definition: Definition) -> Facts:
    """Which tables are scanned, for which sums, and the raw value of each measure as double precision."""
    parameters = Parameters()
    scans = {
        "usage": Scan("accounts_usagedaily", "day"),
        "survey": Scan("accounts_surveyresponse", "occurred_at", moment=True),
        "engagement": Scan(INTERACTIONS, "occurred_at", moment=True),
        "ticket": Scan("accounts_ticket", "opened_at", moment=True),
        "invoice": Scan(INVOICES, "due_on"),
        "people": Scan(KEY_PEOPLE),
        "sentiment": Scan("health_accountsentiment", "said_at", moment=True),
        "purchase": Scan("accounts_order", "ordered_on"),
        "stage": Scan("accounts_stagechange", "occurred_at", moment=True),
        "contract": Scan("accounts_contract", "starts_on"),
        "revenue": Scan("accounts_revenuemovement", "occurred_on"),
    }
    compiler = _Compiler(parameters, scans)
    raw = [compiler.raw(measure) for measure in definition.measures]
    return Facts(parameters, {name: scan for name, scan in scans.items() if scan.sums}, raw)


def scan_sql(name: str, scan: Scan, *, whom: Whom, assigned: bool = False) -> str:
    """The grouped scan of one table as a named part of the statement; `assigned` reads the facts of these accounts only."""
    where = ["recorded_at <= %(as_of)s"]
    if scan.when:
        where.append(f"{scan.when} <= %(as_of)s" if scan.moment else f"{scan.when} < %(today)s::date + 1")
    if scan.when and not scan.unbounded:
        start = f"%(today)s::date - {scan.back:d}"
        where.append(f"{scan.when} >= " + (f"({start})::timestamp at time zone 'utc'" if scan.moment else start))
    if whom is not Whom.ALL:
        where.append(whom.condition("account_id"))
    if assigned:
        where.append("account_id in (select account_id from assigned)")
    sums = listed(f"{expression} as s{index}" for index, expression in enumerate(scan.sums))
    table = narrowed(scan.table, whom, where)
    return f"{name} as materialized (select account_id, {sums} from {table} where {' and '.join(where)} group by account_id)"


class _Compiler:
    """One method for each source; the method is named after it."""

    def __init__(self, parameters: Parameters, scans: dict[str, Scan]) -> None:
        self._write = parameters
        self._scans = scans

    def raw(self, measure: Measure) -> str:
        source: Callable[[Measure], str] = getattr(self, f"_{measure.kind}")
        return source(measure)

    def _usage_trend(self, measure: Measure) -> str:
        window = measure.window
        now = self._usage(measure, "sum(value)", -window, 0)
        before = self._usage(measure, "sum(value)", -2 * window, -window)
        return _change(now, before)

    def _usage_breadth(self, measure: Measure) -> str:
        users = self._usage(measure, "max(active_users)", -measure.window, 0)
        best = self._usage(measure, "max(active_users)", -max(CURRENT_LOOKBACK, measure.window), 0)
        base = self._number(measure.seats) if measure.seats else f"{best}::float8"
        return f"case when {best} is not null then coalesce({users}, 0)::float8 / nullif({base}, 0) end"

    def _usage_recency(self, measure: Measure) -> str:
        last = self._usage(measure, "max(day)", -measure.window, 1, where="value > 0")
        return f"(%(today)s::date - {last})::float8"

    def _usage_level(self, measure: Measure) -> str:
        total = self._usage(measure, "sum(value)", -measure.window, 0)
        highest = self._usage(measure, "max(value)", -measure.window, 0)
        pairs = "array[day - date '2000-01-01', value]::float8[]"
        latest = f"({self._usage(measure, f'max({pairs})', -measure.window, 0)})[2]"
        adds = f"(select aggregation from accounts_metricdefinition where key = {self._write.text(measure.metric)})"
        return f"case {adds} when 'max' then {highest}::float8 when 'last' then {latest} else {total}::float8 end"

    def _usage_depth(self, measure: Measure) -> str:
        people = self._usage(measure, "sum(active_users)", -measure.window, 0)
        done = self._usage(measure, "sum(value)", -measure.window, 0, where="active_users is not null")
        return f"{done}::float8 / nullif({people}, 0)::float8"

    def _survey_nps(self, measure: Measure) -> str:
        return self._latest_answer(measure, "nps")

    def _survey_csat(self, measure: Measure) -> str:
        return self._latest_answer(measure, "csat")

    def _survey_ces(self, measure: Measure) -> str:
        return self._latest_answer(measure, "ces")

    def _engagement_recency(self, measure: Measure) -> str:
        last = self._sum("engagement", f"max(occurred_at) filter (where {OUTSIDE})", back=measure.window)
        return f"(%(today)s::date - ({last} at time zone 'utc')::date)::float8"

    def _engagement_touches(self, measure: Measure) -> str:
        inside = f"occurred_at >= {self._moment(-measure.window)}"
        return (
            self._sum("engagement", f"count(*) filter (where {OUTSIDE} and {inside})", back=max(365, measure.window))
            + "::float8"
        )

    def _proactive_share(self, measure: Measure) -> str:
        inside = f"occurred_at >= {self._moment(-measure.window)}"
        ours = self._sum(
            "engagement", f"sum(minutes) filter (where mode = 'proactive' and {inside})", back=measure.window
        )
        every = self._sum("engagement", f"sum(minutes) filter (where {inside})", back=measure.window)
        return f"coalesce({ours}, 0)::float8 / nullif({every}, 0)::float8"

    def _tickets_open(self, _measure: Measure) -> str:
        return self._tickets(f"count(*) filter (where {UNRESOLVED})", back=None)

    def _tickets_urgent(self, _measure: Measure) -> str:
        return self._tickets(f"count(*) filter (where priority = 'urgent' and {UNRESOLVED})", back=None)

    def _tickets_reopened(self, measure: Measure) -> str:
        inside = f"opened_at >= {self._moment(-measure.window)}"
        return self._tickets(f"sum(reopened_count) filter (where {inside})", back=measure.window)

    def _tickets_reply_hours(self, measure: Measure) -> str:
        inside = f"opened_at >= {self._moment(-measure.window)} and first_replied_at <= %(as_of)s"
        seconds = "extract(epoch from first_replied_at - opened_at)"
        return self._sum("ticket", f"avg({seconds}) filter (where {inside})", back=measure.window) + "::float8 / 3600"

    def _tickets_satisfaction(self, measure: Measure) -> str:
        inside = f"opened_at >= {self._moment(-measure.window)} and (resolved_at is null or resolved_at <= %(as_of)s)"
        return self._sum("ticket", f"avg(satisfaction) filter (where {inside})", back=measure.window) + "::float8"

    def _billing_overdue_share(self, measure: Measure) -> str:
        inside = f"due_on >= {self._write.day(-measure.window)} and due_on < %(today)s::date"
        owed = self._sum("invoice", f"sum(greatest(amount - paid, 0)) filter (where {inside})", back=measure.window)
        billed = self._sum("invoice", f"sum(amount) filter (where {inside})", back=measure.window)
        # amounts of two currencies cannot be added
        first = self._sum("invoice", f"min(currency) filter (where {inside})", back=measure.window)
        last = self._sum("invoice", f"max(currency) filter (where {inside})", back=measure.window)
        return f"case when {first} = {last} then {owed}::float8 / nullif({billed}, 0)::float8 end"

    def _billing_days_late(self, measure: Measure) -> str:
        inside = f"due_on >= {self._write.day(-measure.window)} and due_on < %(today)s::date"
        until = "case when paid >= amount then last_paid_on else %(today)s::date end"
        late = f"max(greatest({until} - due_on, 0)) filter (where {inside})"
        return self._sum("invoice", late, back=measure.window) + "::float8"

    def _people_left(self, measure: Measure) -> str:
        inside = f"left_on >= {self._write.day(-measure.window)} and left_on <= %(today)s::date"
        return self._sum("people", f"count(distinct contact_id) filter (where {inside})", back=None) + "::float8"

    def _sentiment(self, _measure: Measure) -> str:
        """The latest word, nearer to the middle the less it counts, as health.engine.sentiment has it."""
        said_on = "(said_at at time zone 'utc')::date"
        whens = " ".join(f"when '{level}' then {value}" for level, value in VALUES.items())
        word = f"array[extract(epoch from said_at), case level {whens} end, fades_on - date '2000-01-01', fades_on - {said_on}]::float8[]"
        latest = f"({self._sum('sentiment', f'max({word})', back=LONGEST_DAYS)})"
        left = f"({latest}[3] - (%(today)s::date - date '2000-01-01'))"
        return f"case when {left} > 0 then {MIDDLE} + ({latest}[2] - {MIDDLE}) * ({left} / {latest}[4]) end"

    def _order_pace(self, measure: Measure) -> str:
        inside = f"status = 'placed' and ordered_on >= {self._write.day(-measure.window)}"
        first = self._sum("purchase", f"min(ordered_on) filter (where {inside})", back=measure.window)
        last = self._sum("purchase", f"max(ordered_on) filter (where {inside})", back=measure.window)
        days = self._sum("purchase", f"count(distinct ordered_on) filter (where {inside})", back=measure.window)
        gap = f"(({last} - {first})::float8 / ({days} - 1))"
        return f"case when {days} >= {FEWEST_ORDERS} then (%(today)s::date - {last})::float8 / {gap} end"

    def _stage_days(self, _measure: Measure) -> str:
        since = self._sum("stage", "max(occurred_at)", back=None)
        return f"(%(today)s::date - ({since} at time zone 'utc')::date)::float8"

    def _notice_days(self, _measure: Measure) -> str:
        ahead = "ends_on - notice_days >= %(today)s::date"
        due = self._sum("contract", f"min(ends_on - notice_days) filter (where {ahead})", back=None)
        return f"({due} - %(today)s::date)::float8"

    def _renewal_days(self, _measure: Measure) -> str:
        due = self._sum("contract", "min(ends_on) filter (where ends_on > %(today)s::date)", back=None)
        return f"({due} - %(today)s::date)::float8"

    def _contract_term(self, _measure: Measure) -> str:
        running = "ends_on is null or ends_on > %(today)s::date"
        months = f"coalesce(term_months, round((ends_on - starts_on) / {DAYS_A_MONTH})::int, 1)"
        return self._sum("contract", f"max({months}) filter (where {running})", back=None) + "::float8"

    def _tenure_months(self, _measure: Measure) -> str:
        days = "case when a.customer_since_on is not null then greatest(%(today)s::date - a.customer_since_on, 0) end"
        return f"({days})::float8 / {double(DAYS_A_MONTH)}"

    def _arr(self, _measure: Measure) -> str:
        return self._sum("revenue", "sum(amount)", back=None) + "::float8"

    def _arr_trend(self, measure: Measure) -> str:
        then = f"occurred_on <= {self._write.day(-measure.window)}"
        before = self._sum("revenue", f"sum(amount) filter (where {then})", back=None)
        return _change(self._sum("revenue", "sum(amount)", back=None), before)

    def _attribute(self, measure: Measure) -> str:
        if isinstance(measure.transform, Choice):
            value = f"a.attributes ->> {self._write.text(measure.subject)}"
            whens = (
                f"when {self._write.text(text)} then {double(index)}"
                for index, (text, _) in enumerate(measure.transform.choices)
            )
            return f"case {value} {' '.join(whens)} end"
        return self._number(measure.subject)

    def _usage(self, measure: Measure, aggregate: str, start: int, end: int, *, where: str = "") -> str:
        """A sum over the days [start, end) counted from today."""
        conditions = [f"day >= {self._write.day(start)}"]
        conditions += [f"day < {self._write.day(end)}"] if end < 1 else []  # no scan reads the days after today
        conditions += [f"metric_id = {self._write.text(measure.metric)}"] if measure.metric else []
        conditions += [where] if where else []
        return self._sum("usage", f"{aggregate} filter (where {' and '.join(conditions)})", back=-start)

    def _latest_answer(self, measure: Measure, kind: str) -> str:
        inside = f"kind = '{kind}' and occurred_at >= {self._moment(-measure.window)}"
        pair = "array[extract(epoch from occurred_at)::float8, score::float8]"
        return f"({self._sum('survey', f'max({pair}) filter (where {inside})', back=measure.window)})[2]"

    def _tickets(self, expression: str, *, back: int | None) -> str:
        """A count of tickets: none is 0 where the tenant's help desk is known to us, and unknown where it is not."""
        known = "exists (select from accounts_ticket where opened_at <= %(as_of)s and recorded_at <= %(as_of)s)"
        return f"case when {known} then coalesce({self._sum('ticket', expression, back=back)}, 0)::float8 end"

    def _number(self, key: str) -> str:
        """A further field as a number; yes is 1, no is 0, anything else unknown."""
        name = self._write.text(key)
        text = f"(a.attributes ->> {name})"
        number = f"least(greatest({text}::numeric, -1e15), 1e15)::float8"
        return (
            f"case when {text} is null then null when {text} ~ {self._write.text(NUMBER)} then {number}"
            f" when lower({text}) in ('yes', 'true', 'y', 't', 'on') then float8 '1'"
            f" when lower({text}) in ('no', 'false', 'n', 'f', 'off') then float8 '0' end"
        )

    def _moment(self, offset: int) -> str:
        return f"({self._write.day(offset)}::timestamp at time zone 'utc')"

    def _sum(self, scan: str, expression: str, *, back: int | None) -> str:
        return f"{scan}.{self._scans[scan].ask(expression, back=back)}"


def _change(now: str, before: str) -> str:
    """Relative change; unknown where there was nothing before. Subtracted first: 5% less is -0.05 to the last digit, as people write it."""
    return f"case when {before} > 0 then (coalesce({now}, 0) - {before})::float8 / {before}::float8 end"
