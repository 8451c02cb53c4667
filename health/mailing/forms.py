"""How often one is told, as it is chosen."""

from django import forms
from django.utils.translation import gettext_lazy as _

from health.models import HealthMailing


class MailingForm(forms.Form):
    """One choice."""

    every = forms.ChoiceField(
        label=_("Changes of health in your book"),
        choices=HealthMailing.Every.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Accounts that you own or cover for, when they are in another band than the time before: each with its reason. Nothing comes when nothing changed. Mornings are those of your time zone."
        ),
    )
