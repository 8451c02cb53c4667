"""Settings: the tenant's own fields."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.models import CustomField
from accounts.queries.custom_fields import fields_of, unnamed_keys
from cshub.kernel.refusal import Refused
from cshub.web.book_forms import CustomFieldChangeForm, CustomFieldForm
from cshub.web.forms import blame
from cshub.web.views.asking import ask, sent
from cshub.web.views.requests import me
from health.segments.fields_in_use import built_on


def custom_fields(request: HttpRequest) -> HttpResponse:
    """What there is, what came in without a field, and a new one. `subject`, `key` and `kind` in the address fill the form in."""
    first = {name: request.GET.get(name, "") for name in ("subject", "key", "kind")}
    form = CustomFieldForm(sent(request), initial={**first, "label": first["key"]})
    if request.method == "POST" and form.is_valid():
        try:
            field = services.create_custom_field(**form.cleaned_data, by=me(request), as_of=timezone.now())
            messages.success(request, _("The field “%(label)s” is there.") % {"label": field.label})
            return redirect("settings_fields")
        except (Refused, ValidationError) as refusal:
            blame(form, refusal)
    subjects = [
        (value, label, fields_of(value, with_archived=True), unnamed_keys(value))
        for value, label in CustomField.Subject.choices
    ]
    context = {"form": form, "subjects": subjects}
    return render(request, "settings/fields.html", context, status=422 if form.errors else 200)


def custom_field(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change its label or list."""
    found = _field(request, pk)
    initial = {"label": found.label, "choices": "\n".join(found.choices)}
    form = CustomFieldChangeForm(sent(request), kind=found.kind, initial=initial)

    def verb(as_of: datetime) -> str:
        data = {"choices": found.choices, **form.cleaned_data}
        changed = services.revise_custom_field(found, **data, by=me(request), as_of=as_of)
        return _("Saved as version %(version)s.") % {"version": changed.version}

    return ask(
        request, form, verb, title=_("Change the field “%(label)s”") % {"label": found.label}, button=_("Save field"),
        back=(str(_("Fields")), reverse("settings_fields")),
    )  # fmt: skip


@require_POST
def custom_field_archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Archive it, or bring it back."""
    found = _field(request, pk)
    is_archived = found.archived_at is None
    services.archive_custom_field(found, is_archived=is_archived, by=me(request), as_of=timezone.now())
    words = (
        _("The field “%(label)s” is archived; its values stay.") if is_archived else _("The field “%(label)s” is back.")
    )
    messages.success(request, words % {"label": found.label})
    if is_archived and (names := built_on(found)):
        told = _("Still built on “%(label)s”: %(names)s. Change them, or bring the field back.")
        messages.warning(request, told % {"label": found.label, "names": ", ".join(names)})
    return redirect("settings_fields")


def _field(request: HttpRequest, pk: UUID) -> CustomField:
    found: CustomField = get_object_or_404(CustomField.objects.visible_to(me(request)), pk=pk)
    return found
