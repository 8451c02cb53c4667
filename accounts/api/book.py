"""The book over REST: stages, owners, trees, merges and the tenant's own fields."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import Account, AccountMerge, Contract, CustomField, Ownership, StageChange
from accounts.queries.families import account_tree
from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer, StrictSerializer
from cshub.api.viewsets import Changed, Created, Deed, Kit, Resource


class StageChangeSerializer(StrictModelSerializer):
    """An account moved to another lifecycle stage. An unusual move asks for a reason."""

    occurred_at = serializers.DateTimeField(required=False, help_text="Empty: just now.")

    class Meta:
        model = StageChange
        fields: Any = (
            *("id", "account", "from_stage", "to_stage", "occurred_at", "reason", "changed_by", "recorded_at"),
        )
        read_only_fields = ("id", "from_stage", "changed_by", "recorded_at")


class StageChangeViewSet(Created, Resource):
    """Moves through the lifecycle; posting one moves the account."""

    model = StageChange
    serializer_class = StageChangeSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"],
        "to_stage": ["exact", "in"],
        "occurred_at": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "occurred_at": "occurred_at"}
    default_sort = "-occurred_at"

    def create_row(self, data: dict[str, Any]) -> StageChange:
        return services.move_stage(data.pop("account"), by=self.me, as_of=self.as_of, **data)


class OwnershipSerializer(StrictModelSerializer):
    """Who looked after an account from when to when; without `until`, now."""

    class Meta:
        model = Ownership
        fields: Any = ("id", "account", "user", "since", "until")
        read_only_fields = fields


class OwnershipViewSet(Resource):
    """The history of owners; PATCH an account's owner to add to it."""

    model = Ownership
    serializer_class = OwnershipSerializer
    filterset_fields: ClassVar[Any] = {
        "account": ["exact"],
        "user": ["exact"],
        "until": ["isnull"],
        "since": ["gte", "lte"],
    }
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "since": "since"}
    default_sort = "-since"


class MergeSerializer(StrictModelSerializer):
    """Two accounts became one (`merge`), or came apart again (`split`). `moved`: ids of what changed sides, by table."""

    occurred_on = serializers.DateField(required=False, help_text="Empty: today.")

    class Meta:
        model = AccountMerge
        fields: Any = (
            *("id", "kind", "survivor", "absorbed", "occurred_on", "reason", "moved", "made_by", "recorded_at"),
        )
        read_only_fields = ("id", "kind", "moved", "made_by", "recorded_at")


class MergeViewSet(Created, Resource):
    """Merges and splits. Posting merges `absorbed` into `survivor`."""

    model = AccountMerge
    serializer_class = MergeSerializer
    filterset_fields: ClassVar[Any] = {name: ["exact"] for name in ("kind", "survivor", "absorbed")}
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "recorded_at": "recorded_at", "occurred_on": "occurred_on"}
    default_sort = "-recorded_at"

    def create_row(self, data: dict[str, Any]) -> AccountMerge:
        return services.merge_accounts(by=self.me, as_of=self.as_of, **data)


class SplitInput(StrictSerializer):
    """From when the two are two again, and why."""

    occurred_on = serializers.DateField(required=False, help_text="Empty: today.")
    reason = serializers.CharField(required=False, max_length=300, allow_blank=True)


class SplitView(Deed):
    """Take a merge back."""

    model = AccountMerge
    serializer_class = SplitInput
    answer_class = MergeSerializer

    def do(self, row: AccountMerge, data: dict[str, Any]) -> AccountMerge:
        return services.split_account(row, by=self.me, as_of=self.as_of, **data)


class SumSerializer(serializers.Serializer[Any]):
    """Money of a tree in one currency."""

    currency = serializers.CharField()
    amount = serializers.CharField()


class BranchSerializer(serializers.Serializer[Any]):
    """An account of a tree; `level` counts from the account asked about."""

    id = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # the document's member, not the field's
    name = serializers.CharField()
    external_id = serializers.CharField()
    level = serializers.IntegerField()


class TreeSerializer(serializers.Serializer[Any]):
    """What stands above and below an account. Each account counts once; `accounts` shows at most 200 of `account_count`."""

    account_count = serializers.IntegerField()
    arr = SumSerializer(many=True)
    above = serializers.ListField(child=serializers.UUIDField())
    accounts = BranchSerializer(many=True)


