"""Forms of connectors, made from what their adapters say about themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.ingest.connectors.adapters import ADAPTERS
from accounts.ingest.connectors.adapters.adapter import CHOICE, LONG, WHOLE, YES_NO, Adapter, Option
from accounts.ingest.connectors.models import Connector
from accounts.ingest.kinds import KINDS
from accounts.ingest.models import Kind

OPTION, PLACE = "option_", "place_"


class StartForm(forms.Form):
    """What to read from, and what its rows become."""

    adapter = forms.ChoiceField(label=_("Read from"), choices=Connector.Adapter.choices)
    brings = forms.ChoiceField(
        label=_("Each row becomes"), choices=Kind.choices, help_text=_("A mailbox always brings interactions.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        adapter = ADAPTERS.get(cleaned.get("adapter", ""))
        if adapter is not None and len(adapter.brings) == 1:
            cleaned["brings"] = adapter.brings[0]
        return cleaned


class ConnectorForm(forms.Form):
    """One source: its name and rhythm, the adapter's options, the secret, and where each field stands."""

    name = forms.CharField(label=_("Name"), max_length=200)
    every_minutes = forms.IntegerField(
        label=_("Read every so many minutes"), initial=60, min_value=1, max_value=10080, localize=True
    )

    def __init__(self, *args: Any, adapter: Adapter, brings: str, connector: Connector | None = None, **kwargs: Any):
        self.adapter, self.brings = adapter, brings
        if connector is not None:
            kwargs["initial"] = _initial(connector)
        super().__init__(*args, **kwargs)
        for option in adapter.options:
            self.fields[OPTION + option.name] = _field(option)
        self.fields["secret"] = forms.CharField(
            label=adapter.secret,
            required=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text=_("Kept encrypted and never shown again.")
            if connector is None
            else _("Leave it empty to keep the present one."),
        )
        if adapter.takes_mapping:
            for field in KINDS[brings].fields:
                self.fields[PLACE + field.name] = forms.CharField(
                    label=field.label, required=field.needed, max_length=200
                )

    def of_options(self) -> list[forms.BoundField]:
        return [self[OPTION + option.name] for option in self.adapter.options]

    def of_places(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PLACE)]

    def said(self) -> dict[str, Any]:
        """What the verbs take."""
        cleaned = self.cleaned_data
        return {
            "name": cleaned["name"],
            "every_minutes": cleaned["every_minutes"],
            "secret": cleaned["secret"],
            "options": {option.name: cleaned[OPTION + option.name] for option in self.adapter.options},
            "mapping": {
                name.removeprefix(PLACE): value for name, value in cleaned.items() if name.startswith(PLACE) and value
            },
        }

    def refuse(self, field: str, message: str) -> None:
        """Show a refusal at the field it names."""
        places = [name for name in (field, OPTION + field, PLACE + field) if name in self.fields]
        self.add_error(places[0] if places else None, message)


def _initial(connector: Connector) -> dict[str, Any]:
    return {
        "name": connector.name,
        "every_minutes": connector.every_minutes,
        **{OPTION + name: value for name, value in connector.options.items()},
        **{PLACE + field: place for field, place in connector.mapping.items()},
    }


def _field(option: Option) -> forms.Field:
    common: dict[str, Any] = {"label": option.label, "required": option.needed, "help_text": option.help}
    if option.default != "":
        common["initial"] = option.default
    if option.reads == CHOICE:
        return forms.ChoiceField(choices=option.choices, **common | {"required": True})
    if option.reads == WHOLE:
        common["required"] = False
        return forms.IntegerField(min_value=option.lowest, max_value=option.highest, localize=True, **common)
    if option.reads == YES_NO:
        common["required"] = False
        return forms.BooleanField(**common)
    if option.reads == LONG:
        area = forms.Textarea(attrs={"rows": 6, "dir": "ltr", "spellcheck": "false"})
        return forms.CharField(widget=area, **common)
    return forms.CharField(max_length=500, **common)
