"""Forms of the playbook and task pages: they read what people type; the verbs judge it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Interaction
from accounts.models.timeline import Mode
from cshub.l10n import formats
from cshub.users import four_eyes
from cshub.users.models import User
from health.models import Band
from health.segments.models import Segment
from playbooks import services
from playbooks.models import PlaybookVersion, Task
from playbooks.services.tasks import MAX_MINUTES, WORKERS

Trigger = PlaybookVersion.Trigger
BANDS = [(band.value, band.label) for band in (Band.RISK, Band.WATCH)]
FIELD_OF = {"holdout_share": "holdout_percent", "trigger_settings": "trigger", "audience": "segment"}


class PlaybookForm(forms.Form):
    """Everything a version says but its steps, with the name of its playbook."""

    name = forms.CharField(label=_("Name"), max_length=200)
    purpose = forms.CharField(label=_("Purpose"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    mode = forms.ChoiceField(
        label=_("Mode"), choices=Mode.choices, help_text=_("Proactive: we start it. Reactive: the customer does.")
    )
    trigger = forms.ChoiceField(label=_("Starts when"), choices=Trigger.choices)
    days_before = forms.IntegerField(
        label=_("Days before the term ends"),
        required=False,
        min_value=1,
        max_value=730,
        help_text=_("For “A term is ending”."),
    )
    to_bands = forms.MultipleChoiceField(
        label=_("Health falls to"),
        required=False,
        choices=BANDS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For “Health falls”."),
    )
    segment = forms.MultipleChoiceField(label=_("Segments"), required=False, help_text=_("None chosen: all."))
    in_segment = forms.MultipleChoiceField(label=_("In the segment"), required=False, help_text=_("None chosen: all."))
    region = forms.MultipleChoiceField(label=_("Regions"), required=False, help_text=_("None chosen: all."))
    bands = forms.MultipleChoiceField(
        label=_("Health now"), required=False, choices=Band.choices, widget=forms.CheckboxSelectMultiple
    )
    arr_min = forms.DecimalField(label=_("Lowest ARR"), required=False, min_value=0)
    arr_max = forms.DecimalField(label=_("Highest ARR"), required=False, min_value=0)
    goal = forms.CharField(
        label=_("Goal"), max_length=300, help_text=_("What should be different because of this work?")
    )
    horizon_days = forms.IntegerField(
        label=_("Horizon in days"),
        min_value=1,
        max_value=1095,
        help_text=_("An account's renewal counts when it falls due within this many days."),
    )
    holdout_percent = forms.DecimalField(
        label=_("Holdout, per cent"),
        min_value=0,
        max_value=80,
        max_digits=4,
        decimal_places=1,
        help_text=_("So many of 100 accounts are left alone by lot. Without them the effect cannot be shown."),
    )

    def __init__(self, *args: Any, playbook_is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("segment", "region"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(value, value) for value in _values_of(name, self.initial.get(name, []))]
        in_segment = self.fields["in_segment"]
        assert isinstance(in_segment, forms.MultipleChoiceField)
        in_segment.choices = [(str(pk), name) for pk, name in Segment.objects.in_use().values_list("pk", "name")]
        if not playbook_is_new:
            for name in ("name", "purpose", "mode"):
                del self.fields[name]

    def content(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """What was typed, as the verbs take it."""
        data = self.cleaned_data
        named = {name: data[name] for name in ("segment", "in_segment", "region", "bands")}
        amounts = {"arr_min": data["arr_min"], "arr_max": data["arr_max"]}
        audience = {
            **{name: values for name, values in named.items() if values},
            **{name: str(amount) for name, amount in amounts.items() if amount is not None},
        }
        runway = data["trigger"] == Trigger.RENEWAL_RUNWAY
        return {
            "trigger": data["trigger"],
            "trigger_settings": {"days_before": data["days_before"] or 90}
            if runway
            else {"to_bands": data["to_bands"]},
            "audience": audience,
            "steps": steps,
            "goal": data["goal"],
            "horizon_days": data["horizon_days"],
            "holdout_share": data["holdout_percent"] / 100,
        }

    def blame(self, message: object, field: str) -> None:
        """Show a verb's refusal at the field it names, or above the form."""
        name = (
            field.rpartition(".")[2] if "." in field and not field.startswith("steps") else FIELD_OF.get(field, field)
        )
        self.add_error(name if name in self.fields else None, str(message))


