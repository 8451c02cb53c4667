"""What rows hold under the keys of further fields. Keys and values are parameters, tables come from the list below."""

from collections.abc import Sequence

from cshub.db import sql

_TABLES = {"account": "accounts_account", "contact": "accounts_contact", "contract": "accounts_contract"}
_FITS = {
    "text": "jsonb_typeof(value) = 'string'",
    "number": "jsonb_typeof(value) = 'number'",
    "date": r"jsonb_typeof(value) = 'string' AND value #>> '{}' ~ '^\d{4}-\d{2}-\d{2}$'",
    "yes_no": "jsonb_typeof(value) = 'boolean'",
    "choice": "jsonb_typeof(value) = 'string' AND value #>> '{}' = ANY(%(choices)s::text[])",
}
FIELDS = """
    SELECT id, subject, key, label, kind, choices, version, archived_at, recorded_at, updated_at
    FROM accounts_customfield WHERE subject = %(subject)s AND (%(with_archived)s OR archived_at IS NULL) ORDER BY label, id
"""
_MISFITS = """
    SELECT count(*), coalesce(min(value #>> '{{}}'), '')
    FROM (SELECT attributes -> %(key)s AS value FROM {table} WHERE attributes ? %(key)s) held WHERE NOT ({fits})
"""
# What came in with files and nobody gave a field yet: read from a sample, so that a page does not wait for a million rows.
_UNNAMED = """
    SELECT held.key, count(*), bool_and(jsonb_typeof(held.value) = 'number'), bool_and(jsonb_typeof(held.value) = 'boolean')
    FROM (SELECT attributes FROM {table} WHERE attributes <> '{{}}'::jsonb LIMIT %(sample)s) row, jsonb_each(row.attributes) held
    WHERE NOT EXISTS (SELECT FROM accounts_customfield field WHERE field.subject = %(subject)s AND field.key = held.key)
    GROUP BY held.key ORDER BY 2 DESC, 1 LIMIT 50
"""


def misfits(subject: str, key: str, kind: str, choices: Sequence[str]) -> tuple[int, str]:
    """How many rows hold something under the key that the kind does not allow, and one of it. One scan of the table."""
    statement = _MISFITS.format(table=_TABLES[subject], fits=_FITS[kind])
    count, example = sql.rows(statement, {"key": key, "choices": list(choices)})[0]
    return int(count), str(example)


def unnamed(subject: str, *, sample: int) -> list[tuple[str, int, bool, bool]]:
    """Keys without a field among the first rows that hold any: key, how often, all numbers, all yes or no. One query."""
    return sql.rows(_UNNAMED.format(table=_TABLES[subject]), {"subject": subject, "sample": sample})
