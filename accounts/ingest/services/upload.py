"""Takes a file in: keeps it under a random name, reads its first rows, and remembers how it is to be read."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import date
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.ingest.kinds import KINDS
from accounts.ingest.models import ImportBatch, ImportMapping
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.ingest.services import matching
from accounts.ingest.services.defining import own_columns
from accounts.ingest.services.guessing import CHOICES, STRUCTURE, check_choices, guess_reading, table_of
from accounts.ingest.services.refusals import CannotImport, CannotMatch, MappingNameTaken
from accounts.models import AccountRevenue
from cshub.audit import services as audit
from cshub.db.active import ACTIVE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from accounts.ingest.reading.readers import Column
    from cshub.users.models import User

LARGEST_FILE = 1 << 30
EXAMPLES = 3
FEW = 12


@transaction.atomic
def store_upload(*, kind: str, name: str, content: IO[bytes], by: User | None, as_of: datetime) -> ImportBatch:
    """Keep a file of one kind, guess how it is read and match its columns. Raises UnusableFile, and then nothing is kept."""
    if kind not in KINDS:
        raise UnusableFile(
            _("“%(kind)s” is not a kind of file. Use one of: %(known)s.") % {"kind": kind, "known": ", ".join(KINDS)},
            field="kind",
        )
    digest = _digest(content)
    reading = table_of(content)
    path = default_storage.save(f"{ACTIVE.schema}/imports/{uuid4().hex}", File(content))
    batch = ImportBatch(
        kind=kind,
        file_name=PurePath(name).name[-255:] or "file",
        stored_as=path,
        file_digest=digest,
        created_by=by,
        created_at=as_of,
    )
    batch.reading = reading | {"reference_on": _described_day(digest, as_of).isoformat(), "currency": usual_currency()}
    _match(batch)
    _trim(batch)
    batch.save(force_insert=True)
    audit.record(
        "import.uploaded",
        target=batch,
        by=by,
        at=as_of,
        after={"kind": kind, "file": batch.file_name, "sha256": digest},
    )
    return batch


@transaction.atomic
def choose_reading(batch: ImportBatch, *, by: User | None, as_of: datetime, **chosen: Any) -> ImportBatch:
    """Read the file otherwise: any of CHOICES. A new encoding, delimiter, header row or sheet reads the header again.

    Raises UnusableFile or CannotImport.
    """
    _refuse_while_importing(batch)
    wanted = {key: value for key, value in chosen.items() if key in CHOICES}
    check_choices(wanted)
    reading = batch.reading | wanted
    if any(reading.get(name) != batch.reading.get(name) for name in STRUCTURE):
        reading |= _read_anew(batch, reading)
        batch.reading = reading
        _match(batch)
    elif {"decimal", "date_order"} & {name for name in wanted if wanted[name] != batch.reading[name]}:
        batch.columns = [column | {"decimal": "", "order": ""} for column in batch.columns]
    batch.reading = reading
    return _back_to_matching(batch, by=by, as_of=as_of)


@transaction.atomic
def match_columns(batch: ImportBatch, *, columns: Sequence[Column], by: User | None, as_of: datetime) -> ImportBatch:
    """Say which column goes to which field. Raises CannotMatch naming the field, or CannotImport once the import has begun."""
    _refuse_while_importing(batch)
    batch.columns = matching.kept(matching.checked(batch.kind, batch.reading["header"], columns))
    return _back_to_matching(batch, by=by, as_of=as_of)


@transaction.atomic
def save_mapping(*, kind: str, name: str, columns: Sequence[Column], by: User | None, as_of: datetime) -> ImportMapping:
    """Keep how these columns are read under a name. Raises MappingNameTaken."""
    try:
        with transaction.atomic():
            mapping = ImportMapping.objects.create(
                kind=kind, name=plain(name), columns=matching.kept(columns), created_by=by, created_at=as_of
            )
    except IntegrityError as error:
        raise MappingNameTaken(
            _("A mapping named “%(name)s” exists. Choose another name.") % {"name": name}, field="mapping_name"
        ) from error
    audit.record("mapping.saved", target=mapping, by=by, at=as_of, after={"kind": kind, "columns": len(columns)})
    return mapping


def plain(name: str) -> str:
    """A name as it can be kept: without the signs that no database takes, and no longer than fits."""
    return name.replace("\x00", "").strip()[:200]


def mapping_named(kind: str, name: str) -> list[Column]:
    """The columns of a saved mapping, or of one that comes with the product. Raises CannotMatch when there is none."""
    saved = ImportMapping.objects.filter(kind=kind, name=plain(name)).first()
    if saved is not None:
        return matching.taken_out(saved.columns)
    if name in (shipped := matching.shipped(kind)):
        return shipped[name]
    known = (
        ", ".join([*ImportMapping.objects.filter(kind=kind).order_by("name").values_list("name", flat=True), *shipped])
        or "–"
    )
    raise CannotMatch(
        _("There is no mapping “%(name)s” for this kind of file. There are: %(known)s.")
        % {"name": name, "known": known},
        field="mapping",
    )


def how_read(batch: ImportBatch) -> dict[str, Any]:
    """What `table.opened` has to know about a batch's file."""
    return {name: batch.reading[name] for name in ("encoding", "delimiter")} | {
        "header_row": batch.reading.get("header_row", 1)
    }


