"""Sample files: for each kind its columns and one row, which belong together and can be imported as they are, accounts first."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from accounts.ingest.kinds import KINDS

ROWS: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "external_id": "A-1001", "name": "Northwind Traders", "domain": "northwind.example", "status": "active", "stage": "adoption",
        "segment": "Mid-market", "industry": "Retail", "region": "Nordics", "timezone": "Europe/Oslo", "language": "en",
        "customer_since_on": "2025-03-01", "annual_revenue": "12000.00", "currency": "EUR", "contract_term_months": "12",
    },
    "contacts": {
        "external_id": "P-1", "account": "A-1001", "name": "Marit Berg", "email": "marit@northwind.example", "phone": "+47 22 00 00 00",
        "title": "Head of Operations", "role": "champion", "language": "en", "timezone": "Europe/Oslo", "joined_on": "2025-03-01",
    },
    "contracts": {
        "external_id": "K-1", "account": "A-1001", "name": "Analytics", "starts_on": "2026-01-01", "term_months": "12", "currency": "EUR",
        "arr": "3600.00", "product": "Analytics", "auto_renews": "yes", "escalator_percent": "3", "notice_days": "90",
    },
    "orders": {
        "external_id": "O-1", "account": "A-1001", "ordered_on": "2026-02-03", "line": "1", "product": "SKU-7", "product_name": "Label rolls",
        "unit": "box", "quantity": "20", "unit_price": "14.50", "amount": "290.00", "currency": "EUR", "status": "placed",
    },
    "invoices": {
        "external_id": "I-1", "account": "A-1001", "issued_on": "2026-01-02", "due_on": "2026-02-01", "amount": "12000.00", "currency": "EUR",
        "paid_on": "2026-01-28", "paid_amount": "12000.00",
    },
    "usage": {"account": "A-1001", "metric": "reports_opened", "day": "2026-02-03", "value": "42", "active_users": "7"},
    "surveys": {
        "external_id": "S-1", "account": "A-1001", "contact": "marit@northwind.example", "kind": "nps", "score": "9",
        "verbatim": "Quick answers.", "occurred_at": "2026-02-03 09:30",
    },
    "tickets": {
        "external_id": "T-1", "account": "A-1001", "contact": "marit@northwind.example", "subject": "Export stops half way", "channel": "email",
        "status": "resolved", "priority": "normal", "opened_at": "2026-02-03 09:30", "first_replied_at": "2026-02-03 10:15",
        "resolved_at": "2026-02-04 16:00", "reopened_count": "0", "minutes": "45", "satisfaction": "5",
    },
    "interactions": {
        "external_id": "N-1", "account": "A-1001", "contact": "marit@northwind.example", "channel": "call", "direction": "outbound",
        "mode": "proactive", "minutes": "30", "subject": "Quarterly review", "body": "Wants to add a site in spring.",
        "occurred_at": "2026-02-05 13:00",
    },
}  # fmt: skip


def sample_file(kind: str) -> str:
    """A CSV of this kind: every column it knows, by the names that are matched by themselves, and one row."""
    written = io.StringIO()
    names = [field.name for field in KINDS[kind].fields]
    rows = csv.DictWriter(written, names, restval="", lineterminator="\r\n")
    rows.writeheader()
    rows.writerow(ROWS[kind])
    return written.getvalue()
