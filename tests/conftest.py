"""Two tenants are there for the whole session; a test borrows one and leaves it as it was."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import settings as examples

from cshub.tenancy.context import schema_context
from cshub.tenancy.models import Tenant
from tests import database

pytest_plugins = ["tests.browser.fixtures"]

AS_OF = database.AS_OF
# How long an example takes says how busy the machine is.
examples.register_profile("untimed", examples(), deadline=None)
examples.load_profile("untimed")
SAVEPOINTS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def pytest_configure(config: pytest.Config) -> None:
    database.claim_settings()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, ".testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; tests hash thousands
    settings.CELERY_BROKER_URL = "memory://"  # tests of the broker start one of their own
    settings.CACHES = {
        "default": {
            **settings.CACHES["default"],
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "tests",
        }
    }


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with django_db_blocker.unblock(), database.fresh_database(worker):
        yield


@pytest.fixture(autouse=True, scope="session")
def private_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploaded and made files go to a folder of this run."""
    settings.STATIC_ROOT = str(tmp_path_factory.mktemp("static"))
    settings.STORAGES["default"]["OPTIONS"]["location"] = str(tmp_path_factory.mktemp("files"))
    # collecting looks into modules that import default_storage, and so opens it before it is told
    setting_changed.send(sender=private_files, setting="STORAGES", value=settings.STORAGES, enter=True)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Sums of the list and the portfolio are kept for a while; each test begins without any."""
    cache.clear()


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Only this machine may be reached; whoever tries another is told so."""
    allowed = {
        "localhost",
        "127.0.0.1",
        "::1",
        *(urlsplit(os.environ.get(name, "")).hostname for name in ("DATABASE_URL", "CSHUB_BROKER_URL")),
    }
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            raise ConnectionRefusedError(f"Tests may not reach {address[0]}; only this machine.")
        connect(self, address)

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not is_local(host):
            raise ConnectionRefusedError(f"Tests may not look up {host}; only this machine.")
        return resolve(host, *args, **kwargs)

    def is_local(host: Any) -> bool:
        name = host.decode() if isinstance(host, bytes) else str(host)
        return name in allowed or name.startswith("127.") or name.endswith(".localhost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)
        yield


@pytest.fixture
def acme(db: None) -> Iterator[Tenant]:
    """Tenant Acme; everything is rolled back."""
    with schema_context("acme") as tenant:
        yield tenant


@pytest.fixture
def globex(db: None) -> Iterator[Tenant]:
    """Tenant Globex, where Mallory works; everything is rolled back."""
    with schema_context("globex") as tenant:
        yield tenant


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For tests that commit; no tenant is active at first. Afterwards both tenants and the public tables are like new."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connection.close()
            database.restore()


@pytest.fixture
def committed_acme(committing: None) -> Iterator[Tenant]:
    """Tenant Acme for a test that commits."""
    with schema_context("acme") as tenant:
        yield tenant


@pytest.fixture
def inside() -> Callable[[str], AbstractContextManager[Tenant]]:
    """`with inside("globex"):` works in another tenant for a while."""
    return schema_context


@pytest.fixture
def client() -> Client:
    """A browser at Acme's host, nobody signed in."""
    return Client(headers={"host": database.HOSTS["acme"][0]})


@pytest.fixture
def as_of() -> datetime:
    return AS_OF


@pytest.fixture
def count_queries() -> Callable[[Callable[[], object]], int]:
    """How many statements an action costs, savepoints left out."""

    def _count(action: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as log:
            action()
        return sum(not query["sql"].startswith(SAVEPOINTS) for query in log.captured_queries)

    return _count


@pytest.fixture
def checkout() -> Path:
    """The folder of the project."""
    return Path(settings.BASE_DIR)
