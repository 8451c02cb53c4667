"""Makes the months of partitioned tables ahead of time, as the owner: the application's role cannot create tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db import connection

from cshub.tenancy.grants import grant
from cshub.tenancy.names import quoted
from cshub.tenancy.owner import owner_rights

# One statement for any number of schemas and months. Rows that had to wait in the default partition move into their month.
MONTHS = """
DO $do$
DECLARE
    s text; m date; month_table text;
BEGIN
    FOREACH s IN ARRAY %(schemas)s::text[] LOOP
        FOREACH m IN ARRAY %(months)s::date[] LOOP
            month_table := %(table)s::text || to_char(m, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('%%I.%%I', s, month_table)) IS NOT NULL;
            EXECUTE format('CREATE TABLE %%I.%%I (LIKE %%I.%%I INCLUDING ALL)', s, month_table, s, %(table)s);
            EXECUTE format('WITH moved AS (DELETE FROM %%I.%%I WHERE %%I >= %%L AND %%I < %%L RETURNING *) INSERT INTO %%I.%%I SELECT * FROM moved',
                s, %(table)s || '_default', %(by)s, m::timestamp AT TIME ZONE 'utc', %(by)s, (m + interval '1 month')::timestamp AT TIME ZONE 'utc',
                s, month_table);
            EXECUTE format('ALTER TABLE %%I.%%I ATTACH PARTITION %%I.%%I FOR VALUES FROM (%%L) TO (%%L)',
                s, %(table)s, s, month_table, m::timestamp AT TIME ZONE 'utc', (m + interval '1 month')::timestamp AT TIME ZONE 'utc');
        END LOOP;
    END LOOP;
END $do$
"""


PARTITIONS = """
SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = to_regclass(%(table)s) AND child.relname ~ %(pattern)s
"""


def ensure_months(
    schemas: Iterable[str], *, table: str, by: str, as_of: datetime, ahead: int = 3, since: date | None = None
) -> list[str]:
    """Make the monthly partitions of `table` (ranges of its timestamp `by`, in UTC) from `since` or this month to `ahead` months later.

    Safe to repeat; the names of the months. The table has a default partition named <table>_default, whose rows move to their month.
    Outside of atomic(): it works as the owner. Raises psycopg's UndefinedTable when a schema has no such table.
    """
    named = list(schemas)
    months = _months(min(since or as_of.date(), as_of.astimezone(UTC).date()), as_of.astimezone(UTC).date(), ahead)
    with owner_rights() as owner, owner.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute(MONTHS, {"schemas": named, "months": months, "table": table, "by": by})
        grant(named)
    return [f"{table}_{month:%Y_%m}" for month in months]


def drop_months(schema: str, *, table: str, before: date) -> list[str]:
    """Drop the monthly partitions of `table` that end by the first day of `before`'s month; their names. As the owner, outside of atomic()."""
    oldest = f"{table}_{before:%Y_%m}"
    with owner_rights() as owner, owner.cursor() as cursor:
        cursor.execute(
            PARTITIONS, {"table": f"{quoted(schema)}.{quoted(table)}", "pattern": f"^{table}_[0-9]{{4}}_[0-9]{{2}}$"}
        )
        gone = sorted(name for (name,) in cursor.fetchall() if name < oldest)
        cursor.execute("SET lock_timeout = '5s'")
        for name in gone:
            cursor.execute(f"DROP TABLE {quoted(schema)}.{quoted(name)}")
    return gone


def months_missing(schema: str, *, table: str, as_of: datetime) -> bool:
    """Does a row written at `as_of` fall into the default partition? Asked as the application."""
    with connection.cursor() as cursor:
        name = f"{quoted(schema)}.{table}_{as_of.astimezone(UTC):%Y_%m}"
        cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
        return bool(cursor.fetchone()[0])


def _months(first: date, today: date, ahead: int) -> list[date]:
    last = today.year * 12 + today.month - 1 + ahead
    return [date(n // 12, n % 12 + 1, 1) for n in range(first.year * 12 + first.month - 1, last + 1)]
