"""Saying how an account feels."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cshub.web.book_forms import DATE
from cshub.web.views.asking import ask, sent
from cshub.web.views.requests import me, visible_account
from health.models import AccountSentiment
from health.sentiment import USUAL_DAYS, record_sentiment


class SentimentForm(forms.Form):
    """A word, why, and the day from which it is unknown again."""

    level = forms.ChoiceField(
        label=gettext_lazy("Sentiment"), choices=AccountSentiment.Level.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
    fades_on = forms.DateField(
        label=gettext_lazy("Unknown from"),
        widget=forms.DateInput(attrs=DATE),
        help_text=gettext_lazy("It counts less each day until then."),
    )


def account_sentiment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form, and keeping what was said."""
    found = visible_account(request, pk)
    form = SentimentForm(sent(request), initial={"fades_on": timezone.localdate() + timedelta(days=USUAL_DAYS)})

    def verb(as_of: datetime) -> str:
        record_sentiment(found, **form.cleaned_data, by=me(request), as_of=as_of)
        return _("It stands beside the score, with your name and your reason.")

    back = (found.name, reverse("account_health", args=[found.pk]))
    return ask(
        request, form, verb, title=_("Say how the account feels"), button=_("Say how the account feels"), back=back
    )
