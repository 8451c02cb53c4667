"""Forms of the pages across apps: they read what people type; the verbs judge it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Contact, Interaction
from accounts.models.timeline import Mode
from cshub.kernel.refusal import Refused
from cshub.l10n.fields import AmountField
from cshub.users.models import User
from cshub.users.roles import CUSTOMER_WORK

DATE = {"type": "date"}
FIRST = forms.TextInput(attrs={"autofocus": True})  # where a dialog puts the cursor
NOTE_CHANNELS = [each for each in Interaction.Channel.choices if each[0] != Interaction.Channel.TASK]


def owners() -> Any:
    """Who can look after customers."""
    return User.objects.active().filter(role__in=CUSTOMER_WORK).order_by("name")


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new account. Its revenue comes with contracts, its people with contacts."""

    class Meta:
        model = Account
        fields = (
            "name",
            "external_id",
            "domain",
            "owner",
            "status",
            "segment",
            "industry",
            "region",
            "customer_since_on",
        )
        widgets = {"customer_since_on": forms.DateInput(attrs=DATE)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = owners()
        owner.empty_label = str(_("Nobody"))

    def validate_unique(self) -> None:
        """The verb says whether the external ID is taken."""


class SelectionForm(forms.Form):
    """A question about ticked rows, with an owner. In a dialog beside the list its fields belong to the form of the list, named by `belongs_to`.

    A page with several of them reads the people once and brings them along.
    """

    def __init__(self, *args: Any, belongs_to: str = "", people: Sequence[User] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = owners()
        if people is not None:
            owner.choices = [("", owner.empty_label), *((str(person.pk), str(person)) for person in people)]
        if belongs_to:
            self.use_required_attribute = False  # else the other buttons of the list would ask for these fields
            for field in self.fields.values():
                field.widget.attrs["form"] = belongs_to


class AssignForm(SelectionForm):
    """Who looks after the accounts from now on."""

    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        label=_("Owner"), queryset=None, required=False, empty_label=_("Nobody")
    )


class TaskForm(SelectionForm):
    """Something to do about an account."""

    title = forms.CharField(label=_("What to do"), max_length=300, widget=FIRST)
    due_on = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs=DATE))
    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        label=_("For"), queryset=None, required=False, empty_label=_("The owner of the account")
    )
    expected_minutes = forms.IntegerField(label=_("Expected minutes"), required=False, min_value=0, max_value=960)
    mode = forms.ChoiceField(
        label=_("Who started it"), choices=Mode.choices, initial=Mode.PROACTIVE, widget=forms.RadioSelect
    )
    instructions = forms.CharField(label=_("Details"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    """Something that happened between us and the account."""

    subject = forms.CharField(label=_("What happened"), max_length=300, widget=FIRST)
    channel = forms.ChoiceField(label=_("How"), choices=NOTE_CHANNELS, initial=Interaction.Channel.NOTE)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=Interaction.Direction.choices, initial=Interaction.Direction.INTERNAL
    )
    minutes = forms.IntegerField(label=_("Minutes it took"), min_value=0, max_value=1440, initial=0)
    mode = forms.ChoiceField(label=_("Who started it"), choices=Mode.choices, widget=forms.RadioSelect)
    occurred_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        help_text=_("Empty: just now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    contact: forms.ModelChoiceField[Contact] = forms.ModelChoiceField(
        label=_("With"), queryset=None, required=False, empty_label=_("Not said")
    )
    body = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, account: Account | None = None, people: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ModelChoiceField)
        if account is None:
            contact.choices = [("", contact.empty_label), *people]  # only to be shown
        else:
            contact.queryset = account.contacts.filter(left_on__isnull=True).order_by("name")


class RenewalForm(forms.Form):
    """How a renewal ended. `amount`: what was due, in words."""

    ended = forms.ChoiceField(label=_("How did it end?"), widget=forms.RadioSelect)
    arr_renewed = AmountField(
        label=_("Renewed for, a year"),
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=_("Only for a renewal at another amount."),
    )
    decided_on = forms.DateField(label=_("Decided on"), widget=forms.DateInput(attrs=DATE))

    def __init__(self, data: Any = None, *, today: date, amount: str) -> None:
        super().__init__(data, initial={"decided_on": today})
        self._today = today
        ended = self.fields["ended"]
        assert isinstance(ended, forms.ChoiceField)
        ended.choices = [
            ("renewed", _("Renewed for %(amount)s a year") % {"amount": amount}),
            ("changed", _("Renewed in part, or at another amount")),
            ("churned", _("Lost: the contract ends")),
        ]

    def clean_decided_on(self) -> date:
        day: date = self.cleaned_data["decided_on"]
        if day > self._today:
            raise ValidationError(_("This day is still to come. Give the day on which it was decided."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        said, amount = data.get("ended"), data.get("arr_renewed")
        if said == "changed" and amount is None and "arr_renewed" not in self.errors:
            self.add_error("arr_renewed", _("Say for how much a year it was renewed."))
        if said == "changed" and amount == 0:
            self.add_error("arr_renewed", _("Renewed for nothing is lost. Choose lost, or give an amount."))
        if said in {"renewed", "churned"} and amount is not None:
            self.add_error("arr_renewed", _("Leave this empty, or choose renewed at another amount."))
        return data


class SaveViewForm(forms.Form):
    """The name of a list with its filters."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=FIRST)
    is_shared = forms.BooleanField(label=_("Everybody sees it"), required=False)
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


def blame(form: forms.BaseForm, refusal: Refused | ValidationError) -> None:
    """Show what a verb refused at the field it names (`refused_as` of the form says which field asks for that), or above the form."""
    if isinstance(refusal, Refused):
        found: dict[str, list[str]] = {refusal.field: [str(refusal)]}
    elif hasattr(refusal, "error_dict"):
        found = refusal.message_dict
    else:
        found = {NON_FIELD_ERRORS: refusal.messages}
    shown_as: dict[str, str] = getattr(form, "refused_as", {})
    for field, texts in found.items():
        place = shown_as.get(field, field)
        for text in texts:
            form.add_error(place if place in form.fields else None, text)
