"""Working as the owner of the tables: migrations and provisioning only."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from cshub.tenancy.postgresql.base import DatabaseWrapper, here

LOGIN = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@contextmanager
def owner_rights(database: str | None = None) -> Iterator[DatabaseWrapper]:
    """Let `connection` be the owner's for this thread, in a session of its own; `database` names another one on the same server.

    Refused inside a transaction of the application: the two sessions would wait for each other.
    """
    before = here()
    if before.as_owner and database is None:
        yield before
        return
    if before.in_atomic_block and not before.as_owner:
        raise RuntimeError("Owner's work cannot join a transaction of the application. Call it outside of atomic().")
    owner = DatabaseWrapper(_settings(before, database))
    owner.as_owner = True
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield owner
    finally:
        owner.close()
        connections[DEFAULT_DB_ALIAS] = before


def ensure_app_login() -> None:
    """Make the application's login: it inherits nothing and owns nothing, it may only take roles."""
    login = settings.APP_DATABASE["USER"]
    if login == settings.OWNER_DATABASE["USER"]:
        raise ImproperlyConfigured(
            "CSHUB_APP_DATABASE_URL names the owner's login. The application needs one of its own, without rights."
        )
    with owner_rights() as owner, owner.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [login])
        found = cursor.fetchone()
        if found and found[0]:
            raise ImproperlyConfigured(
                f"The application's login {login} is a superuser; no wall would hold. Name another in CSHUB_APP_DATABASE_URL."
            )
        cursor.execute(
            sql.SQL("{verb} ROLE {login} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE PASSWORD {password}").format(
                verb=sql.SQL("ALTER" if found else "CREATE"),
                login=sql.Identifier(login),
                password=sql.Literal(settings.APP_DATABASE["PASSWORD"]),
            )
        )


def _settings(before: DatabaseWrapper, database: str | None) -> dict[str, object]:
    kept = copy.deepcopy({key: value for key, value in before.settings_dict.items() if key != "OPTIONS"})
    login = {key: copy.deepcopy(settings.OWNER_DATABASE[key]) for key in LOGIN}
    return kept | login | {"NAME": database or before.settings_dict["NAME"]}
