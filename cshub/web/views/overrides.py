"""Setting the health of an account by hand, and taking that back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
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
from health.models import HealthOverride
from health.overriding import end_override, override_health

USUAL_DAYS = 30
BACK = "formula"


class OverrideForm(forms.Form):
    """A band or a score, why and until when; or back to the formula where something is set."""

    band = forms.ChoiceField(label=gettext_lazy("Band"), required=False)
    score = forms.DecimalField(
        label=gettext_lazy("Or a score"), required=False, min_value=0, max_value=100, decimal_places=2
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)
    until_on = forms.DateField(label=gettext_lazy("Last day"), required=False, widget=forms.DateInput(attrs=DATE))

    def __init__(self, *args: Any, is_set: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["band"]
        assert isinstance(field, forms.ChoiceField)
        back = [(BACK, _("Back to the formula"))] if is_set else []
        field.choices = [("", "–"), *HealthOverride.Level.choices, *back]


def account_health_override(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set it until a day, or go back to the formula."""
    found = visible_account(request, pk)
    current = HealthOverride.objects.filter(account=found).in_force(timezone.now()).first()
    initial = {"until_on": timezone.localdate() + timedelta(days=USUAL_DAYS)}
    form = OverrideForm(sent(request), is_set=current is not None, initial=initial)

    def verb(as_of: datetime) -> str:
        data = form.cleaned_data
        if data["band"] == BACK and current is not None:
            end_override(current, by=me(request), as_of=as_of)
            return _("The formula alone tells the health of the account again.")
        until_on = data["until_on"] or as_of.date()
        override_health(found, **{**data, "until_on": until_on}, by=me(request), as_of=as_of)
        return _("The health is set; the page says by whom, why and until when.")

    back = (found.name, reverse("account", args=[found.pk]))
    return ask(request, form, verb, title=_("Set the health by hand"), button=_("Set the health"), back=back)
