"""The people of the tests, as small as they can be: Ada and Ben (CSM), Grace (manager), Finn (finance), Root (admin), Ivy (integration), Mallory (Globex)."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from cshub.users.models import Role, User
from cshub.users.services import issue_key
from tests.database import AS_OF

PASSWORD = "correct horse battery"


def clock() -> datetime:
    """The present moment, for tests that go through a page, which reads the clock itself."""
    return timezone.now()  # noqa: TID251


def person(name: str, role: str, **fields: Any) -> User:
    """A user of the active tenant who signs in with PASSWORD."""
    user = User(**{"email": f"{name.lower()}@acme.example", "name": name, "role": role, "created_at": AS_OF, **fields})
    user.set_password(PASSWORD)
    user.save(force_insert=True)
    return user


def ada(**fields: Any) -> User:
    """CSM who owns Northwind."""
    return person("Ada", Role.CSM, **fields)


def ben(**fields: Any) -> User:
    """CSM who owns nothing of hers."""
    return person("Ben", Role.CSM, **fields)


def alan(**fields: Any) -> User:
    """Support agent."""
    return person("Alan", Role.AGENT, **fields)


def grace(**fields: Any) -> User:
    """Manager."""
    return person("Grace", Role.MANAGER, **fields)


def finn(**fields: Any) -> User:
    """Finance."""
    return person("Finn", Role.FINANCE, **fields)


def root(**fields: Any) -> User:
    """Admin."""
    return person("Root", Role.ADMIN, **fields)


def mallory(**fields: Any) -> User:
    """Admin of Globex, who must never see anything of Acme: call it inside Globex."""
    return person("Mallory", Role.ADMIN, **{"email": "mallory@globex.example", **fields})


def ivy(*scopes: str, of: User | None = None) -> dict[str, str]:
    """The integration: headers with a key of `of` (an admin unless said otherwise), scopes read and write unless said otherwise."""
    _key, plain = issue_key(
        user=of or person("Ivy", Role.ADMIN), name="Ivy", scopes=scopes or ("read", "write"), as_of=AS_OF
    )
    return {"Authorization": f"Bearer {plain}"}
