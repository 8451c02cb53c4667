"""Forms of data quality: how often facts are expected, and which of two accounts stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.ingest.quality.services import MOST_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from accounts.ingest.quality.queries.freshness import Freshness
    from accounts.models import Account


class RhythmForm(forms.Form):
    """Days without news after which each kind counts as stale."""

    def __init__(self, *args: Any, kinds: Sequence[Freshness], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in kinds:
            self.fields[each.kind] = forms.IntegerField(
                label=str(each.label), min_value=1, max_value=MOST_DAYS, initial=each.stale_after_days
            )


class MergeForm(forms.Form):
    """Which of the two stays, and why they are one."""

    survivor = forms.ChoiceField(label=_("Which account stays?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Kept with the merge, for whoever asks later.")
    )

    def __init__(self, *args: Any, accounts: Sequence[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["survivor"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(each.pk), f"{each.name} ({each.external_id})") for each in accounts]
