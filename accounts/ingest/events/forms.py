"""Forms about sources and about what is kept of their events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.ingest.events.models import EVENTS_A_MINUTE, RejectedEvent, Source
from accounts.ingest.events.services import Policy
from accounts.models import Account


class SourceForm(forms.Form):
    """A source to create."""

    name = forms.CharField(label=_("What sends events?"), max_length=100, help_text=_("For example: web application."))
    events_a_minute = forms.IntegerField(
        label=_("Events a minute, at most"), min_value=1, max_value=100_000_000, initial=EVENTS_A_MINUTE
    )


class RotationForm(forms.Form):
    """A new key, and what becomes of the old one."""

    old_key = forms.ChoiceField(
        label=_("The old key"),
        choices=[
            ("1", _("Old key works for another day")),
            ("7", _("Old key works for another week")),
            ("0", _("Old key ends at once")),
        ],
        required=False,
    )

    def until(self, as_of: datetime) -> datetime:
        """Until when the old key works; a day where nothing is chosen."""
        return as_of + timedelta(days=int(self.cleaned_data["old_key"] or 1))


class PolicyForm(forms.Form):
    """How long events are kept."""

    kept_months = forms.IntegerField(label=_("Months events are kept"), min_value=1, max_value=240)
    raw_days = forms.IntegerField(label=_("Days requests are kept as they came"), min_value=1, max_value=365)
    held_days = forms.IntegerField(label=_("Days an event waits for its account"), min_value=1, max_value=365)
    most_names = forms.IntegerField(label=_("Names counted apart"), min_value=1, max_value=5_000)

    def chosen(self) -> Policy:
        return Policy(**self.cleaned_data)


class ArrivalFilter(forms.Form):
    """Which arrivals to show."""

    source = forms.ModelChoiceField(
        label=_("Source"), queryset=Source.objects.none(), required=False, empty_label=_("All")
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All in quarantine")), *RejectedEvent.State.choices],
        required=False,
    )

    account = forms.ModelChoiceField(
        label=_("External ID of the account"),
        queryset=Account.objects.none(),
        to_field_name="external_id",
        widget=forms.TextInput,
        required=False,
        error_messages={
            "invalid_choice": _("There is no account with this external ID. Copy it from the head of its page.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.all()  # type: ignore[attr-defined]
        self.fields["source"].queryset = Source.objects.order_by("name")  # type: ignore[attr-defined]
