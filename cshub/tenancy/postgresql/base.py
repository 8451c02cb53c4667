"""The database connection: search path and role are those of the active tenant, together, before any statement."""

from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import Connection
from psycopg.pq import TransactionStatus

from cshub.db.active import ACTIVE, PUBLIC, Schema, TenantMismatch
from cshub.tenancy.names import NamedSchema, quoted, role_of

assert is_psycopg3

NOWHERE = "SET search_path = ''; SET ROLE NONE"
GIVE_BACK = "RESET ROLE; RESET search_path; DISCARD TEMP; SELECT pg_advisory_unlock_all()"


def place(schema: str | None, as_owner: bool) -> str:
    """The statement that puts a session into a schema. pg_temp stands last so that no temporary table can cover a real one."""
    if schema is None:
        return NOWHERE
    role = "RESET ROLE" if as_owner else f"SET ROLE {quoted(role_of(schema))}"
    return f"SET search_path = {quoted(schema)}, pg_temp; {role}"


def give_back(connection: Connection[Any]) -> None:
    """Leave nothing of a tenant in a session that returns to the pool."""
    connection.execute(GIVE_BACK)


class BoundToSchema:
    """A cursor that works only in the schema it was opened in."""

    def __init__(self, cursor: Any, db: Any) -> None:
        super().__init__(cursor, db)  # type: ignore[call-arg]
        self._schema = ACTIVE.schema

    def execute(self, sql: Any, params: Any = None) -> Any:
        self._refuse_other_schema()
        return super().execute(sql, params)  # type: ignore[misc]

    def executemany(self, sql: Any, param_list: Any) -> Any:
        self._refuse_other_schema()
        return super().executemany(sql, param_list)  # type: ignore[misc]

    def _refuse_other_schema(self) -> None:
        if self._schema != ACTIVE.schema:
            raise TenantMismatch(
                f"A cursor opened in {self._schema} was used in {ACTIVE.schema}. Open it inside the tenant that uses it."
            )


class Cursor(BoundToSchema, CursorWrapper):
    pass


class DebugCursor(BoundToSchema, base.CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection, kept where the thread's active tenant is.

    The place is set when it differs from where the session stands, and forgotten whenever PostgreSQL may have taken it back:
    after a rollback, a rollback to a savepoint, a commit of a failed transaction, and with every new or borrowed session.
    """

    as_owner = False
    include_public_schema = False

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        if isinstance(pool := settings_dict["OPTIONS"].get("pool"), dict):
            settings_dict["OPTIONS"]["pool"] = pool | {"reset": give_back}
        super().__init__(settings_dict, alias)
        self._stands_in: str | None = None

    @property
    def tenant(self) -> Schema | None:
        return ACTIVE.tenant

    @property
    def schema_name(self) -> str:
        return ACTIVE.schema or PUBLIC

    def set_tenant(self, tenant: Schema | None, include_public: bool = False) -> None:
        ACTIVE.enter(tenant)

    def set_schema(self, schema_name: str, include_public: bool = False, tenant_type: Any = None) -> None:
        ACTIVE.enter(NamedSchema(schema_name))

    def set_schema_to_public(self) -> None:
        ACTIVE.enter(NamedSchema(PUBLIC))

    def forget_place(self) -> None:
        """Say that the session may stand elsewhere now: the next cursor puts it right."""
        self._stands_in = None

    def create_cursor(self, name: str | None = None) -> Any:
        self._take_place()
        return super().create_cursor(name)

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return Cursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        return DebugCursor(cursor, self)

    def init_connection_state(self) -> None:
        self._stands_in = None
        super().init_connection_state()

    def close(self) -> None:
        self._stands_in = None
        super().close()

    def _commit(self) -> None:
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.INTRANS:
            self._stands_in = None  # COMMIT of a failed transaction is a rollback
        super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        self._stands_in = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self._stands_in = None

    def _take_place(self) -> None:
        if self.alias == NO_DB_ALIAS:
            return
        wanted = place(ACTIVE.schema, self.as_owner)
        if wanted == self._stands_in or self.connection.info.transaction_status == TransactionStatus.INERROR:
            return
        with self.connection.cursor() as cursor:
            cursor.execute(wanted)
        self._stands_in = wanted


def here() -> DatabaseWrapper:
    """This thread's connection, as what it is."""
    return cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS])
