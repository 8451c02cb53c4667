"""Values every account of a large tenant, and says what an account costs: the first time, when nothing changed, and a month later.

    python benchmarks/valuing.py --accounts 100000

uses DATABASE_URL (or an embedded PostgreSQL), in a database of its own that is kept for the next run; --fresh makes it again. One in twenty accounts
has orders instead of a contract. No figure is printed unless every account has a value or its reason, and a second run writes nothing.
"""

import argparse
import os
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.meter import measured, own_memory, peak_of  # noqa: E402
from benchmarks.scoring_tenant import AS_OF, SCHEMA, prepare, run_file  # noqa: E402

LATER = timedelta(days=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--fresh", action="store_true", help="make the tenant again")
    options = parser.parse_args()
    prepare(options.accounts, days=1, fresh=options.fresh)
    from cshub.tenancy.context import schema_context

    fill()
    with schema_context(SCHEMA):
        decide()
        steps = (("first", AS_OF), ("nothing changed", AS_OF + timedelta(seconds=1)), ("30 days later", AS_OF + LATER))
        for name, as_of in steps:
            show(name, options.accounts, as_of)
        judge(options.accounts)


def fill() -> None:
    """The further facts, once."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as owner:
        owner.execute(f"set search_path = {SCHEMA}")
        if not owner.execute("select exists (select from accounts_contractline)").fetchone()[0]:  # type: ignore[index]
            run_file(owner, "valuing_facts.sql", {"as_of": AS_OF})
        owner.execute("delete from value_accountvalue")
        owner.execute("delete from value_valuation")
        owner.execute("delete from value_valuefit")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute("vacuum (analyze)")


def decide() -> None:
    """Terms and rates, once."""
    from health.value import services
    from health.value.models import CostRate

    if CostRate.objects.exists():
        return
    how: Any = {"valid_from": date(2020, 1, 1), "by": None, "as_of": AS_OF}
    services.decide_terms(services.Terms(36, Decimal("0.1"), "EUR", Decimal(90_000), Decimal(30_000)), **how)
    for role, hourly in (("csm", 62), ("agent", 41), ("manager", 85)):
        services.decide_rate(role=role, hourly=Decimal(hourly), currency="EUR", **how)


def show(name: str, accounts: int, as_of: Any) -> None:
    from django.db import connection

    from health.value import services

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    with measured(backend) as cost, peak_of(os.getpid()) as ours, peak_of(backend) as theirs:
        changed = services.revalue(margin=Decimal("0.8"), as_of=as_of)
    each = cost.cpu / accounts * 1e6
    print(
        f"{name}: {changed:,} written; {each:.1f} µs an account ({cost.client_cpu:.1f} s here, {cost.backend_cpu or 0:.1f} s in PostgreSQL, "
        f"wall {cost.wall:.1f} s); most memory {ours.mb or own_memory(os.getpid())} MB, backend {theirs.mb} MB",
        flush=True,
    )


def judge(accounts: int) -> None:
    from django.db.models import Count

    from health.value import services
    from health.value.models import AccountValue

    found = {row["method"]: row["n"] for row in AccountValue.objects.values("method").annotate(n=Count("pk"))}
    print(f"values by method: {found}")
    if sum(found.values()) != accounts or services.revalue(margin=Decimal("0.8"), as_of=AS_OF + LATER):
        sys.exit("Not every account has a value or its reason, or a second run wrote again: no figure counts.")


if __name__ == "__main__":
    main()
