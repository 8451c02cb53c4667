"""A rule as a filter of the list of accounts."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters

from accounts.queries.rules import COMPUTED_BY
from cshub.api.errors import invalid_parameter
from cshub.kernel.refusal import Refused


class RuleFilter(filters.CharFilter):  # type: ignore[misc]
    """A rule as JSON, as it stands in a segment."""

    def __init__(self) -> None:
        super().__init__(label="A rule as in a segment, as JSON; see /segments/preview/ for its cost.")

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        try:
            definition = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise invalid_parameter("rule", _("It is no JSON. Write a rule as it stands in a segment.")) from error
        as_of = self.parent.request.parser_context["view"].as_of
        for rules in COMPUTED_BY:
            try:
                qs = qs.filter(pk__in=rules.accounts_meeting(definition, as_of=as_of))
            except Refused as refusal:
                raise invalid_parameter("rule", str(refusal), code=refusal.code) from refusal
        return qs
