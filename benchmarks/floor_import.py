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

ACCOUNTS_TABLE = "create table by_hand (like accounts_account including all)"
USAGE_TABLE = """
    create table by_hand (like accounts_usagedaily including all,
        foreign key (account_id) references accounts_account deferrable initially deferred,
        foreign key (metric_id) references accounts_metricdefinition deferrable initially deferred)
"""
_UPSERT_USAGE = """
    insert into by_hand (account_id, metric_id, day, value, active_users, recorded_at)
    select account.id, given.metric, given.day, given.value, given.active_users, %(as_of)s
    from given join accounts_account account on account.external_id = given.account
    on conflict (account_id, metric_id, day) do update
    set (value, active_users, recorded_at) = (excluded.value, excluded.active_users, excluded.recorded_at)
    where (by_hand.value, by_hand.active_users) is distinct from (excluded.value, excluded.active_users)
"""
_METRIC = """
    insert into accounts_metricdefinition (key, name, unit, aggregation) values (%(key)s, %(name)s, '', 'sum') on conflict do nothing
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


def import_usage_by_hand(owner: psycopg.Connection[Any], path: Path, *, as_of: datetime) -> int:
    """Rows written, of accounts that are there. A row with a wrong day or value, or without an account, raises."""
    days: dict[str, date] = {}
    metrics: dict[str, str] = {}
    with path.open(newline="") as file, owner.transaction(), owner.cursor() as cursor:
        cursor.execute(
            "create temp table given (account text, metric text, day date, value numeric, active_users integer) on commit drop"
        )
        rows = csv.reader(file)
        next(rows)
        with cursor.copy("copy given from stdin") as copy:
            for account, metric, day, value, users in rows:
                if not account or len(account) > 200:
                    raise ValueError(account)
                if metric not in metrics:
                    metrics[metric] = metric.lower()
                if day not in days:
                    days[day] = date.fromisoformat(day)
                copy.write_row((account, metrics[metric], days[day], Decimal(value), int(users)))
        cursor.execute("analyze given")
        cursor.executemany(_METRIC, [{"key": key, "name": name} for name, key in metrics.items()])
        return cursor.execute(_UPSERT_USAGE, {"as_of": as_of}).rowcount
