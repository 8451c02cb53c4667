"""Fill an empty tenant with a simulated company whose true effects are known."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cshub.demo import load
from cshub.demo.sign_ins import sign_ins
from cshub.operations.tenants import inside_tenant
from health.partitions import make_months_ahead


class Command(BaseCommand):
    help = "Simulate a company with known true effects; prints them as JSON last."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the tenant's schema")
        parser.add_argument("--accounts", type=int, default=400)
        parser.add_argument("--months", type=int, default=24)
        parser.add_argument("--seed", type=int, default=8)

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = datetime.now(UTC)
        with inside_tenant(options["schema"]) as tenant:
            first_day = load.span(options["months"], as_of.date()).first_day
            make_months_ahead([tenant.schema_name], as_of=as_of, since=first_day)
            try:
                truth = load.load(
                    accounts=options["accounts"],
                    months=options["months"],
                    seed=options["seed"],
                    as_of=as_of,
                    progress=self.stdout.write,
                )
            except load.NotEmpty as error:
                raise CommandError(str(error)) from error
        for email, password, part in sign_ins():
            self.stdout.write(f"sign in as {email} with {password} ({part})")
        self.stdout.write(json.dumps(truth, indent=2, sort_keys=True))
