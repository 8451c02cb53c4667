"""Asks the API as an integration."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

Api = Callable[..., Any]


@pytest.fixture
def api(client: Client) -> Api:
    """`api("get", "/api/v1/users/", headers)`, `api("post", path, headers, {...})`; extra keywords are headers with _ for -."""
    client.raise_request_exception = False

    def ask(method: str, path: str, headers: dict[str, str] | None = None, body: Any = None, **more: str) -> Any:
        extra = {name.replace("_", "-"): value for name, value in more.items()}
        data = (
            {}
            if body is None
            else {"data": body if isinstance(body, bytes) else json.dumps(body), "content_type": "application/json"}
        )
        return getattr(client, method)(path, headers={**(headers or {}), **extra}, **data)

    return ask
