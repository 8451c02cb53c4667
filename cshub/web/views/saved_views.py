"""Lists kept under a name."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cshub.kernel.refusal import Refused
from cshub.web import services
from cshub.web.forms import SaveViewForm
from cshub.web.queries.saved_views import visible_views
from cshub.web.views.requests import me


@require_POST
def views_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    form = SaveViewForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.save_view(page="accounts", **data, by=me(request), as_of=timezone.now())
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The view is kept. It stands in the navigation."))
            return redirect(f"{reverse('accounts')}?{data['query']}")
    context = {
        "form": form,
        "title": _("Save this view"),
        "button": _("Save view"),
        "back": (_("Accounts"), reverse("accounts")),
    }
    return render(request, "web/form.html", context, status=422)


@require_POST
def views_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a view away."""
    view = get_object_or_404(visible_views(me(request)), pk=pk)
    try:
        services.delete_view(view, by=me(request), as_of=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The view is deleted."))
    return redirect("accounts")
