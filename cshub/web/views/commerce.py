"""What one account agreed to, bought, was billed and paid; and changes of its contracts in the middle of a term."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import services
from accounts.ingest.models import Kind
from accounts.ingest.quality.queries.freshness import freshness_now, stale
from accounts.models import Account, Contract
from accounts.queries.commerce import commerce
from cshub.l10n import formats
from cshub.users.access import can
from cshub.web.commerce_forms import CoTermForm, EscalatorForm, LineChangeForm, NoticeForm
from cshub.web.views.asking import Words, ask, ask_and_show, sent
from cshub.web.views.requests import me, visible_account

STANDS_ON = (Kind.CONTRACTS, Kind.ORDERS, Kind.INVOICES)


@require_GET
def account_commerce(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page."""
    found, as_of = visible_account(request, pk), timezone.now()
    shown = commerce(found.pk, as_of=as_of)
    context = {
        "account": found,
        "as_of": as_of,
        "commerce": shown,
        "seasons": [(formats.month(each.month).split()[0], each.index) for each in shown.buying.seasons],
        "days_late": {each.pk: services.days_late(each, as_of=as_of) for each in shown.invoices},
        "stale": stale(STANDS_ON, among=freshness_now(as_of=as_of)),
        "may_write": can(me(request), "contract_line_change", "POST"),
    }
    return render(request, "web/commerce.html", context)


def contract_line_change(request: HttpRequest, pk: UUID, contract: UUID) -> HttpResponse:
    """Change a line in the middle of its term; what moves can be looked at first."""
    account = visible_account(request, pk)
    found = _contract(account, contract)
    form = LineChangeForm(sent(request), contract=found, initial={"occurred_on": timezone.localdate()})

    def verb(as_of: datetime) -> None:
        data = dict(form.cleaned_data)
        line, product = data.pop("line"), data.pop("product") or None
        services.change_line(line, services.MidTermChange(product=product, **data), by=me(request), as_of=as_of)

    words = Words(
        title=_("Change a line of %(contract)s") % {"contract": found},
        button=_("Change the line"),
        done=_("The line is changed, and the revenue moved with it."),
    )
    return ask_and_show(request, form, verb, contract=found, words=words, back=_back(account), must_look=False)


def contract_escalator(request: HttpRequest, pk: UUID, contract: UUID) -> HttpResponse:
    """Set the yearly escalator, or end it."""
    account = visible_account(request, pk)
    found = _contract(account, contract)
    form = EscalatorForm(sent(request), initial={"escalator_percent": _plain(found.escalator_percent)})

    def verb(as_of: datetime) -> None:
        services.agree_terms(found, **form.cleaned_data, by=me(request), as_of=as_of)

    words = Words(
        title=_("Escalator of %(contract)s") % {"contract": found},
        button=_("Agree on this price"),
        done=_("The escalator is as agreed. The price moves on each anniversary from now on."),
    )
    return ask_and_show(request, form, verb, contract=found, words=words, back=_back(account))


def contract_co_term(request: HttpRequest, pk: UUID, contract: UUID) -> HttpResponse:
    """Let it end together with another contract of the account, or on its own again."""
    account = visible_account(request, pk)
    found = _contract(account, contract)
    form = CoTermForm(sent(request), contract=found, initial={"co_term_with": found.co_term_with_id})

    def verb(as_of: datetime) -> None:
        services.agree_terms(found, **form.cleaned_data, by=me(request), as_of=as_of)

    words = Words(
        title=_("Let %(contract)s end together with another contract") % {"contract": found},
        button=_("Let them end like this"),
        done=_("The ends are as agreed, and the renewals moved with them."),
    )
    return ask_and_show(request, form, verb, contract=found, words=words, back=_back(account))


def contract_notice(request: HttpRequest, pk: UUID, contract: UUID) -> HttpResponse:
    """The customer ends the contract."""
    account = visible_account(request, pk)
    found = _contract(account, contract)
    form = NoticeForm(request.POST or None, initial={"notified_on": timezone.localdate()})

    def verb(as_of: datetime) -> str:
        ended = services.give_notice(found, **form.cleaned_data, by=me(request), as_of=as_of)
        assert ended.ends_on is not None
        return _("Notice is noted. The contract ends on %(day)s unless it is renewed.") % {
            "day": formats.date(ended.ends_on)
        }

    title = _("Note the notice for %(contract)s") % {"contract": found}
    return ask(request, form, verb, title=title, button=_("Note the notice"), back=_back(account))


def _contract(account: Account, contract: UUID) -> Contract:
    found: Contract = get_object_or_404(Contract, pk=contract, account=account)
    return found


def _plain(percent: Decimal | None) -> Decimal | None:
    """3 instead of 3.000, as one types it."""
    return None if percent is None else Decimal(f"{percent.normalize():f}")


def _back(account: Account) -> tuple[str, str]:
    return account.name, reverse("account_commerce", args=[account.pk])
