"""The lists somebody may open by name."""

from django.db.models import Q

from cshub.db.walls import WalledQuerySet
from cshub.users.models import User
from cshub.web.models import SavedView


def visible_views(user: User, *, page: str = "accounts") -> "WalledQuerySet[SavedView]":
    """One's own views and those shared with everybody."""
    return SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), page=page).order_by("name", "id")
