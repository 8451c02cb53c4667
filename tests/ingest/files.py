"""Uploads text as files, for tests of the import."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

from accounts.ingest import services

if TYPE_CHECKING:
    from accounts.ingest.models import ImportBatch

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ORDERS = (
    "order id,customer,order date,sku,product name,qty,price,amount,currency\n"
    "o1,a,2026-01-05,P-1,Paper,10,2.50,,EUR\n"
    "o1,a,2026-01-05,P-2,Ink,1,,19.99,EUR\n"
    "o2,a,2026-02-05,P-1,Paper,4,,10,EUR\n"
)
INVOICES = (
    "invoice number,customer,invoice date,due date,total,currency,paid on,paid amount\n"
    "i1,a,2026-01-01,2026-01-31,1200.50,EUR,2026-02-02,\n"
    "i2,a,2026-02-01,2026-03-01,100,EUR,,\n"
    "i3,a,2026-03-01,,-20,EUR,2026-03-05,-20\n"
)


def upload(
    text: str | bytes,
    *,
    kind: str = "accounts",
    encoding: str = "utf-8",
    name: str = "file.csv",
    as_of: datetime = MORNING,
) -> ImportBatch:
    """A batch of this text, columns matched by their names."""
    content = text if isinstance(text, bytes) else text.encode(encoding)
    return services.store_upload(kind=kind, name=name, content=BytesIO(content), by=None, as_of=as_of)


def check(text: str | bytes, as_of: datetime = MORNING, **options: str) -> ImportBatch:
    """A batch of this text, checked."""
    return services.check_batch(upload(text, as_of=as_of, **options), by=None, as_of=as_of)


def bring_in(text: str | bytes, as_of: datetime = MORNING, **options: str) -> ImportBatch:
    """A batch of this text, imported."""
    return services.import_batch(upload(text, as_of=as_of, **options), by=None, as_of=as_of)


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    """Added, updated, unchanged, rejected."""
    return batch.added_count, batch.updated_count, batch.unchanged_count, batch.rejected_count


def problems(batch: ImportBatch) -> list[tuple[int, str, str, str]]:
    """Row, column, value and problem of each rejected row."""
    return list(batch.rejected_rows.order_by("row_number").values_list("row_number", "column", "value", "problem"))
