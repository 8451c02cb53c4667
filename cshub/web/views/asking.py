"""One question on a page: shows a form, calls a verb, says what happened or what has to be corrected; or shows first what would move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Contract
from accounts.services import foresee
from cshub.kernel.refusal import Refused
from cshub.web.forms import blame


@dataclass(frozen=True)
class Words:
    """What a question says: over the form, on its button, and when it is done."""

    title: str
    button: str
    done: str


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


def ask_and_show(
    request: HttpRequest,
    form: BaseForm,
    verb: Callable[[datetime], object],
    *,
    contract: Contract,
    words: Words,
    back: tuple[str, str],
    must_look: bool = True,
) -> HttpResponse:
    """The page of a form about a contract that shows what `verb` would move before it is done.

    With `must_look` it is done only when what moves is what was shown (`seen` in the form); else one may look, or save at once.
    """
    context: dict[str, object] = {"form": form, "words": words, "back": back, "must_look": must_look}
    status = 200
    if request.method == "POST":
        status, as_of, saves = 422, timezone.now(), "save" in request.POST
        if form.is_valid():
            try:
                if must_look or not saves:
                    context["shown"] = shown = foresee(contract, lambda: verb(as_of), as_of=as_of)
                    context["differs"] = saves and request.POST.get("seen") != shown.digest
                    saves = saves and not context["differs"]
                if saves:
                    verb(as_of)
                    messages.success(request, words.done)
                    return redirect(back[1])
                status = 200
            except (Refused, ValidationError) as refusal:
                blame(form, refusal)
    return render(request, "accounts/terms_form.html", context, status=status)
