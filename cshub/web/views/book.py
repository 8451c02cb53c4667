"""What one does with an account as a whole: its stage, its place in the tree, merging, further fields, files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import services
from accounts.models import Account, AccountMerge, Attachment, Contact
from accounts.queries.custom_fields import fields_of
from cshub.kernel.refusal import Refused
from cshub.web.book_forms import FileForm, FurtherFieldsForm, MergeForm, ParentForm, SplitForm, StageForm
from cshub.web.downloads import attachment_response
from cshub.web.views.asking import ask, sent
from cshub.web.views.requests import me, visible_account, way_back
from reports.impact.queries import cited_ids


def account_stage(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move it to another lifecycle stage."""
    found = visible_account(request, pk)
    form = StageForm(sent(request), stage=found.stage)

    def verb(as_of: datetime) -> str:
        services.move_stage(found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("The stage is changed; the move stands on the timeline.")

    return ask(request, form, verb, title=_("Change the stage"), button=_("Change the stage"), back=_back(found))


def account_parent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put it below another account, or on its own."""
    found = visible_account(request, pk)
    form = ParentForm(sent(request), initial={"account": found.parent.external_id if found.parent else ""})

    def verb(as_of: datetime) -> str:
        services.set_parent(found, parent=form.cleaned_data["account"], by=me(request), as_of=as_of)
        return _("The account has its new place.")

    return ask(
        request, form, verb, title=_("Change the parent account"), button=_("Change the place"), back=_back(found)
    )


def account_merge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let another account go into this one."""
    found = visible_account(request, pk)
    initial = {"account": request.GET.get("absorbed", "")}
    form = MergeForm(sent(request), initial=initial)

    def verb(as_of: datetime) -> str:
        data = dict(form.cleaned_data)
        absorbed = data.pop("account")
        merge = services.merge_accounts(survivor=found, absorbed=absorbed, by=me(request), as_of=as_of, **data)
        said = _("%(account)s is part of this account now.") % {"account": absorbed}
        return f"{said} {services.measurements_told(merge)}".strip()

    return ask(
        request, form, verb, title=_("Merge an account into this one"), button=_("Merge accounts"), back=_back(found)
    )


def account_split(request: HttpRequest, pk: UUID, merge: UUID) -> HttpResponse:
    """Take a merge back."""
    found = visible_account(request, pk)
    row = get_object_or_404(
        AccountMerge.objects.visible_to(me(request)).select_related("absorbed"), pk=merge, survivor=found
    )
    form = SplitForm(sent(request))

    def verb(as_of: datetime) -> str:
        services.split_account(row, by=me(request), as_of=as_of, **form.cleaned_data)
        return _("%(account)s is an account of its own again.") % {"account": row.absorbed}

    title = _("Split %(account)s off") % {"account": row.absorbed}
    return ask(request, form, verb, title=title, button=_("Split accounts"), back=_back(found))


def account_fields(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Fill in the tenant's own fields."""
    found = visible_account(request, pk)
    form = FurtherFieldsForm(sent(request), definitions=fields_of("account"), values=found.attributes)

    def verb(as_of: datetime) -> str:
        services.revise_account(found, attributes=form.attributes(), by=me(request), as_of=as_of)
        return _("Saved.")

    return ask(request, form, verb, title=_("Further fields"), button=_("Save fields"), back=_back(found))


def account_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep a file; `contact` in the address keeps it with a person."""
    found = visible_account(request, pk)
    person = None
    if "contact" in request.GET:
        people = Contact.objects.visible_to(me(request)).filter(account=found)
        person = get_object_or_404(people, pk=_id(request.GET["contact"]))
    form = FileForm(sent(request), request.FILES or None)

    def verb(as_of: datetime) -> str:
        file = form.cleaned_data["file"]
        services.attach_file(
            account=found, contact=person, content=file, file_name=file.name, by=me(request), as_of=as_of
        )
        return _("The file is kept.")

    back = (person.name, reverse("contact", args=[person.pk])) if person else _back(found)
    return ask(request, form, verb, title=_("Add a file"), button=_("Keep this file"), back=back)


@require_GET
def attachment(request: HttpRequest, pk: UUID) -> FileResponse:
    """The file, to be saved."""
    return attachment_response(_attachment(request, pk))


def attachment_removal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Asks first: what is removed does not come back."""
    row = _attachment(request, pk)
    back = way_back(request, reverse("account", args=[row.account_id]))
    if request.method == "POST":
        try:
            is_cited = bool(cited_ids("attachment", [row.pk]))
            services.remove_attachment(row, is_cited=is_cited, by=me(request), as_of=timezone.now())
            messages.success(request, _("The file is removed."))
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect(back)
    context = {
        "title": _("Remove “%(file)s”?") % {"file": row.file_name},
        "text": _("The file cannot be brought back. That it was here stays in the audit trail."),
        "button": _("Remove file"),
        "back": back,
        "action": request.get_full_path(),
    }
    return render(request, "confirm.html", context)


def _attachment(request: HttpRequest, pk: UUID) -> Attachment:
    visible = Attachment.objects.visible_to(me(request)).filter(removed_at=None)
    found: Attachment = get_object_or_404(visible.select_related("account"), pk=pk)
    return found


def _back(found: Account) -> tuple[str, str]:
    return found.name, reverse("account", args=[found.pk])


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
