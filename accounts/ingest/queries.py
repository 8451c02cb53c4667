"""What the import pages show, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.ingest.models import ImportBatch, ImportMapping
from accounts.ingest.reading import dates, fields, numbers
from accounts.ingest.reading.fields import FURTHER
from accounts.ingest.reading.readers import Column, Surroundings, reader
from accounts.ingest.reading.unreadable import Unreadable
from accounts.models import Account, Contact, Interaction, MetricDefinition, Order, SurveyResponse, Ticket
from accounts.models.timeline import Mode
from cshub.l10n import formats
from cshub.users.models import User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.ingest.models import RejectedRow

SETS_OF_CHOICES = (
    *(Account.Status, Account.Stage, Contact.Role, Interaction.Channel, Interaction.Direction, Mode, Order.Status),
    *(SurveyResponse.Kind, Ticket.Status, Ticket.Priority, MetricDefinition.Aggregation),
)
RECENT = 20
SHOWN_ROWS = 50


@dataclass(frozen=True)
class ColumnRow:
    """One column of the match page: examples, where it goes, how its first example reads, and its few values with their meanings among those `offered`.

    `convention` says what may be chosen for it: a decimal sign, an order of dates, or nothing; `chosen` is the choice.
    """

    index: int
    name: str
    examples: str
    choice: str
    read_as: str
    is_wrong: bool
    meanings: tuple[tuple[int, str, str], ...]
    offered: tuple[tuple[str, str], ...] = ()
    convention: str = ""
    chosen: str = ""


@dataclass(frozen=True)
class CheckPage:
    """The check: counts on the batch, the first rows that need a fix, and how many good rows there are."""

    batch: ImportBatch
    good_count: int
    rejected: list[RejectedRow]
    columns: list[tuple[str, str, str]]


def recent_batches() -> list[ImportBatch]:
    """The latest files, with who brought them."""
    return list(ImportBatch.objects.select_related("created_by", "job").order_by("-created_at", "-id")[:RECENT])


def saved_mappings(kind: str) -> list[str]:
    """Names of saved mappings of one kind of file."""
    return list(ImportMapping.objects.filter(kind=kind).order_by("name").values_list("name", flat=True))


def column_rows(
    batch: ImportBatch, columns: Sequence[Column], known: dict[str, fields.Field], choices: dict[str, str]
) -> list[ColumnRow]:
    """Each column of the file. `known` are the fields that are matched, `choices` the select's value of each matched column."""
    around = _surroundings(batch)
    first: dict[str, Column] = {}
    for column in columns:
        if column.name is not None:
            first.setdefault(column.name, column)
    rows = []
    for index, name in enumerate(batch.reading["header"]):
        found = first.get(name)
        examples = batch.reading["examples"].get(name, [])
        read_as, is_wrong = _read_as(found, known, examples, batch, around) if found else ("", False)
        meanings = _meanings(found, known, batch.reading.get("words", {}).get(name, ()))
        convention, chosen = _convention(found, known)
        rows.append(
            ColumnRow(
                index,
                name,
                formats.separator().join(examples),
                choices.get(name, ""),
                read_as,
                is_wrong,
                meanings,
                _offered(known[found.field]) if found is not None and meanings else (),
                convention,
                chosen,
            )
        )
    return rows


def check_page(batch: ImportBatch, labels: list[tuple[str, str, str]]) -> CheckPage:
    """What would happen, or has happened, with the rows of a file."""
    good = batch.added_count + batch.updated_count + batch.unchanged_count
    return CheckPage(batch, good, list(batch.rejected_rows.order_by("row_number")[:SHOWN_ROWS]), labels)


def _surroundings(batch: ImportBatch) -> Surroundings:
    people = {email.casefold(): pk for email, pk in User.objects.filter(is_active=True).values_list("email", "pk")}
    return Surroundings(people, date.fromisoformat(batch.reading["reference_on"]))


def _read_as(
    column: Column, known: dict[str, fields.Field], examples: Sequence[str], batch: ImportBatch, around: Surroundings
) -> tuple[str, bool]:
    if not examples:
        return "", False
    decided = batch.reading.get("decided", {}).get(column.name, {})
    decimal = column.decimal or batch.reading["decimal"] or decided.get("decimal", numbers.decide(examples).decimal)
    order = column.order or batch.reading["date_order"] or decided.get("order", dates.decide(examples).first)
    field = known[column.field]
    try:
        value = reader(field, replace(column, decimal=decimal, order=order), around)[0](examples[0])
    except Unreadable as problem:
        return str(problem), True
    return _in_words(field, value, batch), False


def _in_words(field: fields.Field, value: Any, batch: ImportBatch) -> str:
    if field.reads == fields.KEY:
        return _("Match key") if field.name == "external_id" else _("Text")
    if isinstance(value, tuple):
        return formats.money(value[0], value[1] or batch.reading["currency"])
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return formats.date(value)
    if isinstance(value, Decimal | int):
        return formats.number(value, decimals=max(0, -int(Decimal(value).normalize().as_tuple().exponent)))
    return (
        _("Person")
        if field.reads == fields.PERSON
        else value
        if field.reads in (fields.CHOICE, fields.CURRENCY)
        else _("Text")
    )


def _convention(column: Column | None, known: dict[str, fields.Field]) -> tuple[str, str]:
    if column is None:
        return "", ""
    reads = column.reading or known[column.field].reads
    if reads in (fields.MONEY, fields.NUMBER):
        return "decimal", column.decimal
    return ("order", column.order) if reads in (fields.DATE, fields.MOMENT) else ("", "")


def _meanings(
    column: Column | None, known: dict[str, fields.Field], words: Sequence[str]
) -> tuple[tuple[int, str, str], ...]:
    if column is None or column.field.startswith(FURTHER) or known[column.field].reads != fields.CHOICE:
        return ()
    table = {word.casefold(): meaning for word, meaning in column.values}
    field = known[column.field]
    own = {
        fields.plain_name(word): choice for word, choice in [*((each, each) for each in field.choices), *field.words]
    }
    return tuple(
        (position, word, table.get(word.casefold(), own.get(fields.plain_name(word), "")))
        for position, word in enumerate(words)
    )


def _offered(field: fields.Field) -> tuple[tuple[str, str], ...]:
    """What a word of this field can mean, in the reader's language."""
    known = next((each for each in SETS_OF_CHOICES if set(field.choices) <= set(each.values)), None)
    return tuple((value, str(known(value).label) if known else value) for value in field.choices)