class StepForm(forms.Form):
    """One step."""

    title = forms.CharField(label=_("What to do"), max_length=300)
    instructions = forms.CharField(label=_("Instructions"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    after_days = forms.IntegerField(
        label=_("Business days"),
        min_value=0,
        max_value=260,
        initial=0,
        help_text=_("Due so long after it is handed out."),
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=960, initial=30)


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=20, can_delete=True)


class DecisionForm(forms.Form):
    """Approve a version, or return it with a note."""

    decision = forms.ChoiceField(choices=[("approved", _("Approve")), ("returned", _("Return"))])
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    content_hash = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(label=_("I looked at the changes, the accounts and the messages"), required=False)

    def take(self, version: PlaybookVersion, *, by: User, as_of: datetime) -> Any:
        """Take the decision by its verb; what came of it, in a sentence. Raises Refused."""
        if not self.is_valid():
            raise four_eyes.CannotDecide(_("Choose whether to approve or to return the version."))
        data = self.cleaned_data
        if data["decision"] == "returned":
            services.return_to_author(version, by=by, as_of=as_of, note=data["note"])
            return _("Returned to its author.")
        if not data["confirmed"]:
            raise four_eyes.CannotDecide(_("Confirm that you looked at the changes, the accounts and the messages."))
        services.approve(version, by=by, as_of=as_of, note=data["note"], content_hash=data["content_hash"])
        return _("Approved. It runs from now on, and its goal and holdout cannot change.")


class CompletionForm(forms.Form):
    """How long it took and what came of it."""

    minutes = forms.IntegerField(label=_("Minutes it took"), min_value=0, max_value=MAX_MINUTES)
    result = forms.ChoiceField(label=_("What came of it"), choices=Task.Result.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label=_("How"),
        required=False,
        choices=[
            ("task", _("Not said")),
            *(each for each in Interaction.Channel.choices if each[0] in {"call", "email", "meeting", "chat"}),
        ],
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class SnoozeForm(forms.Form):
    """When it comes back."""

    until = forms.DateField(label=_("Back on"), widget=forms.DateInput(attrs={"type": "date"}))
    past_renewal = forms.BooleanField(label=_("Snooze it past the renewal all the same"), required=False)

    def __init__(self, *args: Any, renewal_on: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._renewal_on = renewal_on
        if not self._is_late(self.data.get("until")):
            del self.fields["past_renewal"]  # asked only when it matters

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "past_renewal" in self.fields and not data.get("past_renewal"):
            assert self._renewal_on
            text = _(
                "The account renews on %(day)s, before that. Choose an earlier day, or say below that it may pass."
            )
            self.add_error("until", text % {"day": formats.date(self._renewal_on)})
        return data

    def moment(self, user: User) -> datetime:
        """Eight in the morning of the chosen day, where the person is."""
        return datetime.combine(self.cleaned_data["until"], time(8), tzinfo=ZoneInfo(user.timezone or "UTC"))

    def _is_late(self, typed: str | None) -> bool:
        try:
            until = self.fields["until"].clean(typed) if typed else None
        except forms.ValidationError:
            return False
        return bool(self._renewal_on and until and until > self._renewal_on)

    @staticmethod
    def tomorrow(as_of: datetime) -> dict[str, Any]:
        """What the form proposes."""
        return {"until": as_of.date() + timedelta(days=1)}


class ReassignForm(forms.Form):
    """Who takes it."""

    owner: forms.ModelChoiceField[User] = forms.ModelChoiceField(label=_("Owner"), queryset=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(is_active=True, role__in=WORKERS).order_by("name")


class CancelForm(forms.Form):
    """Why it need not be done."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


def initial_of(version: PlaybookVersion) -> dict[str, Any]:
    """A version as the form shows it."""
    return {
        "trigger": version.trigger,
        **version.trigger_settings,
        **version.audience,
        "goal": version.goal,
        "horizon_days": version.horizon_days,
        "holdout_percent": (version.holdout_share * 100).quantize(Decimal("0.1")),
        "name": version.playbook.name,
        "purpose": version.playbook.purpose,
        "mode": version.playbook.mode,
    }


def steps_of(formset: Any) -> list[dict[str, Any]]:
    """The steps that were typed and not taken out, in order."""
    return [
        {name: form.cleaned_data[name] for name in ("title", "instructions", "after_days", "minutes")}
        for form in formset.forms
        if form.cleaned_data and not form.cleaned_data.get("DELETE")
    ]


def _values_of(name: str, chosen: Any) -> list[str]:
    known: Mapping[str, None] = dict.fromkeys(
        Account.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()[:200]
    )
    return sorted({*known, *chosen})
