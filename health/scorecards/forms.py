"""The decision about a version, as it is typed."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cshub.users import four_eyes
from cshub.users.models import User
from health.models import ScorecardVersion
from health.scorecards import approval


class DecisionForm(forms.Form):
    """Approve a version, or return it with a note."""

    decision = forms.ChoiceField(choices=[("approved", _("Approve")), ("returned", _("Return"))])
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    preview = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.BooleanField(label=_("I looked at the changes and at who changes band"), required=False)

    def take(self, version: ScorecardVersion, *, by: User, as_of: datetime) -> str:
        """Take the decision by its verb; what came of it, in a sentence. Raises Refused."""
        if not self.is_valid():
            raise four_eyes.CannotDecide(_("Choose whether to approve or to return the version."))
        data = self.cleaned_data
        if data["decision"] == "returned":
            approval.return_to_author(version, by=by, as_of=as_of, note=data["note"])
            return gettext("Returned to its author.")
        if not data["confirmed"]:
            raise four_eyes.CannotDecide(_("Confirm that you looked at the changes and at who changes band."))
        approval.approve(version, by=by, as_of=as_of, note=data["note"], preview=data["preview"])
        return gettext("Approved. It scores from the next scoring, and its formula cannot change.")
