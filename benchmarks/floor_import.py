"""Imports written by hand for one file each: each row judged in Python, COPY into a typed table, one statement for each table that is written.

The file without revenue goes into a table like that of accounts, without its foreign keys; the one with revenue into the tables of a tenant
themselves: accounts, contracts, lines, movements, revenue of accounts and renewals.
"""

import csv
from datetime import date, datetime
from decimal import Decimal
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


_ACCOUNTS = """
    insert into accounts_account as present (external_id, name, segment, industry, region, customer_since_on, recorded_at, updated_at)
    select external_id, name, segment, industry, region, since, %(as_of)s, %(as_of)s from given
    on conflict (external_id) do update
    set (name, segment, industry, region, customer_since_on, updated_at)
      = (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on, excluded.updated_at)
    where (present.name, present.segment, present.industry, present.region, present.customer_since_on)
      is distinct from (excluded.name, excluded.segment, excluded.industry, excluded.region, excluded.customer_since_on)
"""
_CONTRACTS = """
    insert into accounts_contract as present (external_id, account_id, starts_on, ends_on, term_months, currency, recorded_at, updated_at)
    select given.external_id || ':main', account.id, since, renewal, term, currency, %(as_of)s, %(as_of)s
    from given join accounts_account account using (external_id)
    on conflict (external_id) do update
    set (starts_on, ends_on, term_months, currency) = (excluded.starts_on, excluded.ends_on, excluded.term_months, excluded.currency)
    where (present.starts_on, present.ends_on, present.term_months, present.currency)
      is distinct from (excluded.starts_on, excluded.ends_on, excluded.term_months, excluded.currency)
"""
_LINES = """
    with line as (
        insert into accounts_contractline (external_id, contract_id, arr, recorded_at, updated_at)
        select contract.external_id || ':1', contract.id, given.arr, %(as_of)s, %(as_of)s
        from given join accounts_contract contract on contract.external_id = given.external_id || ':main'
        where not exists (select from accounts_contractline present where present.external_id = contract.external_id || ':1')
        returning id, contract_id, arr
    )
    insert into accounts_revenuemovement (account_id, line_id, occurred_on, recorded_at, kind, amount, currency)
    select contract.account_id, line.id, contract.starts_on, %(as_of)s, 'new', line.arr, contract.currency
    from line join accounts_contract contract on contract.id = line.contract_id
"""
_REVENUE = """
    insert into accounts_accountrevenue as present (account_id, arr, currency, next_renewal_on, updated_at)
    select account.id, given.arr, given.currency, given.renewal, %(as_of)s from given join accounts_account account using (external_id)
    on conflict (account_id) do update
    set (arr, currency, next_renewal_on) = (excluded.arr, excluded.currency, excluded.next_renewal_on)
    where (present.arr, present.currency, present.next_renewal_on) is distinct from (excluded.arr, excluded.currency, excluded.next_renewal_on)
"""
_RENEWALS = """
    insert into accounts_renewal as present (account_id, contract_id, due_on, notice_by, arr_due, currency, recorded_at)
    select contract.account_id, contract.id, given.renewal, given.renewal, given.arr, given.currency, %(as_of)s
    from given join accounts_contract contract on contract.external_id = given.external_id || ':main'
    on conflict (contract_id, due_on) do update set arr_due = excluded.arr_due where present.arr_due <> excluded.arr_due
"""


def import_revenue_by_hand(owner: psycopg.Connection[Any], path: Path, *, as_of: datetime) -> int:
    """Rows written to all tables. A row with a wrong date or amount, or without a key, raises."""
    days: dict[str, date] = {}

    def day(text: str) -> date:
        if text not in days:
            days[text] = date.fromisoformat(text)
        return days[text]

    with path.open(newline="") as file, owner.transaction(), owner.cursor() as cursor:
        cursor.execute(
            "create temp table given (external_id text, name text, segment text, industry text, region text, since date, arr numeric, currency text,"
            " term smallint, renewal date) on commit drop"
        )
        rows = csv.reader(file)
        next(rows)
        with cursor.copy("copy given from stdin") as copy:
            for key, name, segment, industry, region, since, arr, currency, term, renewal, *_rest in rows:
                amount = Decimal(arr)
                if not key or len(key) > 180 or len(name) > 300 or amount < 0 or len(currency) != 3:
                    raise ValueError(key)
                copy.write_row(
                    (key, name, segment, industry, region, day(since), amount, currency, int(term), day(renewal))
                )
        cursor.execute("analyze given")
        return sum(
            cursor.execute(each, {"as_of": as_of}).rowcount
            for each in (_ACCOUNTS, _CONTRACTS, _LINES, _REVENUE, _RENEWALS)
        )
