"""Pages: what values stand on and who decides it, and setting an account apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.models import User
from health.value import queries, services, words
from health.value.book import renewals, value_book
from health.value.forms import MarginForm, MarkForm, RateForm, TermsForm, decide_terms
from health.value.models import StrategicMark

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import ModelForm


TERMS = ("months", "discount", "currency", "high_from", "middle_from")


def value_settings(request: HttpRequest) -> HttpResponse:
    """What the book is worth; terms, margins of segments and rates: what holds, what was learned, and for those who may decide, the forms."""
    today, as_of = timezone.localdate(), timezone.now()
    told = request.POST.get("what")
    kinds: dict[str, tuple[type[ModelForm[Any]], Callable[..., Any]]] = {
        "terms": (TermsForm, decide_terms),
        "rate": (RateForm, services.decide_rate),
        "margin": (MarginForm, services.decide_margin),
    }
    found = queries.decisions(today=today, as_of=as_of)
    present = model_to_dict(found.terms, fields=TERMS) if found.terms else {}
    forms = {
        name: form(
            request.POST if told == name else None,
            initial={"valid_from": today, **(present if name == "terms" else {})},
            prefix=name,
        )
        for name, (form, _verb) in kinds.items()
    }
    if told in kinds and forms[told].is_valid() and _decided(request, forms[told], kinds[told][1]):
        return redirect("value_settings")
    context = {
        "decisions": found,
        "book": value_book(),
        "fits": [(fit, words.fit_refusal(fit), renewals(fit)) for fit in found.fits],
        "forms": forms,
        "may_decide": can(_me(request), "value_settings", "POST"),
    }
    return render(request, "value/settings.html", context, status=422 if request.method == "POST" else 200)


def account_strategic(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set an account apart and say why, or take that back."""
    account = Account.objects.visible_to(_me(request)).filter(pk=pk).first()
    if account is None:
        raise Http404
    if "end" in request.POST:
        services.end_strategic(account, by=_me(request), as_of=timezone.now())
        messages.success(request, _("Its tier follows from value and cost again, from the next valuation on."))
        return redirect("account", pk=pk)
    mark = StrategicMark.objects.open().filter(account=account).first()
    form = MarkForm(request.POST or None, instance=None, initial={"note": mark.note if mark else ""})
    if form.is_valid():
        services.mark_strategic(account, note=form.cleaned_data["note"], by=_me(request), as_of=timezone.now())
        messages.success(request, _("The account is set apart: its tier is high from the next valuation on."))
        return redirect("account", pk=pk)
    context = {
        "form": form,
        "title": _("Set the account apart"),
        "button": _("Set the account apart"),
        "back": (account.name, reverse("account", args=[pk])),
    }
    return render(request, "web/form.html", context, status=422 if request.method == "POST" else 200)


def _decided(request: HttpRequest, form: ModelForm[Any], verb: Callable[..., Any]) -> bool:
    try:
        verb(**form.cleaned_data, by=_me(request), as_of=timezone.now())
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return False
    messages.success(request, _("Decided. The next valuation uses it; earlier values keep what they had."))
    return True


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
