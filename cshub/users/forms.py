"""Forms about people and keys."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from cshub.users.models import Role, Scope, Team, User
from cshub.users.services import PREFERENCES

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm

LIFETIMES = {"30": _("30 days"), "90": _("90 days"), "365": _("1 year"), "": _("No end")}


class SignInForm(forms.Form):
    """Email and password."""

    email = forms.EmailField(
        label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordResetForm(forms.Form):
    """Where to send the mail."""

    email = forms.EmailField(
        label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )


class ProfileForm(UserForm):
    """How the product looks and reads to oneself."""

    class Meta:
        model = User
        fields = PREFERENCES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(
            zone
            for zone in available_timezones()
            if "/" in zone and not zone.startswith(("Etc/", "posix", "right", "SystemV"))
        )
        self.fields["timezone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[("UTC", "UTC"), *((zone, zone) for zone in zones)]
        )


class InvitationForm(forms.Form):
    """A person to take in."""

    email = forms.EmailField(label=_("Email"))
    name = forms.CharField(label=_("Name"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(label=_("Team"), queryset=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]


class MemberForm(UserForm):
    """Name, role and team of somebody, and whether they may sign in."""

    class Meta:
        model = User
        fields = ("name", "role", "team", "is_active")


class ApiKeyForm(forms.Form):
    """A key to issue."""

    name = forms.CharField(label=_("What is it for?"), max_length=100)
    scopes = forms.MultipleChoiceField(label=_("Scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    lifetime = forms.ChoiceField(label=_("Works for"), choices=list(LIFETIMES.items()), required=False, initial="365")

    def expires_at(self, as_of: datetime) -> datetime | None:
        """The end of the chosen lifetime; None without one."""
        days = self.cleaned_data["lifetime"]
        return as_of + timedelta(days=int(days)) if days else None


class AbsenceForm(forms.Form):
    """When somebody is away, and who covers: oneself, or with `others` anybody who works here."""

    person: forms.ModelChoiceField[User] = forms.ModelChoiceField(label=_("Who is away"), queryset=None)
    starts_on = forms.DateField(label=_("First day away"), widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label=_("Back on"), widget=forms.DateInput(attrs={"type": "date"}))
    cover: forms.ModelChoiceField[User] = forms.ModelChoiceField(label=_("Who covers"), queryset=None)

    def __init__(self, *args: Any, user: User, others: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person, cover = self.fields["person"], self.fields["cover"]
        assert isinstance(person, forms.ModelChoiceField)
        assert isinstance(cover, forms.ModelChoiceField)
        person.queryset = cover.queryset = User.objects.active().order_by("name")
        if others:
            person.initial = user.pk
        else:
            del self.fields["person"]
            cover.queryset = cover.queryset.exclude(pk=user.pk)
