"""The page of the audit trail."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from cshub.audit.queries import trail_page
from cshub.audit.services import verify_chain


class TrailFilter(forms.Form):
    """What to look for."""

    verb = forms.CharField(
        label=_("What"), required=False, max_length=100, widget=forms.TextInput(attrs={"list": "audit-verbs"})
    )
    actor_id = forms.UUIDField(label=_("Who (id)"), required=False)
    object_type = forms.CharField(label=_("Kind of object"), required=False, max_length=100)
    object_id = forms.CharField(label=_("Object (id)"), required=False, max_length=64)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)


def trail(request: HttpRequest) -> HttpResponse:
    """Deeds, the newest first; `?check=1` follows the whole chain."""
    form = TrailFilter(request.GET)
    asked: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    page = trail_page(request.user, filters=asked, before=asked.get("before"))  # type: ignore[arg-type]
    query = request.GET.copy()
    query["before"] = str(page.next_before or "")
    broken = verify_chain() if "check" in request.GET else None
    context = {
        "form": form,
        "page": page,
        "next_url": f"?{query.urlencode()}" if page.next_before else "",
        "broken": broken,
    }
    return render(request, "settings/audit.html", context, status=200 if form.is_valid() else 422)
