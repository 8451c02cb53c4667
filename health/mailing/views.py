"""The page where one chooses how often to be told, and the link in the mail that ends it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from cshub.users.models import User
from health.mailing import services
from health.mailing.forms import MailingForm
from health.models import HealthMailing


def choice(request: HttpRequest) -> HttpResponse:
    """One's own choice."""
    user = request.user
    assert isinstance(user, User)
    form = MailingForm(request.POST or None, initial={"every": services.chosen(user)})
    if form.is_valid():
        services.choose(user, every=form.cleaned_data["every"], by=user, as_of=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("health_mails")
    return render(request, "health/mails.html", {"form": form}, status=422 if form.is_bound else 200)


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the token is the right, and ending mails is all it gives
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """End the mails of whose token it is, without signing in; asked first, since programs that look for viruses follow links."""
    user = services.reader_of(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        services.choose(user, every=HealthMailing.Every.NEVER, by=None, as_of=timezone.now())
    return render(request, "health/mails_stop.html", {"is_over": request.method == "POST", "email": user.email})
