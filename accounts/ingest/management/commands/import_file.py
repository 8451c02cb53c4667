"""Imports a file from the command line: import_file --schema S KIND FILE."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.ingest import services
from accounts.ingest.kinds import KINDS
from accounts.ingest.reading import dates, fields
from accounts.ingest.reading.readers import Column
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.ingest.services import matching
from cshub.kernel.refusal import Refused
from cshub.tenancy.context import NoTenant, schema_context

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from accounts.ingest.models import ImportBatch

SHOWN = 10


class Command(BaseCommand):
    help = "Imports a CSV file of accounts, contracts or usage; the same file twice changes nothing. Exits with 0 unless the file itself is unusable."
    requires_system_checks: list[str] = []  # they load every page, and what pages need is more than importing does

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", metavar="KIND", choices=sorted(KINDS), help=", ".join(sorted(KINDS)))
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--schema", required=True, help="the tenant's schema")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="a column that goes to a field; attributes.NAME=COLUMN for further fields",
        )
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="a value for every row, such as currency=EUR",
        )
        parser.add_argument("--mapping", metavar="NAME", help="match the columns by a saved mapping")
        parser.add_argument("--encoding", help="instead of the guessed one")
        parser.add_argument("--delimiter", help="instead of the guessed one")
        parser.add_argument("--decimal", choices=[",", "."], help="instead of deciding for each column")
        parser.add_argument(
            "--date-order", choices=[dates.DAY_FIRST, dates.MONTH_FIRST], help="instead of deciding for each column"
        )
        parser.add_argument("--currency", help="where a row names none")
        parser.add_argument("--described-day", metavar="DATE", help="the day the file describes; today unless given")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--errors", type=Path, metavar="OUT.csv", help="where rows that need a fix are written, with reasons"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with schema_context(options["schema"]):
                self._import(options)
        except (NoTenant, UnusableFile, Refused) as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror or error}.") from error

    def _import(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        with options["file"].open("rb") as content:
            batch = services.store_upload(
                kind=options["kind"], name=options["file"].name, content=content, by=None, as_of=now
            )
        if chosen := _chosen(options):
            services.choose_reading(batch, by=None, as_of=now, **chosen)
        services.match_columns(batch, columns=_columns(batch, options), by=None, as_of=now)
        work = services.check_batch if options["dry_run"] else services.import_batch
        work(batch, by=None, as_of=now, report=self._report)
        self._tell(batch, options)

    def _report(self, done: int, total: int) -> None:
        if total > done:
            self.stderr.write(f"{done:,} of {total:,} rows")

    def _tell(self, batch: ImportBatch, options: dict[str, Any]) -> None:
        if not any(column["field"] == "currency" for column in batch.columns) and options["kind"] != "usage":
            self.stdout.write(f"amounts without a currency are read as {batch.reading['currency']}")
        if metrics := batch.reading.get("new_metrics"):
            self.stdout.write(f"new metrics: {', '.join(metrics)}")
        self.stdout.write(
            f"added {batch.added_count} updated {batch.updated_count} unchanged {batch.unchanged_count} rejected {batch.rejected_count}"
            + (" (nothing was written)" if options["dry_run"] else "")
        )
        for row in batch.rejected_rows.order_by("row_number")[:SHOWN]:
            self.stderr.write(f"row {row.row_number}, {row.column or 'whole row'}: {row.problem}")
        if options["errors"]:
            with options["errors"].open("wb") as out:
                out.writelines(services.rejected_file(batch))


def _chosen(options: dict[str, Any]) -> dict[str, str]:
    names = {
        "encoding": "encoding",
        "delimiter": "delimiter",
        "decimal": "decimal",
        "date_order": "date_order",
        "currency": "currency",
        "described_day": "reference_on",
    }
    chosen = {reading: options[name] for name, reading in names.items() if options[name]}
    if chosen.get("delimiter") == "\\t":
        chosen["delimiter"] = "\t"
    return chosen


def _columns(batch: ImportBatch, options: dict[str, Any]) -> list[Column]:
    """Guessed or saved columns, with those given on the command line before them."""
    if options["mapping"]:
        columns = matching.fitting(services.mapping_named(batch.kind, options["mapping"]), batch.reading["header"])
    else:
        columns = matching.taken_out(batch.columns)
    given = [_given(batch, *_pair("--map", text)) for text in options["map"]]
    given += [Column(field, value=value) for field, value in (_pair("--set", text) for text in options["set"])]
    fields_given, names_given = {column.field for column in given}, {column.name for column in given if column.name}
    return [
        *given,
        *(
            column
            for column in columns
            if column.field not in fields_given and (column.name not in names_given or options["mapping"])
        ),
    ]


def _given(batch: ImportBatch, field: str, name: str) -> Column:
    """A column as guessing would read it, had it been called like the field."""
    name = next(
        (known for known in batch.reading["header"] if fields.plain_name(known) == fields.plain_name(name)), name
    )
    known = matching.field_of(batch.kind, Column(field))
    words = batch.reading.get("words", {}).get(name) or batch.reading["examples"].get(name, ())
    return replace(matching.with_reading(known, name, words), field=field)


def _pair(option: str, text: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign or not left or not right:
        raise CommandError(f"{option} {text}: write it as {'FIELD=COLUMN' if option == '--map' else 'FIELD=VALUE'}.")
    return left.strip(), right.strip()
