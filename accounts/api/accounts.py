"""Accounts and the people there over REST."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.further import AttributeFilter
from accounts.api.rules import RuleFilter
from accounts.models import Account
from accounts.queries.beside import BESIDE
from accounts.queries.families import descendant_ids
from accounts.queries.rules import COMPUTED_BY
from cshub.api.etags import etag_of, refuse_stale
from cshub.api.router import router
from cshub.api.serializers import MoneyField, StrictModelSerializer
from cshub.api.viewsets import Changed, Created, Kit, Resource
from cshub.l10n.digits import normalize_digits

MOST_FURTHER_FIELDS = 200
WRITABLE = (
    *("external_id", "name", "domain", "parent", "owner", "status", "segment", "industry", "region"),
    *("timezone", "language", "customer_since_on", "churned_on", "attributes"),
)


class AccountSerializer(StrictModelSerializer):
    """A customer. `arr` and `next_renewal_on` follow from its contracts and are null without one."""

    expandable = BESIDE
    attributes = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)
    arr = MoneyField(amount="arr", currency="currency", read_only=True, allow_null=True)
    next_renewal_on = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Account
        fields: Any = (
            "id",
            *WRITABLE,
            "stage",
            "stage_since",
            "merged_into",
            "arr",
            "next_renewal_on",
            "recorded_at",
            "updated_at",
        )
        read_only_fields = ("id", "stage", "stage_since", "merged_into", "recorded_at", "updated_at")

    def validate_attributes(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > MOST_FURTHER_FIELDS:
            raise serializers.ValidationError(f"Keep at most {MOST_FURTHER_FIELDS} further fields.")
        for key, each in value.items():
            if not 0 < len(key) <= 80:
                raise serializers.ValidationError("A further field's name has 1 to 80 characters.")
            if isinstance(each, dict | list) or (isinstance(each, str) and len(each) > 2000):
                raise serializers.ValidationError(
                    f"{key}: write a text of at most 2,000 characters, a number, true or false."
                )
        return value

    def validate_external_id(self, value: str) -> str:
        return normalize_digits(value)


class AccountFilter(filters.FilterSet):  # type: ignore[misc]
    """Which accounts."""

    ancestor = filters.UUIDFilter(method="below", label="This account and all that stand below it, however deep.")
    rule = RuleFilter()
    in_segment = filters.UUIDFilter(method="members", label="Accounts that are in this segment, by its ID.")
    attribute = AttributeFilter(subject="account")
    attribute__gte = AttributeFilter(subject="account", lookup="gte", name="attribute__gte")
    attribute__lte = AttributeFilter(subject="account", lookup="lte", name="attribute__lte")
    arr__gte = filters.NumberFilter(field_name="revenue__arr", lookup_expr="gte")
    arr__lte = filters.NumberFilter(field_name="revenue__arr", lookup_expr="lte")
    next_renewal_on__gte = filters.DateFilter(field_name="revenue__next_renewal_on", lookup_expr="gte")
    next_renewal_on__lte = filters.DateFilter(field_name="revenue__next_renewal_on", lookup_expr="lte")

    class Meta:
        model = Account
        fields: ClassVar[Any] = {
            **{name: ["exact"] for name in ("external_id", "parent", "domain", "industry", "region", "language")},
            **{name: ["exact", "in"] for name in ("status", "stage", "segment")},
            "owner": ["exact", "isnull"],
            "name": ["exact", "icontains"],
            **{name: ["gte", "lte"] for name in ("customer_since_on", "churned_on", "updated_at", "stage_since")},
            "merged_into": ["exact"],
        }

    def below(self, accounts: QuerySet[Any], name: str, value: UUID) -> QuerySet[Any]:
        return accounts.filter(pk__in=descendant_ids(value))

    def members(self, accounts: QuerySet[Any], name: str, value: UUID) -> QuerySet[Any]:
        return accounts.filter(segment_memberships__segment=value, segment_memberships__left_at__isnull=True)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Accounts that were merged away are left out, unless one asks for them."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        asked = any(self.form.cleaned_data.get(name) for name in ("status", "status__in", "merged_into", "external_id"))
        return found if asked else found.exclude(status=Account.Status.MERGED)


class AccountViewSet(Created, Changed, Resource):
    """Customers. Lists are answered from values, without an object a row."""

    model = Account
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    sort_fields: ClassVar[dict[str, str]] = {
        "id": "id", "name": "name", "external_id": "external_id", "arr": "revenue__arr", "next_renewal_on": "revenue__next_renewal_on",
        "customer_since_on": "customer_since_on", "updated_at": "updated_at",
    }  # fmt: skip
    default_sort = "name"

    def get_queryset(self) -> QuerySet[Any]:
        visible = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return visible
        whole: QuerySet[Any] = visible.values(*COLUMNS) if self.action == "list" else visible.with_arr()  # type: ignore[attr-defined]
        return whole

    def answered_fields(self) -> list[str]:
        return [*super().answered_fields(), *BESIDE]

    def represent_page(self, rows: Any) -> list[dict[str, Any]]:
        context = self.get_serializer_context()
        wanted = context.get("fields")
        documents = [_document(row, wanted) for row in rows]
        for name in context.get("expand") or ():
            if wanted is not None and name not in wanted:
                continue
            known = self._beside(BESIDE[name], [row["id"] for row in rows])
            for row, document in zip(rows, documents, strict=True):
                document[name] = known.get(row["id"])
        return documents

    def _beside(self, serializer: Any, ids: list[UUID]) -> dict[UUID, Any]:
        """What another app knows of these accounts, by their ids. One query."""
        rows = list(serializer.Meta.model.objects.visible_to(self.me).filter(account__in=ids))
        return dict(zip((row.account_id for row in rows), serializer(rows, many=True).data, strict=True))

    @transaction.atomic
    def create_row(self, data: dict[str, Any]) -> Account:
        return self._fresh(services.record_account(by=self.me, as_of=self.as_of, **data))

    def change_row(self, row: Account, data: dict[str, Any]) -> Account:
        return self._fresh(services.revise_account(row, by=self.me, as_of=self.as_of, **data))

    def _fresh(self, account: Account) -> Account:
        fresh: Account = Account.objects.with_arr().get(pk=account.pk)
        return fresh

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of the accounts one may see; a rule is stopped where it takes too long."""
        with ExitStack() as limits:
            if "rule" in request.query_params:
                for rules in COMPUTED_BY:
                    limits.enter_context(rules.in_time())
            return super().list(request, *args, **kwargs)


