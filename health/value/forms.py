"""Forms of what people decide about value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cshub.l10n.fields import AmountField
from health.value import services
from health.value.models import CostRate, SegmentMargin, StrategicMark, ValueTerms

DAY = forms.DateInput(attrs={"type": "date"})
FEW_LINES = forms.Textarea(attrs={"rows": 2})


class DecisionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is decided; the verb refuses in a sentence at its field what the database would."""

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).upper()
        if not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise forms.ValidationError(_("Write the currency as its three-letter code, for example EUR."))
        return code

    def validate_constraints(self) -> None:
        """Left to the verb."""


class TermsForm(DecisionForm):
    """Horizon, discount and where tiers begin."""

    high_from = AmountField(label=_("High begins at"), max_digits=18, decimal_places=2)
    middle_from = AmountField(label=_("Middle begins at"), max_digits=18, decimal_places=2)

    class Meta:
        model = ValueTerms
        fields = ("months", "discount", "currency", "high_from", "middle_from", "valid_from", "reason")
        widgets = {"valid_from": DAY, "reason": FEW_LINES}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        high, middle = cleaned.get("high_from"), cleaned.get("middle_from")
        if middle is not None and middle <= 0:
            self.add_error("middle_from", _("Enter an amount above zero."))
        if high is not None and middle is not None and high <= middle:
            self.add_error("high_from", _("High has to begin above middle."))
        return cleaned


def decide_terms(**told: Any) -> ValueTerms:
    """What TermsForm was told, as its verb takes it."""
    terms = {name: told.pop(name) for name in ("months", "discount", "currency", "high_from", "middle_from")}
    return services.decide_terms(services.Terms(**terms), **told)


class MarginForm(DecisionForm):
    """The margin of a segment."""

    class Meta:
        model = SegmentMargin
        fields = ("segment", "margin", "valid_from", "reason")
        widgets = {"valid_from": DAY, "reason": FEW_LINES}

    def clean_margin(self) -> Any:
        margin = self.cleaned_data["margin"]
        if not 0 < margin <= 1:
            raise forms.ValidationError(_("The gross margin is a share above 0 and at most 1, for example 0.78."))
        return margin


class RateForm(DecisionForm):
    """What an hour of a role costs."""

    hourly = AmountField(label=_("Cost of an hour"), max_digits=10, decimal_places=2)

    class Meta:
        model = CostRate
        fields = ("role", "hourly", "currency", "valid_from", "reason")
        widgets = {"valid_from": DAY, "reason": FEW_LINES}

    def clean_hourly(self) -> Any:
        hourly = self.cleaned_data["hourly"]
        if hourly <= 0:
            raise forms.ValidationError(_("Enter an amount above zero."))
        return hourly


class MarkForm(forms.ModelForm):  # type: ignore[type-arg]
    """Why an account is set apart."""

    class Meta:
        model = StrategicMark
        fields = ("note",)

    def validate_constraints(self) -> None:
        """An earlier mark ends with this one."""
