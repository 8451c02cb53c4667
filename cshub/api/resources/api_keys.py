"""Keys of integrations: issued for oneself, shown once, revoked by DELETE."""

from typing import Any, ClassVar

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Created, Deleted, Resource
from cshub.users import services
from cshub.users.models import ApiKey, Scope


class ApiKeySerializer(StrictModelSerializer):
    """A key; `secret` is the key itself and is answered once, when it is issued."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices), allow_empty=False)
    secret = serializers.SerializerMethodField(
        help_text="The key itself, only in the answer that issued it; null later."
    )

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "user",
            "name",
            "prefix",
            "scopes",
            "secret",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = ("id", "user", "prefix", "created_at", "last_used_at", "revoked_at")

    def get_secret(self, key: ApiKey) -> str | None:
        return getattr(key, "plain", None)


class ApiKeyViewSet(Created, Deleted, Resource):
    """Keys of integrations."""

    model = ApiKey
    serializer_class = ApiKeySerializer
    filterset_fields = {
        "user": ["exact"],
        "name": ["exact", "icontains"],
        "revoked_at": ["isnull"],
        "expires_at": ["gte", "lte"],
    }
    sort_fields = {"created_at": "created_at", "name": "name", "last_used_at": "last_used_at"}
    default_sort = "-created_at"
    secrets: ClassVar[tuple[str, ...]] = ("secret",)

    def create_row(self, data: dict[str, Any]) -> ApiKey:
        _refuse_wider(self.request.auth, data["scopes"])
        key, plain = services.issue_key(user=self.me, by=self.me, as_of=self.as_of, **data)
        key.plain = plain  # type: ignore[attr-defined]
        return key

    def delete_row(self, row: ApiKey) -> None:
        services.revoke_key(row, by=self.me, as_of=self.as_of)


def _refuse_wider(asking: Any, scopes: list[str]) -> None:
    """A key issues no key that may do more than itself."""
    if isinstance(asking, ApiKey) and Scope.ADMIN not in asking.scopes and (wider := set(scopes) - set(asking.scopes)):
        raise services.CannotIssueKey(
            f"The key that asks lacks the scope {', '.join(sorted(wider))} itself.", field="scopes"
        )


router.register("api_keys", ApiKeyViewSet)