class AccountByExternalId(Kit):
    """One account by the key of your own systems: made when it is not there, changed when it is."""

    model = Account
    serializer_class = AccountSerializer

    @extend_schema(operation_id="accounts_upsert")
    @transaction.atomic
    def put(self, request: Request, external_id: str) -> Response:
        """Record or change the account with this external ID, or the one it was merged into. Fields that are not sent stay as they are."""
        row = Account.objects.with_arr().select_for_update(of=("self",)).filter(external_id=external_id).first()
        if row is not None and row.merged_into_id is not None:
            row = Account.objects.with_arr().select_for_update(of=("self",)).get(pk=row.merged_into_id)
        if row is not None:
            refuse_stale(request, etag_of(self.represent(row)))
        kept = external_id if row is None else row.external_id  # an account keeps its own ID when another leads to it
        body = {**request.data, "external_id": kept} if isinstance(request.data, dict) else request.data
        if isinstance(request.data, dict) and request.data.get("external_id", external_id) != external_id:
            raise serializers.ValidationError({"external_id": "This is not the ID of the address. Leave it out."})
        serializer = self.get_serializer(row, data=body, partial=row is not None)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        if row is None:
            made = services.record_account(by=self.me, as_of=self.as_of, **data)
        else:
            made = services.revise_account(row, by=self.me, as_of=self.as_of, **data)
        document = self.represent(Account.objects.with_arr().get(pk=made.pk))
        code = status.HTTP_201_CREATED if row is None else status.HTTP_200_OK
        return Response(document, status=code, headers={"ETag": etag_of(document)})


COLUMNS = (
    *("id", "external_id", "name", "domain", "parent_id", "owner_id", "status", "segment", "industry", "region"),
    *(
        "timezone",
        "language",
        "customer_since_on",
        "churned_on",
        "attributes",
        "stage",
        "stage_since",
        "merged_into_id",
    ),
    *("revenue__arr", "revenue__currency", "revenue__next_renewal_on", "recorded_at", "updated_at"),
)


def _document(row: dict[str, Any], wanted: list[str] | None) -> dict[str, Any]:
    """A row of values() as the serializer would write it."""
    arr, currency = row["revenue__arr"], row["revenue__currency"]
    document = {
        **row,
        "parent": row["parent_id"],
        "owner": row["owner_id"],
        "merged_into": row["merged_into_id"],
        "arr": None if arr is None else {"amount": f"{arr:.2f}", "currency": currency},
        "next_renewal_on": row["revenue__next_renewal_on"],
    }
    order = AccountSerializer.Meta.fields
    return {name: document[name] for name in order if wanted is None or name in wanted}


router.register("accounts", AccountViewSet)
router.add("accounts/by_external_id/<path:external_id>/", AccountByExternalId, name="accounts-by_external_id")
