"""People of the tenant: everybody may read who works here, admins take in and change."""

from typing import Any

from rest_framework import serializers

from cshub.api.router import router
from cshub.api.serializers import StrictModelSerializer
from cshub.api.viewsets import Changed, Created, Resource
from cshub.users import services
from cshub.users.models import Team, User
from cshub.users.sign_in import site_of


class UserSerializer(StrictModelSerializer):
    """A person who logs in."""

    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects, allow_null=True, required=False, help_text="Id of a team."
    )

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "team", "is_active", "last_login", "created_at")
        read_only_fields = ("id", "is_active", "last_login", "created_at")


class UserViewSet(Created, Changed, Resource):
    """People who log in."""

    model = User
    serializer_class = UserSerializer
    filterset_fields = {
        "email": ["exact", "icontains"],
        "name": ["exact", "icontains"],
        "role": ["exact", "in"],
        "team": ["exact"],
        "is_active": ["exact"],
    }
    sort_fields = {"name": "name", "email": "email", "created_at": "created_at", "last_login": "last_login"}
    default_sort = "name"

    def create_row(self, data: dict[str, Any]) -> User:
        data.setdefault("team", None)
        return services.invite(**data, site=site_of(self.request), by=self.me, as_of=self.as_of)

    def change_row(self, row: User, data: dict[str, Any]) -> User:
        return services.change_member(row, **data, by=self.me, as_of=self.as_of)


router.register("users", UserViewSet)
