"""Pages of reports: the list, one report, its tables as files, and what finance puts in."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cshub.kernel.refusal import Refused
from cshub.users.access import can
from cshub.users.models import User
from reports import queries, services
from reports.forms import AssumptionForm, CostForm, PeriodForm
from reports.models import ReportRun
from reports.presentation import roi_page
from reports.tables import COLUMNS, table_csv, tables_of


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """All reports, newest first, and a form for the next."""
    return _list(request, PeriodForm(initial=PeriodForm.usual(timezone.localdate())))


@require_POST
def report_run(request: HttpRequest) -> HttpResponse:
    """Run a report over the chosen days."""
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=400)
    ends_on = form.cleaned_data["last_day"] + timedelta(days=1)
    try:
        run = services.run_roi(
            starts_on=form.cleaned_data["starts_on"], ends_on=ends_on, by=_user(request), as_of=timezone.now()
        )
    except Refused as refusal:
        form.add_error("last_day" if refusal.field == "ends_on" else None, str(refusal))
        return _list(request, form, status=409)
    return redirect("report", pk=run.pk)


@require_GET
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report."""
    run = get_object_or_404(ReportRun.objects.select_related("created_by", "frozen__frozen_by"), pk=pk)
    context = {
        "page": roi_page(run),
        "tables": tables_of(run.numbers),
        "may_freeze": can(_user(request), "report_freeze", "POST"),
        "stale": services.stale_inputs(run) if run.state == ReportRun.State.DRAFT else [],
    }
    return render(request, "reports/roi.html", context)


@require_POST
def report_freeze(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Freeze a draft, once one has said so a second time: it is for good."""
    run = get_object_or_404(ReportRun, pk=pk)
    if run.state == ReportRun.State.DRAFT and "confirmed" not in request.POST:
        return _asked_before_freezing(request, run)
    try:
        services.freeze(
            run, by=_user(request), as_of=timezone.now(), stale_reason=request.POST.get("stale_reason", "")[:2000]
        )
        messages.success(request, _("The report is frozen. Its digest stands under the headline."))
    except services.StaleInputs as refusal:
        messages.error(request, str(refusal))
        return _asked_before_freezing(request, run, status=409)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("report", pk=pk)


@require_POST
def report_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Compute the report again and compare the digests."""
    run = get_object_or_404(ReportRun, pk=pk)
    if services.rerun(run) == run.digest:
        messages.success(request, _("Computed again from the facts: the same bytes, the same digest."))
    else:
        messages.error(request, _("Computed again, the digest differs. The facts behind this report have changed."))
    return redirect("report", pk=pk)


@require_GET
def report_table(request: HttpRequest, pk: UUID, table: str) -> HttpResponse:
    """One table of a report as a CSV file."""
    run = get_object_or_404(ReportRun, pk=pk)
    if table not in COLUMNS:
        raise Http404
    response = HttpResponse(table_csv(run.numbers, table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="roi-{run.starts_on}-{table}.csv"'
    return response


def report_inputs(request: HttpRequest) -> HttpResponse:
    """Margin, currency and cost: finance decides and enters them here."""
    what = request.POST.get("what")
    assumption = AssumptionForm(
        request.POST if what == "assumption" else None, initial={"valid_from": timezone.localdate()}
    )
    cost = CostForm(request.POST if what == "cost" else None)
    if what == "assumption" and assumption.is_valid() and _saved(assumption, request):
        return redirect("report_inputs")
    if what == "cost" and cost.is_valid() and _saved(cost, request):
        return redirect("report_inputs")
    may_decide = can(_user(request), "report_inputs", "POST")
    context = {"inputs": queries.inputs(), "assumption": assumption, "cost": cost, "may_decide": may_decide}
    return render(request, "reports/inputs.html", context, status=400 if request.method == "POST" else 200)


def _asked_before_freezing(request: HttpRequest, run: ReportRun, *, status: int = 200) -> HttpResponse:
    context = {
        "title": _("Freeze this report?"),
        "text": _(
            "Its figures, its digest and the claims behind it are kept as they are now. A frozen report is never changed."
        ),
        "action": request.path,
        "button": _("Freeze for good"),
        "back": reverse("report", args=[run.pk]),
    }
    outdated = services.stale_inputs(run)
    template = "reports/freeze.html" if outdated else "confirm.html"
    return render(request, template, {**context, "stale": outdated}, status=status)


def _saved(form: AssumptionForm | CostForm, request: HttpRequest) -> bool:
    try:
        if isinstance(form, AssumptionForm):
            services.set_assumption(**form.cleaned_data, by=_user(request), as_of=timezone.now())
        else:
            services.record_cost(services.Cost(**form.cleaned_data), by=_user(request), as_of=timezone.now())
    except Refused as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return False
    messages.success(request, _("Saved. New reports use it; frozen ones keep what they had."))
    return True


def _list(request: HttpRequest, form: PeriodForm, status: int = 200) -> HttpResponse:
    may_run = can(_user(request), "report_run", "POST")
    context = {"runs": queries.latest_runs(), "form": form, "may_run": may_run}
    return render(request, "reports/list.html", context, status=status)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
