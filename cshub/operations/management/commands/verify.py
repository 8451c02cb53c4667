"""Check every invariant on the live data of one tenant."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cshub.operations.invariants import INVARIANTS
from cshub.operations.tenants import inside_tenant

SHOWN = 5


class Command(BaseCommand):
    help = "Check every invariant on the live data; one line each. Ends with status 1 when one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the tenant's schema")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with inside_tenant(options["schema"]):
            for invariant in INVARIANTS:
                violations = invariant.violations()
                broken += bool(violations)
                self.stdout.write(f"{'BROKEN' if violations else 'holds '}  {invariant.name}")
                for sentence in violations[:SHOWN]:
                    self.stdout.write(f"        {sentence}")
                if len(violations) > SHOWN:
                    self.stdout.write(f"        and {len(violations) - SHOWN} more")
        if broken:
            raise CommandError(f"{broken} of {len(INVARIANTS)} invariants are broken.")
        self.stdout.write(f"All {len(INVARIANTS)} invariants hold.")
