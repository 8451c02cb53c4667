"""The import pages: upload, match columns, check, import. Each step is a form; nothing needs JavaScript."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.ingest import queries, services, tasks
from accounts.ingest.forms import (
    DECIMALS,
    ORDERS,
    ReadingForm,
    UploadForm,
    choice_of,
    column_choices,
    notes_in_words,
    posted_columns,
    reading_in_words,
)
from accounts.ingest.models import ImportBatch, Kind
from accounts.ingest.reading.unreadable import UnusableFile
from accounts.ingest.samples import ROWS, sample_file
from accounts.ingest.services import jobs, matching
from accounts.ingest.services.refusals import CannotImport
from accounts.ingest.undo_page import confirmation, undo_page
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.tenancy.context import on_commit
from cshub.users.models import User

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.ingest.reading.readers import Column

State = ImportBatch.State
STEPS = ("upload", "match", "check", "import")


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Upload a file; the files before it."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            content = form.cleaned_data["file"]
            batch = services.store_upload(
                kind=form.cleaned_data["kind"],
                name=content.name,
                content=content.file,
                by=_me(request),
                as_of=timezone.now(),
            )
        except UnusableFile as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("import_match", batch.pk)
    samples = [(kind.value, kind.label) for kind in Kind if kind.value in ROWS]
    context = {"form": form, "batches": queries.recent_batches(), "steps": _steps("upload"), "samples": samples}
    return render(request, "ingest/imports.html", context, status=422 if form.errors else 200)


@require_GET
def import_sample(request: HttpRequest, kind: str) -> HttpResponse:
    """A file of this kind to fill in."""
    if kind not in ROWS:
        raise Http404
    response = HttpResponse(sample_file(kind), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


@require_GET
def import_batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where a file stands: being worked on, checked, imported or failed."""
    batch = _batch(request, pk)
    if batch.job is not None and batch.job.is_open:
        step = "check" if batch.job.kind == jobs.CHECK else "import"
        return render(request, "ingest/progress.html", {**_frame(batch, step), "job": batch.job})
    if batch.state == State.UPLOADED or (batch.state == State.FAILED and not batch.done_count):
        if batch.error:
            messages.error(request, batch.error)
        return redirect("import_match", batch.pk)
    page = queries.check_page(batch, _labels(batch))
    undo = undo_page(batch, as_of=timezone.now())
    template = "ingest/check.html" if batch.state == State.CHECKED else "ingest/result.html"
    context = {"page": page, "undo": undo, **_frame(batch, "check" if batch.state == State.CHECKED else "import")}
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
def import_match(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which column goes where, then have the file checked."""
    batch = _batch(request, pk)
    error = ""
    if request.method == "POST":
        try:
            now = timezone.now()
            services.match_columns(
                batch, columns=posted_columns(batch, request.POST.dict()), by=_me(request), as_of=now
            )
            if "again" in request.POST:
                return redirect(reverse("import_match", args=[batch.pk]) + "#columns-title")
            if name := request.POST.get("mapping_name", "").strip():
                services.save_mapping(
                    kind=batch.kind, name=name, columns=matching.taken_out(batch.columns), by=_me(request), as_of=now
                )
            services.order_check(batch, by=_me(request), as_of=now)
        except Refused as refusal:
            error = str(refusal)
        else:
            return _hand_over(batch)
    return _match_page(request, batch, error=error)


@require_POST
def import_reading(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Read the file otherwise."""
    batch = _batch(request, pk)
    form = ReadingForm(request.POST, batch=batch)
    if not form.is_valid():
        return _match_page(request, batch, reading=form)
    try:
        services.choose_reading(batch, by=_me(request), as_of=timezone.now(), **form.chosen())
    except (Refused, UnusableFile) as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _match_page(request, batch, reading=form)
    return redirect("import_match", batch.pk)


@require_POST
def import_mapping(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Match the columns by a saved mapping."""
    batch = _batch(request, pk)
    try:
        saved = services.mapping_named(batch.kind, request.POST.get("mapping", ""))
        columns = matching.fitting(saved, batch.reading["header"])
        services.match_columns(batch, columns=columns, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        return _match_page(request, batch, error=str(refusal))
    messages.success(request, _("%(count)s columns are matched.") % {"count": len(columns)})
    return redirect("import_match", batch.pk)


@require_POST
def import_start(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the good rows imported."""
    batch = _batch(request, pk)
    try:
        services.order_import(batch, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("import_batch", batch.pk)
    return _hand_over(batch)


@require_POST
def import_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have an import undone, once its four words are typed."""
    batch = _batch(request, pk)
    try:
        if " ".join(request.POST.get("words", "").casefold().split()) != confirmation().casefold():
            raise CannotImport(_("Nothing was undone. Type “%(words)s” to undo it.") % {"words": confirmation()})
        services.order_undo(batch, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("import_batch", batch.pk)
    return _hand_over(batch)


@require_GET
def import_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the progress page that asks for itself; once the job has ended it leads on."""
    batch = _batch(request, pk)
    if batch.job is None or not batch.job.is_open:
        return HttpResponse(headers={"HX-Redirect": reverse("import_batch", args=[batch.pk])})
    return render(request, "ingest/_progress.html", {"batch": batch, "job": batch.job})


@require_GET
def import_rejected(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """The rows that need a fix, as a file."""
    batch = _batch(request, pk)
    charset = batch.reading["encoding"].removesuffix("-sig")
    name = f"{PurePath(batch.file_name).stem[:100]}-to-fix.csv"
    headers = {
        "Content-Disposition": content_disposition_header(True, name) or "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(
        services.rejected_file(batch), content_type=f"text/csv; charset={charset}", headers=headers
    )


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the access table lets nobody else in
    return request.user


def _batch(request: HttpRequest, pk: UUID) -> ImportBatch:
    visible = ImportBatch.objects.visible_to(_me(request))
    return get_object_or_404(visible.select_related("job", "created_by"), pk=pk)


def _hand_over(batch: ImportBatch) -> HttpResponse:
    batch_id = str(batch.pk)
    on_commit(lambda: tasks.follow_order.delay(batch_id=batch_id))
    return redirect("import_batch", batch.pk)


def _match_page(
    request: HttpRequest, batch: ImportBatch, *, error: str = "", reading: ReadingForm | None = None
) -> HttpResponse:
    if batch.state in (State.IMPORTING, State.IMPORTED, State.UNDONE):
        return redirect("import_batch", batch.pk)
    columns = _shown_columns(request, batch)
    known = {column.field: matching.field_of(batch.kind, column) for column in columns}
    choices = {column.name: choice_of(column) for column in reversed(columns) if column.name is not None}
    rows = queries.column_rows(batch, columns, known, choices)
    context = {
        **_frame(batch, "match"),
        "rows": rows,
        "matched_count": sum(bool(row.choice) for row in rows),
        "choices": column_choices(batch.kind),
        "mappings": [*queries.saved_mappings(batch.kind), *matching.shipped(batch.kind)],
        "reading": reading or ReadingForm(batch=batch),
        "notes": notes_in_words(batch),
        "conventions": {
            "decimal": {**DECIMALS, "": _("From its values")}.items(),
            "order": {**ORDERS, "": _("From its values")}.items(),
        },
        "error": error,
    }
    is_wrong = bool(error or (reading is not None and reading.errors))
    return render(request, "ingest/match.html", context, status=422 if is_wrong else 200)


def _shown_columns(request: HttpRequest, batch: ImportBatch) -> list[Column]:
    """The columns as they were just sent, or as they are kept."""
    if "column_0" not in request.POST:
        return matching.taken_out(batch.columns)
    return [column for column in posted_columns(batch, request.POST.dict()) if matching.is_known(batch.kind, column)]


def _labels(batch: ImportBatch) -> list[tuple[str, str, str]]:
    columns = matching.taken_out(batch.columns)
    examples: dict[str, Any] = batch.reading["examples"]
    return [
        (
            column.name or _("Every row"),
            formats.separator().join(examples.get(column.name, [])) if column.name else column.value,
            matching.label(batch.kind, column.field),
        )
        for column in columns
    ]


def _frame(batch: ImportBatch, step: str) -> dict[str, Any]:
    """What every page about a file shows: the way here, the steps, the file and how it is read."""
    return {
        "batch": batch,
        "steps": _steps(step),
        "trail": [(_("Import"), reverse("imports"))],
        "reading_words": reading_in_words(batch),
    }


def _steps(now: str) -> list[tuple[str, str]]:
    names = {"upload": _("Upload"), "match": _("Match columns"), "check": _("Check"), "import": _("Import")}
    place = STEPS.index(now)
    return [
        ("done" if index < place else "now" if index == place else "todo", names[step])
        for index, step in enumerate(STEPS)
    ]
