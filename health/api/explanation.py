"""Why one account is as healthy as it is, over REST: what its page says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Account
from cshub.api.router import router
from cshub.api.serializers import StrictSerializer
from cshub.api.viewsets import Kit
from health.api.asked import moment
from health.queries import (
    Comparison,
    Explanation,
    Line,
    behind,
    changed_since,
    explanation,
    recomputed,
    sentiments_of,
    trail,
    ways_up,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


def _points(**terms: Any) -> serializers.DecimalField:
    """Points of a score with two decimals, or null."""
    return serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True, **terms)


class BehindSerializer(StrictSerializer):
    """The rows a signal was read from: how many, when the latest happened, when it was learned, and where they are."""

    rows = serializers.IntegerField()
    latest_at = serializers.DateTimeField(allow_null=True)
    learned_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="The resource of the API with the filters that lead to them.")


class SignalSerializer(StrictSerializer):
    """One measure. `counted` adds up to `summed`; `effect` is the distance from the typical account in points of the score."""

    key = serializers.CharField()
    label: Any = serializers.CharField()
    group = serializers.CharField()
    source: Any = serializers.CharField(source="measure_source")
    raw = serializers.FloatField(allow_null=True)
    raw_text = serializers.CharField()
    transform = serializers.CharField(source="transform_text")
    points = _points()
    typical_points = _points(source="typical")
    weight = serializers.FloatField(allow_null=True)
    counted = _points()
    effect = _points()
    filled = serializers.BooleanField(help_text="Whether the formula filled a gap.")
    behind = BehindSerializer(allow_null=True)


class LeverSerializer(StrictSerializer):
    """One signal changed and nothing else, and what the formula makes of it."""

    key = serializers.CharField()
    before = serializers.FloatField(allow_null=True)
    after = serializers.FloatField()
    gain = _points()
    score = _points()
    band = serializers.CharField()
    text = serializers.CharField()


class WaySerializer(StrictSerializer):
    """What alone leads to a band, the smallest change first; empty where no single signal can."""

    band = serializers.CharField()
    levers = LeverSerializer(many=True)


class MovedSerializer(StrictSerializer):
    """What a signal added then and adds now; null where the formula did not have it."""

    key = serializers.CharField()
    label: Any = serializers.CharField()
    raw_then = serializers.FloatField(source="then.raw", default=None, allow_null=True)
    raw_now = serializers.FloatField(source="now.raw", default=None, allow_null=True)
    added_then = _points(source="then.counted", default=None)
    adds_now = _points(source="now.counted", default=None)
    difference = _points()


class ComparisonSerializer(StrictSerializer):
    """Why the score changed since a moment: signals, exceptions, what people set, and rounding add up to `difference`."""

    since = serializers.DateTimeField()
    score_then = _points(source="then.score")
    band_then = serializers.CharField(source="then.band")
    old_formula = serializers.CharField(help_text="Empty where the formula is the same.")
    difference = _points()
    by_exceptions = _points()
    by_hand = _points()
    rounding = _points()
    signals = MovedSerializer(many=True, source="moved")


class DifferingSerializer(StrictSerializer):
    """A signal measured otherwise today for the same moment: its facts were corrected in place."""

    key = serializers.CharField()
    kept = serializers.FloatField(allow_null=True)
    again = serializers.FloatField(allow_null=True)


class RecomputedSerializer(StrictSerializer):
    """The verdict computed again from the facts known then. `is_gone`: by the facts of today it was no customer then."""

    is_same = serializers.BooleanField(help_text="Input hash, points, score and band are those that were kept.")
    is_gone = serializers.BooleanField()
    input_hash = serializers.CharField()
    differing = DifferingSerializer(many=True)
    ranked = serializers.ListField(child=serializers.CharField(), help_text="Ranks among peers: not compared.")


class SaidSerializer(StrictSerializer):
    """The latest word of a person on the account; it is in the score only where the scorecard reads it."""

    level = serializers.CharField()
    reason = serializers.CharField()
    author = serializers.CharField()
    said_at = serializers.DateTimeField()
    fades_on = serializers.DateField()
    counts = serializers.FloatField(help_text="How much it still counts: 1 on its day, 0 from `fades_on` on.")


class ExplanationSerializer(StrictSerializer):
    """A verdict with its whole arithmetic, what stands behind it, and what would make it better."""

    account = serializers.UUIDField(source="account_id")
    scored_at = serializers.DateTimeField()
    score = _points()
    band = serializers.CharField()
    coverage = serializers.DecimalField(max_digits=4, decimal_places=3)
    reason = serializers.CharField()
    formula = serializers.CharField()
    scope = serializers.CharField(help_text="Why this formula scores the account; empty where no scope takes it.")
    version_number = serializers.IntegerField()
    input_hash = serializers.CharField()
    summed = _points(help_text="The sum of the signals.")
    computed = _points(help_text="The same inside the ends of the scale.")
    by_formula = _points(help_text="The same after the exceptions.")
    typical_score = _points()
    exception = serializers.CharField()
    override = serializers.UUIDField(source="override.pk", default=None, allow_null=True)
    sentiment = SaidSerializer(allow_null=True)
    signals = SignalSerializer(many=True)
    ways_up = WaySerializer(many=True)
    changed = ComparisonSerializer(allow_null=True, help_text="With ?since=: null where there was no verdict by then.")
    recomputed: Any = RecomputedSerializer(allow_null=True, help_text="With ?recompute=true.")


class ExplanationView(Kit):
    """The health of an account and why, as its page tells it."""

    model = Account
    serializer_class = ExplanationSerializer

    def known_parameters(self) -> set[str]:
        return {"since", "as_of", "recompute"}

    @extend_schema(
        operation_id="accounts_health",
        responses=ExplanationSerializer,
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATETIME, description="Compare with this day or moment."),
            OpenApiParameter(
                "as_of", OpenApiTypes.DATETIME, description="The verdict that stood then; now without it."
            ),
            OpenApiParameter("recompute", bool, description="Compute the verdict again from the facts known then."),
        ],
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The arithmetic of its verdict; 404 where it has none."""
        account = self.get_object()
        as_of = moment(request.query_params, "as_of", as_of=self.as_of) or self.as_of
        since = moment(request.query_params, "since", as_of=self.as_of)
        why = explanation(account, as_of=as_of)
        if why is None:
            raise Http404
        changed = changed_since(account, since=since, as_of=as_of) if since else None
        again = recomputed(account, at=as_of) if request.query_params.get("recompute") == "true" else None
        return Response(ExplanationSerializer(_document(why, changed, as_of) | {"recomputed": again}).data)