@contextmanager
def opened_file(batch: ImportBatch, *, is_original: bool = False) -> Iterator[IO[bytes]]:
    """The kept file; of a workbook its sheet as CSV, unless the original is wanted. Raises CannotImport when it is gone."""
    try:
        kept = batch.stored_as if is_original else batch.reading.get("table_stored_as", batch.stored_as)
        content = default_storage.open(kept, "rb")
    except FileNotFoundError as error:
        raise CannotImport(_("The file is no longer there. Upload it again.")) from error
    with content:
        assert content.file is not None
        yield content.file


def usual_currency() -> str:
    """The currency that most accounts are kept in; EUR where there is none yet."""
    counted = (
        AccountRevenue.objects.values("currency").annotate(count=Count("*")).order_by("-count", "currency").first()
    )
    return counted["currency"] if counted else "EUR"


def _described_day(digest: str, as_of: datetime) -> date:
    """The day the file describes: today, or for a file that came before the day it had then, so that nothing moves by itself."""
    earlier = (
        ImportBatch.objects.filter(file_digest=digest, state=ImportBatch.State.IMPORTED).order_by("-created_at").first()
    )
    return date.fromisoformat(earlier.reading["reference_on"]) if earlier else as_of.date()


def _read_anew(batch: ImportBatch, reading: Mapping[str, Any]) -> dict[str, Any]:
    """Header and values as the new encoding, delimiter, header row or sheet shows them; another sheet has a header row of its own."""
    given = {name: reading[name] for name in ("encoding", "delimiter")}
    if "sheet" not in batch.reading:
        with opened_file(batch) as content:
            fresh = guess_reading(content, **given, header_row=reading.get("header_row", 1))
    elif reading["sheet"] == batch.reading["sheet"]:
        with opened_file(batch) as content:
            fresh = guess_reading(content, **given, header_row=reading["header_row"])
    else:
        with opened_file(batch, is_original=True) as content:
            fresh = table_of(content, sheet=reading["sheet"])
        default_storage.delete(batch.reading["table_stored_as"])
    return {name: value for name, value in fresh.items() if name not in ("decimal", "date_order")}


def _match(batch: ImportBatch) -> None:
    """Match by names, or by a saved mapping all of whose columns this file has, where that says more."""
    header, seen = batch.reading["header"], batch.reading["seen"]
    columns = matching.guess(batch.kind, header, seen)
    batch.reading["mapping"] = ""
    for saved in ImportMapping.objects.filter(kind=batch.kind).order_by("-created_at", "-id"):
        fitting = matching.fitting(wanted := matching.taken_out(saved.columns), header)
        if len(fitting) == len(wanted) >= len(columns) and any(column.name for column in wanted):
            columns, batch.reading["mapping"] = fitting, saved.name
            break
    else:
        columns += own_columns(batch.kind, header, columns)
    batch.columns = matching.kept(columns)


def _refuse_while_importing(batch: ImportBatch) -> None:
    if batch.state in (ImportBatch.State.IMPORTING, ImportBatch.State.IMPORTED, ImportBatch.State.UNDONE):
        raise CannotImport(_("This file is imported already. Upload it again to read it otherwise."))


def _back_to_matching(batch: ImportBatch, *, by: User | None, as_of: datetime) -> ImportBatch:
    batch.state, batch.error = ImportBatch.State.UPLOADED, ""
    _trim(batch)
    batch.save(update_fields=["reading", "columns", "state", "error"])
    audit.record("import.matched", target=batch, by=by, at=as_of, after={"columns": len(batch.columns)})
    return batch


def _trim(batch: ImportBatch) -> None:
    """Of the values seen, keep a few as examples, and all of a column that has few."""
    seen: dict[str, list[str]] = batch.reading.pop("seen", {}) or {}
    if seen:
        short = {name: [_kept(value) for value in values] for name, values in seen.items()}
        batch.reading["examples"] = {name: values[:EXAMPLES] for name, values in short.items()}
        batch.reading["words"] = {name: values for name, values in short.items() if len(values) <= FEW}


def _kept(value: str) -> str:
    return value[:80].replace("\0", "\N{REPLACEMENT CHARACTER}")


def _digest(content: IO[bytes]) -> str:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
        if size > LARGEST_FILE:
            raise UnusableFile(_("The file is larger than 1 GB. Split it and upload the parts."), code="too_large")
    content.seek(0)
    return digest.hexdigest()
