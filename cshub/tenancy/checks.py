"""Refuses to start where the walls cannot hold."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, run_checks
from django.core.exceptions import ImproperlyConfigured
from psycopg.errors import ProtocolViolation

from cshub.db.walls import WalledModel, WalledQuerySet, walled_models

POOLER = (
    "The database connection goes through a pooler that gives one session to several clients (transaction mode). "
    "Tenants would see each other's data. Use session mode, or connect to PostgreSQL itself; the application has a pool of its own."
)
ROUNDS = 3


def walled_managers(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Every manager of a tenant's model has to make walled querysets."""
    return unwalled(walled_models(apps.get_models()))


def unwalled(models: Iterable[type[WalledModel]]) -> list[CheckMessage]:
    """An error for each manager that makes plain querysets."""
    return [
        Error(
            f"{model.__name__}.{manager.name} makes unwalled querysets.",
            hint="Write `objects = WalledQuerySet.as_manager()`, or derive your queryset from cshub.db.walls.WalledQuerySet.",
            obj=model,
            id="cshub.E001",
        )
        for model in models
        for manager in model._meta.managers
        if not isinstance(manager.get_queryset(), WalledQuerySet)
    ]


def no_mixing_pooler(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """With `check --database default`: is a session ours for as long as we are connected?"""
    if not databases or "default" not in databases or not mixes_sessions(connect):
        return []
    return [Error(POOLER, id="cshub.E002")]


def refuse_faults(*, tags: Sequence[str] | None = None) -> None:
    """Called when a web or worker process starts: an error of the framework's checks or ours ends it. `tags` names those that a process without pages needs."""
    faults = [str(message) for message in run_checks(tags=tags) if message.is_serious() and not message.is_silenced()]
    if faults:
        raise ImproperlyConfigured("\n".join(faults))


def refuse_mixing_pooler() -> None:
    """Called when a web or worker process starts."""
    if mixes_sessions(connect):
        raise ImproperlyConfigured(POOLER)


def mixes_sessions(connect: Callable[[], Any]) -> bool:
    """Whether statements of one client connection run in different server sessions while others hold transactions open.

    A pooler in transaction mode gives the first client's idle session to the next transaction, so the first client's next statement
    meets another backend. One in statement mode refuses to open a transaction. Each holder gives up after a second, for pools of a single session.
    """
    with closing(connect()) as first:
        backend = _backend(first)
        for _round in range(ROUNDS):
            with closing(connect()) as holder:
                try:
                    holder.execute("BEGIN")
                except ProtocolViolation:
                    return True
                holder.execute("SET LOCAL idle_in_transaction_session_timeout = '1s'")
                taken = _backend(holder)
                if taken == backend or _backend(first) != backend:
                    return True
    return False


def connect() -> Any:
    """A plain connection of the application's login, in autocommit."""
    import psycopg

    database = settings.DATABASES["default"]
    options = {
        key: value
        for key, value in database["OPTIONS"].items()
        if key not in {"pool", "assume_role", "isolation_level", "server_side_binding"}
    }
    return psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"] or None,
        autocommit=True,
        **options,
    )


def _backend(connection: Any) -> int:
    return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])
