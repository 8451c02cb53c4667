"""How people feel about accounts, over REST."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Created, Resource
from health.models import AccountSentiment
from health.sentiment import record_sentiment


class SentimentSerializer(StrictModelSerializer):
    """What a person said about an account. It stands beside the score, counts less each day, and is unknown from `fades_on` on."""

    fades_on = serializers.DateField(required=False, help_text="90 days from now without it; at most a year ahead.")

    class Meta:
        model = AccountSentiment
        fields: Any = ("id", "account", "level", "reason", "fades_on", "author", "said_at")
        read_only_fields = ("id", "author", "said_at")


class SentimentViewSet(Created, Resource):
    """What people said about accounts, the latest first; what was said is never changed, say it anew."""

    model = AccountSentiment
    serializer_class = SentimentSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact", "in"],
        "level": ["exact", "in"],
        "author": ["exact", "in"],
        "said_at": ["gte", "lte"],
        "fades_on": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "said_at": "said_at"}
    default_sort = "-said_at"

    def create_row(self, data: dict[str, Any]) -> AccountSentiment:
        return record_sentiment(data.pop("account"), by=self.me, as_of=self.as_of, **data)


router.register("sentiments", SentimentViewSet)
