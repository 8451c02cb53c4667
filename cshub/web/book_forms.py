"""Forms of the book: stages, trees, merges, people and further fields. They read what people type; the verbs judge it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Consent, Contact, CustomField
from accounts.services.attachments import ALLOWED
from accounts.services.stages import possible_stages, usual_stages
from cshub.l10n.fields import AmountField

DATE = {"type": "date"}
FIRST = {"autofocus": True}
WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


class StageForm(forms.Form):
    """Which stage comes next, and why when it is unusual."""

    to_stage = forms.ChoiceField(label=_("Stage"))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, help_text=_("Needed for a move that is not usual.")
    )

    def __init__(self, *args: Any, stage: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = usual_stages(stage)
        labels = dict(Account.Stage.choices)
        chosen = possible_stages(stage)
        field = self.fields["to_stage"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (_("Usual"), [(each, labels[each]) for each in chosen if each in usual]),
            (_("With a reason"), [(each, labels[each]) for each in chosen if each not in usual]),
        ]


class OtherAccountForm(forms.Form):
    """Another account, by its external ID."""

    refused_as: ClassVar[dict[str, str]] = {"parent": "account", "absorbed": "account"}
    account = forms.CharField(
        label=_("External ID of the other account"), max_length=200, required=False, widget=forms.TextInput(attrs=FIRST)
    )

    def clean_account(self) -> Account | None:
        text = self.cleaned_data["account"].strip()
        if not text:
            return None
        found: Account | None = Account.objects.filter(external_id=text).select_related("merged_into").first()
        if found is None:
            raise forms.ValidationError(
                _("There is no account with the external ID “%(value)s”. Copy it from the head of its page.")
                % {"value": text}
            )
        return found.merged_into or found


class ParentForm(OtherAccountForm):
    """Below which account this one stands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].label = _("External ID of the parent account")
        self.fields["account"].help_text = _("Empty: it stands on its own.")


class MergeForm(OtherAccountForm):
    """Which account goes into this one."""

    occurred_on = forms.DateField(
        label=_("Since when"), required=False, widget=forms.DateInput(attrs=DATE), help_text=_("Empty: today.")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].required = True
        self.fields["account"].help_text = _(
            "It goes into the account of this page: contracts, people, orders, tickets and files come here, its history can be read here."
        )


class SplitForm(forms.Form):
    """Since when the two are two again, and why."""

    occurred_on = forms.DateField(
        label=_("Since when"), required=False, widget=forms.DateInput(attrs=DATE), help_text=_("Empty: today.")
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)


class FileForm(forms.Form):
    """A file to keep."""

    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ",".join(ALLOWED)}), allow_empty_file=True
    )


class FurtherFieldsForm(forms.Form):
    """The tenant's own fields, one by one. An empty one is deleted."""

    def __init__(self, *args: Any, definitions: Sequence[CustomField], values: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = {f"field_{definition.pk.hex}": definition.key for definition in definitions}
        for (name, key), definition in zip(self.keys.items(), definitions, strict=True):
            self.fields[name] = _input(definition, values.get(key))

    def attributes(self) -> dict[str, Any]:
        """What was typed, by key; None deletes."""
        return {
            key: None if self.cleaned_data[name] in ("", None) else _read(self.cleaned_data[name])
            for name, key in self.keys.items()
        }


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person at an account."""

    class Meta:
        model = Contact
        fields = ("name", "role", "title", "email", "phone", "language", "timezone", "joined_on", "external_id")
        widgets = {"joined_on": forms.DateInput(attrs=DATE)}

    def clean_external_id(self) -> str | None:
        return self.cleaned_data["external_id"] or None

    def validate_unique(self) -> None:
        """The verb says whether the external ID is taken."""


class LeftForm(forms.Form):
    """When the person left."""

    left_on = forms.DateField(label=_("Left on"), widget=forms.DateInput(attrs=DATE | FIRST))


class ConsentForm(forms.Form):
    """What the person said about a channel, and how we know."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Consent.Channel.choices)
    state = forms.ChoiceField(label=_("Answer"), choices=Consent.State.choices, widget=forms.RadioSelect)
    source = forms.CharField(
        label=_("How we know"), max_length=300, help_text=_("Such as: said on the phone, order form, preference page.")
    )


class WindowsForm(forms.Form):
    """Hours in which the person wants to be called: a pair for each day; an empty day means none."""

    def __init__(self, *args: Any, hours: dict[int, tuple[time, time]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clock = {"type": "time"}
        for day, name in enumerate(WEEKDAYS):
            start, end = hours.get(day, (None, None))
            self.fields[f"from_{day}"] = forms.TimeField(
                label=_("%(day)s from") % {"day": name}, required=False, initial=start, widget=forms.TimeInput(attrs=clock, format="%H:%M")
            )  # fmt: skip
            self.fields[f"to_{day}"] = forms.TimeField(
                label=_("%(day)s to") % {"day": name}, required=False, initial=end, widget=forms.TimeInput(attrs=clock, format="%H:%M")
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for day in range(7):
            start, end = data.get(f"from_{day}"), data.get(f"to_{day}")
            if (start is None) != (end is None):
                self.add_error(f"to_{day}" if end is None else f"from_{day}", _("Give both times, or neither."))
            elif start is not None and end is not None and end <= start:
                self.add_error(f"to_{day}", _("The hours end before they begin. Give a later time."))
        return data

    def windows(self) -> list[tuple[int, time, time]]:
        """The days that have hours."""
        pairs = ((day, self.cleaned_data[f"from_{day}"], self.cleaned_data[f"to_{day}"]) for day in range(7))
        return [(day, start, end) for day, start, end in pairs if start is not None and end is not None]


class CustomFieldForm(forms.Form):
    """A new field of the tenant's own."""

    subject = forms.ChoiceField(label=_("Belongs to"), choices=CustomField.Subject.choices)
    key = forms.CharField(label=_("Key"), max_length=60, help_text=_("As it stands in files and in the API."))
    label = forms.CharField(label=_("Label"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For a list: one entry a line."),
    )

    def clean_choices(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]


class CustomFieldChangeForm(forms.Form):
    """What can be changed about a field: its label, and its list."""

    label = forms.CharField(label=_("Label"), max_length=200)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("For a list: one entry a line."),
    )

    clean_choices = CustomFieldForm.clean_choices

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind != CustomField.Kind.CHOICE:
            del self.fields["choices"]


def _input(definition: CustomField, value: Any) -> forms.Field:
    more: dict[str, Any] = {"label": definition.label, "required": False, "initial": value}
    if definition.kind == CustomField.Kind.NUMBER:
        return AmountField(**more)
    if definition.kind == CustomField.Kind.DATE:
        return forms.DateField(**more, widget=forms.DateInput(attrs=DATE))
    if definition.kind == CustomField.Kind.YES_NO:
        return forms.TypedChoiceField(
            **{**more, "initial": "" if value is None else str(bool(value)).lower()},
            choices=[("", _("Not said")), ("true", _("Yes")), ("false", _("No"))],
            coerce=lambda text: text == "true",
            empty_value=None,
        )
    if definition.kind == CustomField.Kind.CHOICE:
        return forms.ChoiceField(**more, choices=[("", _("Not said")), *((each, each) for each in definition.choices)])
    return forms.CharField(**more, max_length=2000)


def _read(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
