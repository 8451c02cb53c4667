"""Pages: is the score honest, and what is behind a predicted probability."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from cshub.l10n import formats
from health.predictions import queries, words
from health.predictions.contacts import CENTS, Plan, contact_plan
from health.predictions.files import predictions_file
from health.predictions.forms import ContactForm
from health.predictions.models import Backtest
from health.predictions.presentation import band_rows, calibration_plot, score_plot


@require_GET
def backtest(request: HttpRequest) -> HttpResponse:
    """The newest back-test of health and of the prediction, and those before it."""
    page = queries.backtest_page()
    return render(request, "health/backtest.html", {"page": page, **(_shown(page.latest) if page.latest else {})})


@require_GET
def prediction_model(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """The card of a version, by default of the one in use, and whom it would pay to contact."""
    page = queries.model_page(number)
    if page is None:
        if number is not None:
            raise Http404
        return redirect("backtest")
    form = ContactForm(request.GET if "offer" in request.GET else ContactForm.usual())
    is_valid = form.is_valid()
    context = {
        "page": page,
        "card": page.model.card,
        "quality": page.model.card["quality"],
        "limits": words.limits(page.model.card),
        "by_probability": calibration_plot(page.model.card["quality"]["bins"]),
        "form": form,
    }
    if is_valid and page.is_in_use:
        context |= _planned(contact_plan(form.cleaned_data))
    return render(request, "predictions/model.html", context, status=200 if is_valid else 422)


@require_GET
def predictions_export(request: HttpRequest) -> HttpResponse:
    """Who is predicted to leave, as CSV."""
    as_of = timezone.now()
    response = HttpResponse(
        predictions_file(by=request.user, as_of=as_of),  # type: ignore[arg-type]  # the table of access lets only people in
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="predictions-{as_of.date().isoformat()}.csv"'
    return response


def _shown(latest: Backtest) -> dict[str, Any]:
    bands, warning, prediction = latest.bands, latest.warning, latest.prediction
    quality = prediction["quality"] if prediction else None
    return {
        "bands": bands,
        "bands_refusal": words.refusal(bands["reasons"]) if bands else "",
        "band_rows": band_rows(bands) if bands else [],
        "by_score": score_plot(bands["bins"]) if bands else None,
        "warning": warning,
        "warning_refusal": words.refusal(warning["reasons"]) if warning else "",
        "prediction": prediction,
        "prediction_refusal": words.refusal(latest.reasons),
        "quality": quality,
        "by_probability": calibration_plot(quality["bins"]) if quality else None,
    }


def _planned(plan: Plan | None) -> dict[str, Any]:
    """The plan with its money as texts."""
    if plan is None:
        return {"plan": None}

    def money(cents: int) -> str:
        return formats.money(Decimal(cents) / CENTS, plan.currency, compact=True)

    best = plan.plan.best
    texts = {"low": money(plan.plan.lo_cents), "high": money(plan.plan.hi_cents), "everybody": money(plan.everybody.profit_cents)}  # fmt: skip
    return {"plan": plan, **texts, "profit": money(best.profit_cents) if best else ""}
