"""Signing in by email and password; what one may do follows from the role."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.db import models
from django.http import HttpRequest

from cshub.db.reading import read
from cshub.users.access import has_permission
from cshub.users.models import User
from cshub.users.sql import ACTIVE_USER


class RoleBackend(BaseBackend):
    """The one authentication backend."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        """The active user with this email and password. Takes the same time whether or not the email is known."""
        email = username or credentials.get("email")
        if not email or password is None:
            return None
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            User().set_password(password)  # the same work as a real comparison
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: UUID) -> User | None:
        return next(iter(read(User, ACTIVE_USER, {"id": user_id})), None)

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        return isinstance(user_obj, User) and has_permission(user_obj, perm)
