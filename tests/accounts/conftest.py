"""What the tests of facts share."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cshub.users.models import User
from tests import cast


@pytest.fixture
def ask(client: Client) -> Callable[..., Any]:
    """ask(user, method, path, body): the answer of the API to somebody with a key that may read and write."""
    headers: dict[Any, dict[str, str]] = {}

    def _ask(user: User, method: str, path: str, body: Any = None, **more: str) -> Any:
        if user.pk not in headers:
            _key, plain = cast.issue_key(user=user, by=user, name="tests", scopes=["read", "write"], as_of=cast.AS_OF)
            headers[user.pk] = {"Authorization": f"Bearer {plain}"}
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        return client.generic(method, f"/api/v1/{path}", data, "application/json", headers=headers[user.pk] | more)

    return _ask
