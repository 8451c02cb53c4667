"""Settings: what currencies are worth."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import services
from accounts.models import ExchangeRate
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.users.access import can
from cshub.web.commerce_forms import RateFileForm, RateForm
from cshub.web.forms import blame
from cshub.web.views.requests import me

SHOWN = 200
BY_HAND, PASTED = "entered by hand", "pasted table"


def rates(request: HttpRequest) -> HttpResponse:
    """The latest rates; one more, or a table of them."""
    what = request.POST.get("what")
    one = RateForm(request.POST if what == "rate" else None, initial={"valid_on": timezone.localdate()})
    table = RateFileForm(request.POST if what == "table" else None)
    if request.method == "POST" and _saved(request, one, table):
        return redirect("settings_rates")
    context = {
        "rates": ExchangeRate.objects.order_by("-valid_on", "currency", "-recorded_at")[:SHOWN],
        "one": one,
        "table": table,
        "may_set": can(me(request), "settings_rates", "POST"),
    }
    return render(request, "settings/rates.html", context, status=422 if request.method == "POST" else 200)


def _saved(request: HttpRequest, one: RateForm, table: RateFileForm) -> bool:
    form = one if one.is_bound else table
    if not form.is_valid():
        return False
    try:
        given = [services.Rate(**one.cleaned_data)] if one.is_bound else services.rates_of(table.cleaned_data["csv"])
        source = BY_HAND if one.is_bound else PASTED
        count = services.set_rates(given, source=source, by=me(request), as_of=timezone.now())
    except Refused as refusal:
        blame(form, refusal)
        return False
    words = ngettext("%(count)s rate is new.", "%(count)s rates are new.", count)
    messages.success(
        request, words % {"count": formats.number(count)} if count else _("These rates were known already.")
    )
    return True
