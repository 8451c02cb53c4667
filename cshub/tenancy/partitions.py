"""Makes the coming months' partitions of every tenant's monthly tables, ahead of the rows."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection, transaction

from cshub.tenancy.names import TEMPLATE, quoted
from cshub.tenancy.owner import owner_rights
from cshub.tenancy.services import each_tenant

MONTHLY = """
SELECT n.nspname, c.relname, a.attname, array_agg(p.relname) FILTER (WHERE p.relname IS NOT NULL)
FROM pg_partitioned_table t
JOIN pg_class c ON c.oid = t.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = t.partattrs[0]
LEFT JOIN pg_inherits i ON i.inhparent = c.oid LEFT JOIN pg_class p ON p.oid = i.inhrelid
WHERE t.partstrat = 'r' AND t.partnatts = 1 AND NOT c.relispartition
  AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype) AND n.nspname = ANY (%s)
GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


def make_months(*, as_of: date, ahead: int = 3) -> int:
    """Make the partitions of this month and of `ahead` more, in the template and in every tenant; how many were missing.

    A monthly table is one that is partitioned by range over a date or a timestamp. Rows that came before their partition stand in the
    default one and stay there: their month is left out. As the owner, one transaction per tenant. Safe to repeat.
    """
    schemas = [TEMPLATE, *(tenant.schema_name for tenant in each_tenant())]
    made = 0
    with owner_rights():
        with connection.cursor() as cursor:
            cursor.execute(MONTHLY, [schemas])
            tables = cursor.fetchall()
        for schema, table, key, partitions in tables:
            with transaction.atomic():
                missing = [
                    month for month in _months(as_of, ahead + 1) if _name(table, month) not in (partitions or [])
                ]
                made += sum(_make(schema, table, key, month) for month in missing)
    return made


def _make(schema: str, table: str, key: str, first: date) -> bool:
    """Make one month, unless rows of it stand in the default partition already."""
    bounds = [f"{month:%Y-%m-%d} 00:00+00" for month in (first, _following(first))]
    parent, name = f"{quoted(schema)}.{quoted(table)}", f"{quoted(schema)}.{quoted(_name(table, first))}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {parent} WHERE {quoted(key)} >= %s AND {quoted(key)} < %s)", bounds)  # noqa: S608
        if cursor.fetchone()[0]:
            return False
        cursor.execute(f"CREATE TABLE {name} PARTITION OF {parent} FOR VALUES FROM (%s) TO (%s)", bounds)
    return True


def _name(table: str, month: date) -> str:
    return f"{table}_{month:%Y_%m}"


def _months(first: date, count: int) -> Iterator[date]:
    month = first.replace(day=1)
    for _number in range(count):
        yield month
        month = _following(month)


def _following(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