def _document(why: Explanation, changed: Comparison | None, as_of: datetime) -> dict[str, Any]:
    seen = behind(why.definition, why.account_id, as_of=why.scored_at)
    computed = ("account", "override", "sentiment", "signals", "ways_up", "changed", "recomputed")
    names = [str(name) for name in ExplanationSerializer().fields if str(name) not in computed]
    return {
        **{name: getattr(why, name) for name in names},
        "account_id": why.account_id,
        "override": why.override,
        "sentiment": sentiments_of([why.account_id], as_of=as_of).get(why.account_id),
        "signals": [_signal(line, why, seen.get(line.key)) for line in why.lines],
        "ways_up": ways_up(why),
        "changed": changed,
    }


def _signal(line: Line, why: Explanation, seen: Any) -> dict[str, Any]:
    measure = why.definition.measure(line.key)
    found = trail(measure, why.account_id, as_of=why.scored_at)
    names = [name for name in Line.__dataclass_fields__ if name != "source"]
    return {
        **{name: getattr(line, name) for name in names},
        "measure_source": measure.source,
        "behind": {
            "rows": seen.count,
            "latest_at": seen.latest_at,
            "learned_at": seen.learned_at,
            "url": found.path,
        }
        if found and seen
        else None,
    }


router.add("accounts/<uuid:pk>/health/", ExplanationView, name="accounts-health")
