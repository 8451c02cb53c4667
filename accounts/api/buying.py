"""How all accounts buy, over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Order
from accounts.queries.commerce import WINDOW, buying_overview
from cshub.api.router import router
from cshub.api.serializers import StrictSerializer
from cshub.api.viewsets import Kit

LONGEST_WINDOW = 3650


class SeasonSerializer(StrictSerializer):
    """A month of the year; 1 is an average month."""

    month = serializers.IntegerField(source="month.month")
    index = serializers.FloatField()


class BuyingFiguresSerializer(StrictSerializer):
    """Customers with an order in the window, those with two or more, their share, and the seasons; empty under two full years."""

    window_days = serializers.IntegerField()
    customers = serializers.IntegerField()
    repeated = serializers.IntegerField()
    repeat_purchase_rate = serializers.FloatField(allow_null=True)
    seasons = SeasonSerializer(many=True)


class BuyingFiguresView(Kit):
    """Repeat purchase rate and seasonal index of all accounts. `window_days`: how far back, 365 by default."""

    model = Order
    serializer_class = BuyingFiguresSerializer

    def known_parameters(self) -> set[str]:
        return {"window_days"}

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The figures."""
        asked = request.query_params.get("window_days", str(WINDOW.days))
        if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:9]) <= LONGEST_WINDOW):
            raise serializers.ValidationError(
                {"window_days": f"{asked[:20]} is no window. Give whole days from 1 to {LONGEST_WINDOW}."}
            )
        return Response(BuyingFiguresSerializer(buying_overview(as_of=self.as_of, window_days=int(asked))).data)


router.add("buying_figures/", BuyingFiguresView, name="buying_figures")
