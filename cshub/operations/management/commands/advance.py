"""One turn of the pipeline for one tenant."""

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cshub import pipeline
from cshub.operations.tenants import inside_tenant


class Command(BaseCommand):
    help = "Score accounts, answer what changed, follow playbooks and estimate experiments. Safe to repeat and to kill."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the tenant's schema")
        parser.add_argument("--as-of", help="a moment in ISO 8601, for example 2026-03-31T00:00:00Z; now when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of = moment(options["as_of"])
        with inside_tenant(options["schema"]):
            turn = pipeline.advance(as_of=as_of, progress=lambda step: self.stdout.write(f"{step} …"))
        for name, count in asdict(turn).items():
            self.stdout.write(f"{name}: {count}")


def moment(text: str | None) -> datetime:
    """The moment somebody typed; without a zone it is UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--as-of {text} is no moment. Write it like 2026-03-31 or 2026-03-31T09:00:00Z.") from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
