"""The pages of data quality: how fresh and complete facts are, what waits, and which accounts look like one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.ingest.quality import services, tasks
from accounts.ingest.quality.forms import MergeForm, RhythmForm
from accounts.ingest.quality.models import LikelyDuplicate
from accounts.ingest.quality.queries import duplicates
from accounts.ingest.quality.queries.freshness import freshness, ways_in
from accounts.ingest.quality.queries.gaps import coverage_now
from accounts.ingest.quality.queries.waiting import waiting
from accounts.services import measurements_told, merge_accounts
from cshub.kernel.refusal import Refused
from cshub.tenancy.context import on_commit
from cshub.users.access import can
from cshub.users.models import User

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@require_GET
def data_quality(request: HttpRequest) -> HttpResponse:
    """Freshness by kind and by way in, coverage, contradictions, what waits, and how many pairs look alike. `count` counts coverage anew."""
    return _page(request, as_of=timezone.now())


@require_http_methods(["POST"])
def data_quality_rhythms(request: HttpRequest) -> HttpResponse:
    """Say after how many days each kind counts as stale."""
    as_of = timezone.now()
    form = RhythmForm(request.POST, kinds=freshness(as_of=as_of))
    if not form.is_valid():
        return _page(request, as_of=as_of, form=form)
    try:
        services.set_rhythms(form.cleaned_data, by=_me(request), as_of=as_of)
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return _page(request, as_of=as_of, form=form)
    messages.success(request, _("Saved. What is stale is judged by these days from now on."))
    return redirect("data_quality")


@require_GET
def likely_duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that look like one customer, the strongest first, both accounts side by side."""
    page = Paginator(duplicates.open_pairs(), duplicates.SHOWN).get_page(request.GET.get("page"))
    context = {
        "pairs": duplicates.pairs(list(page.object_list)),
        "page": page,
        "search": duplicates.latest_search(),
        "may_write": can(_me(request), "duplicate_merge", "POST"),
    }
    return render(request, "quality/duplicates.html", context)


@require_POST
def duplicates_search(request: HttpRequest) -> HttpResponse:
    """Compare all accounts now: at once where they are few, else in the background."""
    if duplicates.are_few():
        services.find_duplicates(as_of=timezone.now())
        messages.success(request, _("All accounts were compared."))
    else:
        on_commit(tasks.find_duplicates.delay)
        messages.success(request, _("The accounts are being compared. Open this page again in a minute."))
    return redirect("likely_duplicates")


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_merge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose which account stays, see what will move, and merge."""
    found = get_object_or_404(duplicates.open_pairs(), pk=pk)
    sides = {str(account.pk): account for account in (found.first, found.second)}
    form = MergeForm(request.POST or None, accounts=list(sides.values()), initial={"survivor": str(found.first_id)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            survivor = sides.pop(form.cleaned_data["survivor"])
            (absorbed,) = sides.values()
            try:
                merge = merge_accounts(
                    survivor=survivor,
                    absorbed=absorbed,
                    by=_me(request),
                    as_of=timezone.now(),
                    reason=form.cleaned_data["reason"],
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                said = _("%(absorbed)s is merged into this account.") % {"absorbed": absorbed}
                messages.success(request, f"{said} {measurements_told(merge)}".strip())
                return redirect("account", pk=survivor.pk)
    context = {"form": form, "pair": duplicates.pairs([found])[0]}
    return render(request, "quality/merge.html", context, status=status)


@require_POST
def duplicate_apart(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that the two are different customers."""
    found = get_object_or_404(LikelyDuplicate.objects.select_related("first", "second"), pk=pk)
    services.tell_apart(found, by=_me(request), as_of=timezone.now())
    words = {"first": found.first, "second": found.second}
    messages.success(request, _("%(first)s and %(second)s are kept apart and not shown again.") % words)
    return redirect("likely_duplicates")


def _page(request: HttpRequest, *, as_of: datetime, form: RhythmForm | None = None) -> HttpResponse:
    ways = ways_in(as_of=as_of)
    kinds = freshness(as_of=as_of, ways=ways)
    covered = coverage_now(as_of=as_of, again="count" in request.GET)
    may_set = can(_me(request), "data_quality_rhythms", "POST")
    context: dict[str, Any] = {
        "as_of": as_of,
        "kinds": [(kind, [way for way in ways if way.kind == kind.kind]) for kind in kinds],
        "stale_count": sum(kind.state == "stale" for kind in kinds),
        "coverage": [each for each in covered.rows if not each.gap.is_contradiction],
        "contradictions": [each for each in covered.rows if each.gap.is_contradiction and each.lacking],
        "counted_at": covered.counted_at,
        "waiting": waiting(),
        "pair_count": duplicates.open_pairs().order_by().count(),
        "search": duplicates.latest_search(),
        "form": (form or RhythmForm(kinds=kinds)) if may_set else None,
        "may_see_duplicates": can(_me(request), "likely_duplicates", "GET"),
        "may_mend": can(_me(request), "imports", "GET"),
    }
    return render(request, "quality/quality.html", context, status=422 if form is not None else 200)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
