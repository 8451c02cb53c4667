"""Files of usage: a metric's value for an account and a day."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds.kind import AtField, Fault, KindOfFile, Outcome, Turn
from accounts.ingest.reading import fields
from accounts.ingest.reading.fields import Field
from accounts.ingest.sql import usage as statements
from accounts.ingest.sql.staging import staged, verdicts
from accounts.ingest.sql.traces import Trace, traced

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = (
    Field("account", _("Account (external ID)"), fields.KEY, needed=True, longest=200, synonyms=("account id", "external id", "account external id", "customer", "customer id", "id", "klient")),
    Field("metric", _("Metric"), fields.KEY, needed=True, longest=80, synonyms=("event", "measure", "feature", "metryka")),
    Field("day", _("Day"), fields.DATE, needed=True, synonyms=("date", "on", "data", "dzień", "дата")),
    Field("value", _("Value"), fields.NUMBER, needed=True, synonyms=("count", "events", "amount", "wartość")),
    Field("active_users", _("Active users"), fields.WHOLE, longest=2_000_000_000, synonyms=("users", "active", "distinct users")),
)  # fmt: skip
TRACES = (
    Trace("accounts_usagedaily", statements.DAYS, ("value", "active_users"), {"account_id": "uuid", "metric_id": "text", "day": "date"}),
)  # fmt: skip
LARGEST = Decimal(10) ** 14
PLACES = Decimal("0.0001")


def finish(values: dict[str, Any]) -> tuple[Any, ...]:
    """The line for staging, in the order of its columns after the row's number."""
    value = values["value"]
    if abs(value) >= LARGEST:
        raise AtField("value", "too_long", _("The value has more than 14 digits before the decimals. Check it."))
    name = values["metric"]
    key = slugify(name)[:80] or slugify(name, allow_unicode=True)[:80]
    if not key:
        raise AtField("metric", "no_metric", _("A metric's name needs letters or digits. Correct it."))
    return (
        values["account"],
        key,
        name,
        values["day"],
        value.quantize(PLACES, rounding=ROUND_HALF_UP),
        values.get("active_users"),
    )


def write(lines: Sequence[tuple[Any, ...]], turn: Turn) -> Outcome:
    """Compare with what is there; unless dry, define new metrics and write the days that differ or are missing."""
    with staged(statements.COLUMNS, lines, statements.PLAN, {}, tables=statements.TABLES):
        counts = verdicts()
        faults = [
            Fault(row, "account", "unknown_account", _unknown(account))
            for row, account in statements.unknown_accounts()
        ]
        new = statements.new_metrics()
        if not turn.is_dry:
            with traced(TRACES, batch_id=turn.batch_id):
                statements.write(
                    {"keys": [key for key, _name in new], "names": [name for _key, name in new], "as_of": turn.as_of}
                )
    return Outcome(
        counts.get("added", 0), counts.get("updated", 0), counts.get("unchanged", 0), faults, tuple(key for key, _name in new)
    )  # fmt: skip


def _unknown(account: str) -> object:
    return _("There is no account with the external ID “%(account)s”. Import the account first.") % {"account": account}


USAGE = KindOfFile("usage", FIELDS, ("account", "metric", "day"), finish, write, traces=TRACES)
