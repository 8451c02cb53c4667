"""One question on a page: shows a form, calls a verb, says what happened or what has to be corrected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from cshub.kernel.refusal import Refused
from cshub.web.forms import blame


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, even if it is nothing; None while the question is still to be asked."""
    return request.POST if request.method == "POST" else None


def ask(
    request: HttpRequest,
    form: BaseForm,
    verb: Callable[[datetime], str],
    *,
    title: str,
    button: str,
    back: tuple[str, str],
) -> HttpResponse:
    """The page of the form. When it is sent and `verb` takes it, `verb` says so in a sentence and one is led `back` (label, address)."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                messages.success(request, verb(timezone.now()))
                return redirect(back[1])
            except (Refused, ValidationError) as refusal:
                blame(form, refusal)
    return render(
        request, "web/form.html", {"form": form, "title": title, "button": button, "back": back}, status=status
    )
