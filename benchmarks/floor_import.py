"""An import written by hand for one file: each row judged in Python, COPY into a typed table, one upsert."""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

_UPSERT = """
    insert into by_hand (external_id, name, segment, industry, region, customer_since_on, recorded_at, updated_at)
    select external_id, name, segment, industry, region, customer_since_on, %(as_of)s, %(as_of)s from given
    on conflict (external_id) do update
    set (name, segment, industry, region, customer_since_on, updated_at)
      = (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on, excluded.updated_at)
    where (by_hand.name, by_hand.segment, by_hand.industry, by_hand.region, by_hand.customer_since_on)
      is distinct from (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on)
"""


def import_by_hand(owner: psycopg.Connection[Any], path: Path, *, as_of: datetime) -> int:
    """Rows written. A row with a wrong date or without a key raises."""
    days: dict[str, date] = {}
    with path.open(newline="") as file, owner.transaction(), owner.cursor() as cursor:
        cursor.execute(
            "create temp table given (external_id text, name text, segment text, industry text, region text, customer_since_on date) on commit drop"
        )
        rows = csv.reader(file)
        next(rows)
        with cursor.copy("copy given from stdin") as copy:
            for key, name, segment, industry, region, since in rows:
                if not key or len(key) > 200 or len(name) > 300:
                    raise ValueError(key)
                if since not in days:
                    days[since] = date.fromisoformat(since)
                copy.write_row((key, name, segment, industry, region, days[since]))
        cursor.execute("analyze given")
        return cursor.execute(_UPSERT, {"as_of": as_of}).rowcount
