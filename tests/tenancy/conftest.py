"""Poolers between the product and its database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from django.conf import settings

from tests.tenancy.pooler import TransactionPooler

MakePooler = Callable[..., TransactionPooler]


@pytest.fixture
def behind_pooler(committing: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePooler]:
    """`behind_pooler(1)`: new connections go through a pooler in transaction mode with one server session."""
    with ExitStack() as stack:

        def put(sessions: int, *, last_used_first: bool = True) -> TransactionPooler:
            pooler = stack.enter_context(closing(TransactionPooler(sessions, last_used_first=last_used_first)))
            monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
            monkeypatch.setitem(settings.DATABASES["default"], "PORT", pooler.port)
            return pooler

        yield put
