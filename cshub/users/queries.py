"""What the settings pages show about people."""

from dataclasses import dataclass

from cshub.users.models import User


@dataclass(frozen=True)
class MembersPage:
    """Everybody who works here, active people first."""

    members: tuple[User, ...]
    active_count: int


def members_page() -> MembersPage:
    """One query; teams included."""
    members = tuple(User.objects.select_related("team").order_by("-is_active", "name", "id")[:1000])
    return MembersPage(members=members, active_count=sum(member.is_active for member in members))
