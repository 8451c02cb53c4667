"""Forms of predictions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cshub.l10n.fields import AmountField


class ContactForm(forms.Form):
    """What contacting costs and does; the address of the page holds it, so that it can be sent on."""

    offer = AmountField(label=_("Cost of an accepted offer"), min_value=0, max_digits=12, decimal_places=2)
    contact = AmountField(label=_("Cost of a contact"), min_value=0, max_digits=12, decimal_places=2)
    success = forms.DecimalField(
        label=_("Of 100 that would leave, how many stay when contacted"),
        min_value=0,
        max_value=100,
        decimal_places=1,
        help_text=_("An assumption until a playbook with a holdout has measured it."),
    )

    @staticmethod
    def usual() -> dict[str, str]:
        """What the page begins with."""
        return {"offer": "500", "contact": "50", "success": "20"}
