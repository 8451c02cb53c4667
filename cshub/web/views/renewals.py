"""How a renewal ended: renewed, renewed at another amount, or lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Renewal, RenewalDecision
from accounts.services import Decision, decide_renewals
from cshub.db.reading import read
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.web.forms import RenewalForm, blame
from cshub.web.sql.account_book import OPEN_RENEWALS
from cshub.web.views.requests import me, visible_account, way_back

NEAR = timedelta(days=120)  # a renewal further away is not offered for a decision yet


def renewal_decision(request: HttpRequest, pk: UUID, renewal: UUID) -> HttpResponse:
    """Write how it ended. What was decided already is said instead of the form."""
    account = visible_account(request, pk)
    found = get_object_or_404(Renewal.objects.select_related("contract", "decision"), pk=renewal, account=account)
    back = way_back(request, reverse("account", args=[account.pk]))
    form = RenewalForm(request.POST or None, today=timezone.localdate(), amount=_amount(found))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _decide(found, form, request)
                messages.success(request, _("The renewal is decided. Revenue and the next renewal follow from it."))
                return redirect(back)
            except (Refused, ValidationError) as refusal:
                status = 409
                blame(form, refusal)
    context = {
        "form": form,
        "account": account,
        "renewal": found,
        "decision": getattr(found, "decision", None),
        "back": back,
    }
    return render(request, "web/renewal.html", context, status=status)


def open_renewals(account_id: UUID, *, as_of: datetime) -> list[Renewal]:
    """What is due, or soon will be, and is not decided: the earliest first, with its `contract_name`. One query."""
    return read(Renewal, OPEN_RENEWALS, {"account": account_id, "as_of": as_of, "until": as_of.date() + NEAR})


def _decide(renewal: Renewal, form: RenewalForm, request: HttpRequest) -> None:
    said, day = form.cleaned_data["ended"], form.cleaned_data["decided_on"]
    amount = {"renewed": renewal.arr_due, "changed": form.cleaned_data["arr_renewed"], "churned": Decimal(0)}[said]
    verdict = RenewalDecision.Decision.CHURNED if said == "churned" else RenewalDecision.Decision.RENEWED
    decide_renewals([Decision(renewal.pk, verdict.value, amount, day)], by=me(request), as_of=timezone.now())


def _amount(renewal: Renewal) -> str:
    return formats.money(renewal.arr_due, renewal.currency)