class TreeView(Kit):
    """The tree an account stands in."""

    model = Account
    serializer_class = TreeSerializer

    @extend_schema(operation_id="accounts_tree", responses=TreeSerializer)
    def get(self, request: Request, pk: Any) -> Response:
        """Those above it, the top first; itself and those below it, level by level; what they are worth together."""
        tree = account_tree(self.get_object().pk)
        accounts = [
            {
                "id": each.pk,
                "parent": each.parent_id,
                "name": each.name,
                "external_id": each.external_id,
                "level": each.level,
            }
            for each in tree.branches
        ]
        document = {
            "account_count": tree.roll_up.count,
            "arr": [{"currency": currency, "amount": f"{amount:.2f}"} for currency, amount in tree.roll_up.arr],
            "above": [pk for pk, _name in tree.above],
            "accounts": accounts,
        }
        return Response(TreeSerializer(document).data)


class CustomFieldSerializer(StrictModelSerializer):
    """A field the tenant added. Rows of its subject carry its value in `attributes` under its key, typed by `kind`."""

    choices = serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=200)
    is_archived = serializers.BooleanField(required=False, help_text="Archived fields take no new values.")

    class Meta:
        model = CustomField
        fields: Any = (
            *(
                "id",
                "subject",
                "key",
                "label",
                "kind",
                "choices",
                "version",
                "is_archived",
                "recorded_at",
                "updated_at",
            ),
        )
        read_only_fields = ("id", "version", "recorded_at", "updated_at")

    def to_representation(self, instance: CustomField) -> dict[str, Any]:
        instance.is_archived = instance.archived_at is not None  # type: ignore[attr-defined]
        document: dict[str, Any] = super().to_representation(instance)
        return document

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        fixed = [name for name in ("subject", "key", "kind") if self.instance is not None and name in attrs]
        if different := [name for name in fixed if attrs[name] != getattr(self.instance, name)]:
            raise serializers.ValidationError(
                {different[0]: "This stays as it was made. Archive the field and make another."}
            )
        return attrs


class CustomFieldViewSet(Created, Changed, Resource):
    """The tenant's own fields: what `attributes` of accounts, contacts and contracts may hold here."""

    model = CustomField
    serializer_class = CustomFieldSerializer
    filterset_fields: ClassVar[Any] = {"subject": ["exact"], "key": ["exact"], "archived_at": ["isnull"]}
    sort_fields: ClassVar[dict[str, str]] = {"id": "id", "label": "label", "key": "key"}
    default_sort = "label"

    def create_row(self, data: dict[str, Any]) -> CustomField:
        data.pop("is_archived", None)
        return services.create_custom_field(by=self.me, as_of=self.as_of, **data)

    def change_row(self, row: CustomField, data: dict[str, Any]) -> CustomField:
        if {"label", "choices"} & set(data):
            label, choices = data.get("label", row.label), data.get("choices", row.choices)
            row = services.revise_custom_field(row, label=label, choices=choices, by=self.me, as_of=self.as_of)
        if "is_archived" in data:
            row = services.archive_custom_field(row, is_archived=data["is_archived"], by=self.me, as_of=self.as_of)
        return row


class ContractFieldsInput(StrictSerializer):
    """Further fields of a contract by key; null deletes one, what is not sent stays."""

    attributes = serializers.DictField(child=serializers.JSONField(allow_null=True))


class ContractFieldsAnswer(StrictModelSerializer):
    """What the contract holds now."""

    attributes = serializers.DictField(child=serializers.JSONField(allow_null=True), read_only=True)

    class Meta:
        model = Contract
        fields: Any = ("id", "attributes")
        read_only_fields = fields


class ContractFieldsView(Deed):
    """Fill in the tenant's own fields of a contract."""

    model = Contract
    serializer_class = ContractFieldsInput
    answer_class = ContractFieldsAnswer

    def do(self, row: Contract, data: dict[str, Any]) -> Contract:
        return services.fill_contract(row, by=self.me, as_of=self.as_of, **data)


router.deed("contracts", "attributes", ContractFieldsView)
router.register("stage_changes", StageChangeViewSet)
router.register("ownerships", OwnershipViewSet)
router.register("account_merges", MergeViewSet)
router.deed("account_merges", "split", SplitView)
router.add("accounts/<uuid:pk>/tree/", TreeView, name="accounts-tree")
router.register("custom_fields", CustomFieldViewSet)
