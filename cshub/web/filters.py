"""Reads the address of the account list into filters, and says in words which are on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ingest.quality.queries.gaps import GAPS, lacking
from accounts.models import Account, CustomField
from accounts.queries.custom_fields import matching
from accounts.querysets import AccountQuerySet
from cshub.kernel.refusal import Refused
from cshub.l10n import formats
from cshub.users.models import User
from cshub.web.further_filters import conditions, further_fields
from cshub.web.queries.cursors import SORTS
from cshub.web.value_columns import LABELS
from health.models import AccountSentiment, Band
from health.segments.lists import accounts_meeting, in_time, rule_in_words
from health.segments.models import Segment, SegmentMembership
from health.value.models import Tier

USUAL_SORT = "renewal"
STARTING_HIGH = {"arr", "clv", "cost_to_serve"}  # what one wants to see the most of first
DIRECTIONS = [sign + name for name in SORTS for sign in ("", "-")]
UNSCORED = "none"
UNSAID = "unknown"


class FilterForm(forms.Form):
    """What can be asked of the list. Fields are optional, and each is read by itself: a bad one is left out, the others hold."""

    q = forms.CharField(
        label=gettext_lazy("Name or external ID"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autofocus": True}),
    )  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    health = forms.MultipleChoiceField(
        label=gettext_lazy("Health"), required=False, choices=[*Band.choices, (UNSCORED, gettext_lazy("Not scored yet"))],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    sentiment = forms.MultipleChoiceField(
        label=gettext_lazy("Sentiment"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[*AccountSentiment.Level.choices, (UNSAID, gettext_lazy("Unknown"))],
    )  # fmt: skip
    status = forms.MultipleChoiceField(
        label=gettext_lazy("Status"), required=False, choices=Account.Status.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    stage = forms.MultipleChoiceField(
        label=gettext_lazy("Lifecycle stage"), required=False, choices=Account.Stage.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    renewal = forms.IntegerField(
        label=gettext_lazy("Renewal within so many days"), required=False, min_value=1, max_value=3650
    )
    segment = forms.CharField(
        label=gettext_lazy("Segment"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"list": "known-segment"}),
    )  # fmt: skip
    region = forms.CharField(
        label=gettext_lazy("Region"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"list": "known-region"}),
    )  # fmt: skip
    in_segment = forms.ChoiceField(label=gettext_lazy("In the segment"), required=False)
    arr_from = forms.DecimalField(
        label=gettext_lazy("Annual revenue from"), required=False, min_value=0, max_digits=18, decimal_places=2
    )
    arr_to = forms.DecimalField(
        label=gettext_lazy("Annual revenue to"), required=False, min_value=0, max_digits=18, decimal_places=2
    )
    value_tier = forms.MultipleChoiceField(
        label=gettext_lazy("Value tier"), required=False, choices=Tier.choices, widget=forms.CheckboxSelectMultiple
    )
    gap = forms.ChoiceField(
        label=gettext_lazy("Data gap"), required=False,
        choices=[("", gettext_lazy("Any")), *((gap.key, gap.label) for gap in GAPS.values())],
    )  # fmt: skip
    rule = forms.CharField(
        label=gettext_lazy("Rule"), required=False, max_length=20_000, widget=forms.HiddenInput,
    )  # fmt: skip
    show = forms.MultipleChoiceField(
        label=gettext_lazy("Further columns"), required=False, choices=list(LABELS.items()),
        widget=forms.MultipleHiddenInput,
    )  # fmt: skip
    sort = forms.ChoiceField(
        label=gettext_lazy("Sorting"), required=False, choices=[(each, each) for each in DIRECTIONS],
        widget=forms.HiddenInput,
    )  # fmt: skip

    def __init__(
        self, *args: Any, people: Sequence[User], definitions: Sequence[CustomField] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rule_words = ""
        self.further = further_fields(definitions)
        self.fields.update({name: field for name, (_definition, _lookup, field) in self.further.items()})
        known = {"value": "%(value)s", "known": ", ".join(DIRECTIONS)}
        self.fields["sort"].error_messages["invalid_choice"] = (
            _("“%(value)s” is no sorting. There are: %(known)s.") % known
        )
        in_segment = self.fields["in_segment"]
        assert isinstance(in_segment, forms.ChoiceField)
        in_segment.choices = _segments()
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [
            ("", _("Everybody")),
            ("me", _("Me")),
            ("none", _("Nobody")),
            *((str(person.pk), str(person)) for person in people),
        ]

    def clean_rule(self) -> Any:
        text = self.cleaned_data["rule"]
        if text:
            try:
                self.rule_words = rule_in_words(json.loads(text))
            except (ValueError, RecursionError, Refused) as error:
                said = str(error) if isinstance(error, Refused) else _("It cannot be read. Build it anew as a segment.")
                raise forms.ValidationError(said) from error
        return text

    def clean_arr_to(self) -> Any:
        low, high = self.cleaned_data.get("arr_from"), self.cleaned_data["arr_to"]
        if low is not None and high is not None and high < low:
            raise forms.ValidationError(_("It is below the lowest. Give a higher one."))
        return high


@dataclass(frozen=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    name: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Filters:
    """The filters of one request. `values` holds what was read, by field; `problems` what was left out, as sentences; `show` the columns one added."""

    form: FilterForm
    values: dict[str, Any]
    problems: tuple[str, ...]
    sort: str
    show: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The query string that leads to the same list, always in the same order."""
        return self._encoded(self._kept)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to add, also the one that the list is sorted by."""
        return tuple(name for name in LABELS if name in self.show or name == self.sort.lstrip("-"))

    def sorted_by(self, name: str) -> str:
        """The same list by this column; once more turns it around."""
        usual = "-" + name if name in STARTING_HIGH else name
        other = name if usual.startswith("-") else "-" + name
        return "?" + self._encoded({**self._kept, "sort": other if self.sort == usual else usual})

    def showing(self, name: str) -> str:
        """The same list with this column, or without it where it is shown; then also no longer sorted by it."""
        if name not in self.columns:
            return "?" + self._encoded({**self._kept, "show": [*self.show, name]})
        sort = "" if self.sort.lstrip("-") == name else self._kept["sort"]
        return "?" + self._encoded({**self._kept, "show": [each for each in self.show if each != name], "sort": sort})

    def in_time(self) -> AbstractContextManager[None]:
        """Raises Refused where a rule takes longer than a page may; without a rule nothing is measured."""
        return in_time() if "rule" in self.values else nullcontext()

    def chips(self) -> list[Chip]:
        """The filters that are on, in the order of the dialog."""
        return [
            Chip(*self._in_words(name), remove_url="?" + self._encoded({**self._kept, name: ""}))
            for name in self.values
        ]

    def of(self, accounts: AccountQuerySet, *, user: User, as_of: datetime) -> AccountQuerySet:
        """The accounts that meet every filter. Raises Refused where a rule costs too much."""
        values, today = self.values, as_of.date()
        simple = {
            "status__in": values.get("status"),
            "stage__in": values.get("stage"),
            "value__tier__in": values.get("value_tier"),
            "segment": values.get("segment"),
            "region": values.get("region"),
            "revenue__arr__gte": values.get("arr_from"),
            "revenue__arr__lte": values.get("arr_to"),
        }
        if Account.Status.MERGED not in values.get("status", ()):
            accounts = accounts.present()
        accounts = accounts.filter(**{lookup: value for lookup, value in simple.items() if value not in (None, "")})
        accounts = matching(accounts, conditions(self.form.further, values))
        if words := values.get("q"):
            accounts = accounts.holding(words)
        if bands := values.get("health"):
            unscored = Q(health__isnull=True) if UNSCORED in bands else Q()
            accounts = accounts.filter(Q(health__band__in=[band for band in bands if band != UNSCORED]) | unscored)
        if levels := values.get("sentiment"):
            accounts = _of_sentiment(accounts, levels, as_of)
        if days := values.get("renewal"):
            accounts = accounts.renewing_between(today, today + timedelta(days=days))
        accounts = _of_rules(accounts, values, as_of)
        if gap := values.get("gap"):
            accounts = lacking(accounts, gap, as_of=as_of)
        return _of_owner(accounts, values.get("owner", ""), user)

    def _in_words(self, name: str) -> tuple[str, str]:
        field, value = self.form.fields[name], self.values[name]
        if name == "renewal":
            return _("Renewal"), _("in the next %(days)s days") % {"days": formats.number(value)}
        if name == "rule":
            return str(field.label), self.form.rule_words
        if isinstance(field, forms.ChoiceField):
            labels = {str(key): str(label) for key, label in field.choices}  # type: ignore[misc, union-attr]
            chosen = value if isinstance(value, list) else [value]
            return str(field.label), ", ".join(labels[each] for each in chosen)
        is_number = isinstance(value, Decimal)
        return str(field.label), formats.number(value) if is_number else str(value)

    @property
    def _kept(self) -> dict[str, Any]:
        return {**self.values, "show": list(self.show), "sort": self.sort if self.sort != USUAL_SORT else ""}

    @staticmethod
    def _encoded(values: dict[str, Any]) -> str:
        return urlencode({name: value for name, value in values.items() if value not in ("", None, [])}, doseq=True)


def read_filters(data: QueryDict, *, people: Sequence[User], definitions: Sequence[CustomField] = ()) -> Filters:
    """Read an address. What makes no sense is left out and named, never refused."""
    form = FilterForm(data, people=people, definitions=definitions)
    form.is_valid()
    values = {
        name: form.cleaned_data[name]
        for name in form.fields
        if name not in ("sort", "show") and form.cleaned_data.get(name) not in (None, "", [])
    }
    problems = tuple(
        _("The filter “%(name)s” is left out: %(error)s")
        % {"name": form.fields[name].label, "error": " ".join(str(error) for error in errors)}
        for name, errors in form.errors.items()
    )
    show = tuple(form.cleaned_data.get("show") or ())
    return Filters(form, values, problems, form.cleaned_data.get("sort") or USUAL_SORT, show)


def _segments() -> list[tuple[str, str]]:
    return [("", _("Any")), *((str(pk), name) for pk, name in Segment.objects.in_use().values_list("pk", "name"))]


def _of_rules(accounts: AccountQuerySet, values: dict[str, Any], as_of: datetime) -> AccountQuerySet:
    """Those of a segment as it was told last, and those of a rule as it reads now."""
    if segment := values.get("in_segment"):
        accounts = accounts.filter(pk__in=SegmentMembership.objects.present().filter(segment=segment).values("account"))
    if rule := values.get("rule"):
        accounts = accounts.filter(pk__in=accounts_meeting(json.loads(rule), as_of=as_of))
    return accounts


def _of_sentiment(accounts: AccountQuerySet, levels: list[str], as_of: datetime) -> AccountQuerySet:
    counting = AccountSentiment.objects.counting(as_of)
    said = Q(pk__in=counting.filter(level__in=levels).values("account"))
    return accounts.filter(said | ~Q(pk__in=counting.values("account")) if UNSAID in levels else said)


def _of_owner(accounts: AccountQuerySet, owner: str, user: User) -> AccountQuerySet:
    if owner == "me":
        return accounts.owned_by(user)
    if owner == "none":
        return accounts.filter(owner__isnull=True)
    return accounts.filter(owner=UUID(owner)) if owner else accounts
