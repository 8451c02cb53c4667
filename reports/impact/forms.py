"""Forms of impact."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cshub.l10n import formats
from cshub.l10n.fields import AmountField
from reports.impact.models import Claim, Outcome, Review


class OutcomeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes no argument at run time
    """An outcome in words: who, what, when, and how much of it is left to credit."""

    def label_from_instance(self, obj: Any) -> str:
        left = formats.money(obj.balance.amount - obj.balance.credited, obj.currency)
        what = f"{obj.get_kind_display()} {formats.date(obj.occurred_on)}"
        return formats.separator().join([obj.account.name, what, left])


class ClaimForm(forms.Form):
    """What we contributed to, how much, and what we did."""

    outcome = OutcomeChoice(label=_("What happened"), queryset=Outcome.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label=_("Our part"), choices=Claim.Kind.choices)
    amount = AmountField(label=_("Amount a year"), max_digits=18, decimal_places=2)
    narrative = forms.CharField(label=_("What we did"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, outcomes: list[Outcome], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["outcome"]
        assert isinstance(choice, OutcomeChoice)
        choice.queryset = (
            Outcome.objects.filter(pk__in=[row.pk for row in outcomes])
            .select_related("account", "balance")
            .order_by("-occurred_on", "-id")
        )


class CiteForm(forms.Form):
    """A record that shows a claim."""

    record = forms.ChoiceField(label=_("Record"))
    confirms = forms.BooleanField(label=_("These are the customer's own words"), required=False)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["record"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class ReviewForm(forms.Form):
    """Somebody else judges."""

    decision = forms.ChoiceField(choices=Review.Decision.choices)
    note = forms.CharField(label=_("Note to the claimant"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ReversalForm(forms.Form):
    """Why a credit is taken back."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))
