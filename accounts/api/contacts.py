"""The people at accounts over REST: the parts they play, what they allow, when they want to be called."""

from __future__ import annotations

from typing import Any, ClassVar

from django_filters import rest_framework as filters
from rest_framework import serializers

from accounts import services
from accounts.api.further import AttributeFilter
from accounts.models import Consent, Contact, ContactWindow, RoleChange
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Resource


class ContactSerializer(StrictModelSerializer):
    """A person at an account. Of `attributes` null deletes one, and what is not sent stays."""

    attributes = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)

    class Meta:
        model = Contact
        fields: Any = (
            *("id", "account", "external_id", "name", "email", "phone", "title", "role", "language", "timezone"),
            *("joined_on", "left_on", "attributes", "recorded_at"),
        )
        read_only_fields = ("id", "recorded_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None and "account" in attrs and attrs["account"].pk != self.instance.account_id:
            raise serializers.ValidationError({"account": "A contact stays at its account. Record a new one there."})
        return attrs


class ContactFilter(filters.FilterSet):  # type: ignore[misc]
    """Which people."""

    attribute = AttributeFilter(subject="contact")
    attribute__gte = AttributeFilter(subject="contact", lookup="gte", name="attribute__gte")
    attribute__lte = AttributeFilter(subject="contact", lookup="lte", name="attribute__lte")

    class Meta:
        model = Contact
        fields: ClassVar[Any] = {
            **{name: ["exact"] for name in ("account", "external_id", "email", "language")},
            "role": ["exact", "in"],
            "name": ["exact", "icontains"],
            "left_on": ["isnull", "gte", "lte"],
        }


class ContactViewSet(Created, Changed, Resource):
    """People at accounts."""

    model = Contact
    serializer_class = ContactSerializer
    filterset_class = ContactFilter
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "name": "name", "recorded_at": "recorded_at"}
    default_sort = "name"

    def create_row(self, data: dict[str, Any]) -> Contact:
        return services.record_contact(by=self.me, as_of=self.as_of, **data)

    def change_row(self, row: Contact, data: dict[str, Any]) -> Contact:
        data.pop("account", None)
        return services.revise_contact(row, by=self.me, as_of=self.as_of, **data)


class RoleChangeSerializer(StrictModelSerializer):
    """A person took another part at the account, or left it (`to_role` is empty)."""

    class Meta:
        model = RoleChange
        fields: Any = ("id", "contact", "from_role", "to_role", "occurred_on", "changed_by", "recorded_at")
        read_only_fields = fields


class RoleChangeViewSet(Resource):
    """The history of roles; PATCH a contact to add to it."""

    model = RoleChange
    serializer_class = RoleChangeSerializer
    filterset_fields: ClassVar[Any] = {
        "contact": ["exact"],
        "contact__account": ["exact"],
        "to_role": ["exact"],
        "occurred_on": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_on": "occurred_on"}
    default_sort = "-occurred_on"


class ConsentSerializer(StrictModelSerializer):
    """A person allowed a channel or took that back. The latest of a channel counts; rows are never changed."""

    occurred_at = serializers.DateTimeField(required=False, help_text="Empty: just now.")

    class Meta:
        model = Consent
        fields: Any = ("id", "contact", "channel", "state", "source", "occurred_at", "changed_by", "recorded_at")
        read_only_fields = ("id", "changed_by", "recorded_at")


class ConsentViewSet(Created, Resource):
    """What people allow, by channel."""

    model = Consent
    serializer_class = ConsentSerializer
    filterset_fields: ClassVar[Any] = {
        **{name: ["exact"] for name in ("contact", "channel", "state")},
        "occurred_at": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_at": "occurred_at"}
    default_sort = "-occurred_at"

    def create_row(self, data: dict[str, Any]) -> Consent:
        return services.record_consent(data.pop("contact"), by=self.me, as_of=self.as_of, **data)


class ContactWindowSerializer(StrictModelSerializer):
    """Hours in which a person wants to be called, in the person's own time zone. Learned ones are told from calls."""

    class Meta:
        model = ContactWindow
        fields: Any = ("id", "contact", "weekday", "starts_at", "ends_at", "origin")
        read_only_fields = fields


class ContactWindowViewSet(Resource):
    """Hours in which people want to be called. POST /contacts/<id>/windows/ replaces those of a person."""

    model = ContactWindow
    serializer_class = ContactWindowSerializer
    filterset_fields: ClassVar[Any] = {name: ["exact"] for name in ("contact", "weekday", "origin")}
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "weekday": "weekday"}
    default_sort = "weekday"


class HoursSerializer(StrictSerializer):
    """From when to when on a weekday."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    starts_at = serializers.TimeField()
    ends_at = serializers.TimeField()


class WindowsInput(StrictSerializer):
    """All declared hours of a person; an empty list means none."""

    windows = HoursSerializer(many=True)


class WindowsAnswer(StrictSerializer):
    """What is declared now."""

    windows = ContactWindowSerializer(many=True, read_only=True)


class WindowsView(Deed):
    """Replace the declared hours of a person."""

    model = Contact
    serializer_class = WindowsInput
    answer_class = WindowsAnswer

    def do(self, row: Contact, data: dict[str, Any]) -> dict[str, Any]:
        given = [(each["weekday"], each["starts_at"], each["ends_at"]) for each in data["windows"]]
        return {"windows": services.set_windows(row, windows=given, by=self.me, as_of=self.as_of)}


router.register("contacts", ContactViewSet)
router.register("role_changes", RoleChangeViewSet)
router.register("consents", ConsentViewSet)
router.register("contact_windows", ContactWindowViewSet)
router.deed("contacts", "windows", WindowsView)
