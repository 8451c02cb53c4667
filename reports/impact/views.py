"""Pages of impact: the ledger, one claim, logging one; experiments and one of them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Account
from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.models import User
from reports.impact import queries, services
from reports.impact.evidence import capture
from reports.impact.forms import CiteForm, ClaimForm, ReversalForm, ReviewForm
from reports.impact.models import Claim, LedgerEntry
from reports.impact.presentation import forest_of, reading_in_words

VIEWS = ("waiting", "mine", "all")


@require_GET
def impact(request: HttpRequest) -> HttpResponse:
    """The ledger: what was claimed, what waits, what was credited."""
    show = request.GET.get("show", "all")
    if show not in VIEWS:
        raise Http404
    context = {"rows": queries.claims(show=show, user=_user(request)), "sums": queries.ledger_sums(), "show": show}
    return render(request, "impact/ledger.html", context)


def impact_log(request: HttpRequest) -> HttpResponse:
    """Log impact: choose what happened and say what we did."""
    account = get_object_or_404(Account, pk=request.GET["account"]) if _is_id(request.GET.get("account")) else None
    words = request.GET.get("q", "").strip()[:100]
    outcomes = queries.claimable_outcomes(account, words=words)
    form = ClaimForm(request.POST or None, outcomes=outcomes)
    if request.method == "POST" and form.is_valid():
        try:
            claim = services.claim(**form.cleaned_data, by=_user(request), as_of=timezone.now())
            return redirect("impact_claim", pk=claim.pk)
        except Refused as refusal:
            form.add_error(refusal.field or None, str(refusal))
    status = 400 if request.method == "POST" else 200
    context = {"form": form, "account": account, "outcomes": outcomes, "words": words}
    return render(request, "impact/log.html", context, status=status)


@require_GET
def impact_claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One claim: evidence, review, ledger entries."""
    return _claim_page(request, pk)


@require_POST
def claim_evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cite a record."""
    claim = get_object_or_404(Claim, pk=pk)
    records = _records(claim)
    form = CiteForm(request.POST, choices=_choices(records))
    if not form.is_valid():
        return _claim_page(request, pk, cite=form, status=400)
    record, confirms = records[form.cleaned_data["record"]], form.cleaned_data["confirms"]
    return _act(
        request,
        pk,
        lambda: services.cite(claim, record, by=_user(request), as_of=timezone.now(), confirms=confirms),
        _("The record is cited."),
    )


@require_POST
def claim_submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a review. A claim that cites nothing is asked about first: it would count for nothing."""
    claim = get_object_or_404(Claim, pk=pk)
    if claim.support == Claim.Support.NONE and claim.state == Claim.State.DRAFT and "confirmed" not in request.POST:
        return _asked_before_bare_review(request, claim)
    return _act(
        request, pk, lambda: services.submit_claim(claim, by=_user(request), as_of=timezone.now()), _("Sent to review.")
    )


@require_POST
def claim_withdrawal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back one's own draft."""
    claim = get_object_or_404(Claim, pk=pk)
    return _act(
        request,
        pk,
        lambda: services.withdraw(claim, by=_user(request), as_of=timezone.now()),
        _("The claim is withdrawn."),
    )


@require_POST
def claim_review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Accept or reject somebody else's claim."""
    claim = get_object_or_404(Claim, pk=pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, pk, review=form, status=400)
    done = (
        _("The claim is accepted and booked.")
        if form.cleaned_data["decision"] == "accepted"
        else _("The claim is rejected.")
    )
    return _act(
        request, pk, lambda: services.review(claim, **form.cleaned_data, by=_user(request), as_of=timezone.now()), done
    )


@require_POST
def ledger_reversal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a credit back."""
    entry = get_object_or_404(LedgerEntry, pk=pk)
    reason = request.POST.get("reason", "")
    return _act(
        request,
        entry.claim_id,
        lambda: services.reverse(entry, reason=reason, by=_user(request), as_of=timezone.now()),
        _("The credit is taken back."),
    )


@require_GET
def experiments(request: HttpRequest) -> HttpResponse:
    """All comparisons on one scale."""
    rows = queries.experiments()
    return render(request, "impact/experiments.html", {"rows": rows, "forest": forest_of(rows)})


@require_GET
def experiment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One comparison: what was registered, what it says, what would show more."""
    try:
        page = queries.experiment_page(pk)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    return render(request, "impact/experiment.html", {"page": page, "words": reading_in_words(page.row)})


def _claim_page(
    request: HttpRequest, pk: UUID, *, cite: CiteForm | None = None, review: ReviewForm | None = None, status: int = 200
) -> HttpResponse:
    try:
        page = queries.claim_page(pk)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    is_claimant = page.claim.claimant_id == _user(request).pk
    may_cite = is_claimant and page.claim.state in {Claim.State.DRAFT, Claim.State.SUBMITTED}
    context = {
        "page": page,
        "cite": cite or CiteForm(choices=_choices(_records(page.claim)) if may_cite else []),
        "review": review or ReviewForm(),
        "reversal": ReversalForm(),
        "may_review": can(_user(request), "claim_review", "POST") and not is_claimant,
        "may_reverse": can(_user(request), "ledger_reversal", "POST"),
        "may_cite": may_cite,
        "is_claimant": is_claimant,
    }
    return render(request, "impact/claim.html", context, status=status)


def _asked_before_bare_review(request: HttpRequest, claim: Claim) -> HttpResponse:
    context = {
        "title": _("Send this claim without evidence?"),
        "text": _(
            "No record is cited. Nobody can accept it like this, and a report counts it as not proven. Cite a record of the account first."
        ),
        "action": request.path,
        "button": _("Send without evidence"),
        "back": reverse("impact_claim", args=[claim.pk]),
    }
    return render(request, "confirm.html", context)


def _records(claim: Claim) -> dict[str, Any]:
    """What this claim could cite, by the key of the form's choices."""
    found = queries.citable(claim.account_id, as_of=timezone.now())
    return {f"{kind}:{row_id}": row for kind, row_id, row in found}


def _choices(records: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key, capture(row).label) for key, row in records.items()]


def _act(request: HttpRequest, pk: UUID, act: Callable[[], Any], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("impact_claim", pk=pk)


def _is_id(text: str | None) -> bool:
    try:
        return bool(text) and bool(UUID(str(text)))
    except ValueError:
        return False


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
