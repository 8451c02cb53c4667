"""Forms of reports."""

from datetime import date, timedelta

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from cshub.l10n.fields import AmountField
from reports.models import CostEntry

DAY = forms.DateInput(attrs={"type": "date"})
LATEST = date(2200, 12, 31)


class PeriodForm(forms.Form):
    """Which days a report is about."""

    starts_on = forms.DateField(label=_("First day"), widget=DAY)
    last_day = forms.DateField(label=_("Last day"), widget=DAY, validators=[MaxValueValidator(LATEST)])

    @staticmethod
    def usual(today: date) -> dict[str, date]:
        """The twelve whole months before this one."""
        month = today.replace(day=1)
        return {"starts_on": month.replace(year=month.year - 1), "last_day": month - timedelta(days=1)}


class AssumptionForm(forms.Form):
    """What finance lets reports assume."""

    gross_margin = forms.DecimalField(
        label=_("Gross margin"),
        min_value=0,
        max_value=1,
        decimal_places=3,
        help_text=_("A share above 0 and at most 1, for example 0.78"),
    )
    currency = forms.CharField(
        label=_("Reporting currency"), max_length=3, min_length=3, help_text=_("Three letters, for example EUR")
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class CostForm(forms.ModelForm):  # type: ignore[type-arg]
    """What customer success cost in a period."""

    amount = AmountField(label=_("Amount"), max_digits=18, decimal_places=2)

    class Meta:
        model = CostEntry
        fields = ("name", "category", "amount", "currency", "starts_on", "ends_on")
        widgets = {"starts_on": DAY, "ends_on": DAY}

    def validate_constraints(self) -> None:
        """The verb refuses what the database would, in a sentence and at its field."""
