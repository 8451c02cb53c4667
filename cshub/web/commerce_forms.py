"""Forms about what accounts agreed to and what currencies are worth."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Contract, ContractLine
from cshub.l10n import formats
from cshub.l10n.fields import AmountField

DATE = forms.DateInput(attrs={"type": "date"})


class LineChangeForm(forms.Form):
    """What a line of a contract says from a day on."""

    line: forms.ModelChoiceField[ContractLine] = forms.ModelChoiceField(
        label=_("Line"), queryset=None, empty_label=None
    )
    occurred_on = forms.DateField(label=_("Holds from"), widget=DATE)
    quantity = AmountField(
        label=_("Number of units"), required=False, min_value=0, max_digits=14, decimal_places=2,
        help_text=_("Alone it keeps the price of a unit."),
    )  # fmt: skip
    unit_price = AmountField(
        label=_("Price of a unit, a year"), required=False, min_value=0, max_digits=17, decimal_places=2
    )
    arr = AmountField(
        label=_("Amount a year"), required=False, min_value=0, max_digits=17, decimal_places=2,
        help_text=_("Instead of number and price. 0 ends the line."),
    )  # fmt: skip
    product = forms.CharField(
        label=_("Product"), required=False, max_length=200, help_text=_("Empty: stays what it is.")
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line = self.fields["line"]
        assert isinstance(line, forms.ModelChoiceField)
        line.queryset = contract.lines.select_related("contract").order_by("product", "external_id")
        line.initial = line.queryset.first()


class NoticeForm(forms.Form):
    """The customer ends a contract."""

    notified_on = forms.DateField(label=_("Notice came on"), widget=DATE)


class EscalatorForm(forms.Form):
    """By how much the price goes up each year."""

    escalator_percent = AmountField(
        label=_("Yearly escalator in percent"), required=False, max_digits=6, decimal_places=3,
        help_text=_("The price of each line goes up by this much at each anniversary inside the term. Empty ends it: prices stay as they are."),
    )  # fmt: skip


class ContractField(forms.ModelChoiceField[Contract]):
    """A contract, offered with its end."""

    def label_from_instance(self, obj: Contract) -> str:
        end = formats.date(obj.ends_on) if obj.ends_on else gettext("open-ended")
        return gettext("%(contract)s, until %(end)s") % {"contract": obj, "end": end}


class CoTermForm(forms.Form):
    """Together with which contract this one ends."""

    co_term_with = ContractField(
        label=_("Ends together with"), queryset=None, required=False, empty_label=_("No other: it ends on its own")
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = self.fields["co_term_with"]
        assert isinstance(others, ContractField)
        active = Contract.objects.filter(account=contract.account_id, status=Contract.Status.ACTIVE)
        others.queryset = active.exclude(pk=contract.pk).order_by("ends_on", "external_id")


class RateForm(forms.Form):
    """What one unit of a currency is worth."""

    currency = forms.CharField(
        label=_("Currency"), min_length=3, max_length=3, help_text=_("Three letters, for example USD")
    )
    base = forms.CharField(
        label=_("Worth in"), min_length=3, max_length=3, help_text=_("Three letters, for example EUR")
    )
    valid_on = forms.DateField(label=_("Valid from"), widget=DATE)
    rate = AmountField(label=_("One unit is worth"), min_value=0, max_digits=20, decimal_places=10)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_base(self) -> str:
        return str(self.cleaned_data["base"]).upper()


class RateFileForm(forms.Form):
    """Many rates as a table."""

    csv = forms.CharField(
        label=_("Table as CSV"), max_length=1_000_000, strip=False, widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("A header line, then one rate a line: valid_on, currency, base, rate."),
    )  # fmt: skip
