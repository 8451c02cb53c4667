"""Tells the planner what large writes changed, as the owner: the application's role may not analyze tables, and autovacuum comes later."""

from cshub.tenancy.names import quoted
from cshub.tenancy.owner import owner_rights

LEAST = 1_000  # rows; with a tenth of the table, as autovacuum would have it
STALE = """
SELECT relname FROM pg_stat_user_tables
WHERE schemaname = %(schema)s AND n_mod_since_analyze > %(least)s + n_live_tup / 10 ORDER BY relname
"""


def refresh_statistics(schema: str) -> list[str]:
    """Analyze the tables of a schema of which much was written since they were analyzed; their names. As the owner, outside of atomic().

    What a session wrote is counted ten seconds after it committed at the latest.
    """
    with owner_rights() as owner, owner.cursor() as cursor:
        cursor.execute(STALE, {"schema": schema, "least": LEAST})
        stale = [name for (name,) in cursor.fetchall()]
        for name in stale:
            cursor.execute(f"ANALYZE {quoted(schema)}.{quoted(name)}")
    return stale
