"""Every table of a report as CSV, with formulas defused."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from cshub.kernel.cells import defused

COLUMNS: dict[str, tuple[str, ...]] = {
    "waterfall": ("step", "cents", "total", "count"),
    "playbooks": (
        "playbook", "version", "trigger", "treated", "held_out", "renewed_treated", "renewed_held_out", "estimate", "low", "high",
        "verdict", "grade", "money_estimate_cents", "money_low_cents", "money_high_cents", "reasons", "data_hash",
    ),
    "work": ("quarter", "proactive_minutes", "reactive_minutes", "proactive_count", "reactive_count", "proactive_share"),
    "retention": ("name", "value"),
    "currencies": ("currency", "accounts", "at_start", "at_end", "start_cents"),
    "cost": ("category", "cents"),
    "entries": ("number", "claim", "kind", "account", "claimed_cents", "admitted_cents", "refused_for", "evidence_count", "support"),
}  # fmt: skip


def table_csv(numbers: dict[str, Any], table: str) -> str:
    """One table of the numbers as CSV with a header line. Raises KeyError for a table that does not exist."""
    columns = COLUMNS[table]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in _rows(numbers, table):
        writer.writerow([defused(row.get(column)) for column in columns])
    return out.getvalue()


def tables_of(numbers: dict[str, Any]) -> list[str]:
    """The names of the tables that these numbers have."""
    return [name for name in COLUMNS if name in numbers]


def _rows(numbers: dict[str, Any], table: str) -> Sequence[dict[str, Any]]:
    if table == "retention":
        return [{"name": name, "value": value} for name, value in sorted(numbers["retention"].items())]
    if table == "currencies":
        found = numbers.get("currencies", {"rates": [], "missing": []})
        return [*found["rates"], *found["missing"]]
    if table == "playbooks":
        return [_flat(row) for row in numbers["playbooks"]]
    rows: Sequence[dict[str, Any]] = numbers[table]
    return rows


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    money = {f"money_{key}": value for key, value in row["money"].items() if key.endswith("_cents")}
    return row | money | {"reasons": " ".join(row["reasons"])}
