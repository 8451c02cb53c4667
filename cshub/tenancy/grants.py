"""What the application may do in a schema: one role per tenant, and nothing in anybody else's."""

from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import connection

from cshub.tenancy.names import TEMPLATE, role_of

# One statement for any number of schemas. Partitions of an append-only table are found through pg_inherits.
GRANT = """
DO $do$
DECLARE
    schemas text[] := {schemas};
    roles text[] := {roles};
    frozen_tables text[] := {frozen};
    app text := {app};
    s text; r text; t record;
BEGIN
    IF EXISTS (SELECT FROM pg_namespace, aclexplode(nspacl) a WHERE nspname = 'public' AND a.grantee = 0) THEN
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    END IF;
    FOR i IN 1 .. cardinality(schemas) LOOP
        s := schemas[i]; r := roles[i];
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', r);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF NOT pg_has_role(app, r, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', r, app);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', s, r);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', s, r);
        EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', s, r);
        FOR t IN
            WITH RECURSIVE kept AS (
                SELECT c.oid, c.relname FROM pg_class c
                WHERE c.relnamespace = to_regnamespace(quote_ident(s)) AND c.relname = ANY (frozen_tables)
                UNION
                SELECT c.oid, c.relname FROM kept JOIN pg_inherits i ON i.inhparent = kept.oid JOIN pg_class c ON c.oid = i.inhrelid
            )
            SELECT relname FROM kept
        LOOP
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I.%I FROM %I', s, t.relname, r);
        END LOOP;
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.django_migrations FROM %I', s, r);
    END LOOP;
END $do$
"""

UNGRANTED = """
WITH wanted AS (SELECT * FROM unnest(%(schemas)s::text[], %(roles)s::text[]) AS w (schema, role)),
present AS (SELECT w.schema, w.role, r.oid FROM wanted w JOIN pg_roles r ON r.rolname = w.role WHERE pg_has_role(%(app)s, r.oid, 'MEMBER'))
SELECT schema FROM wanted WHERE schema NOT IN (SELECT schema FROM present)
UNION
SELECT p.schema FROM present p JOIN pg_class c ON c.relnamespace = to_regnamespace(quote_ident(p.schema)) AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
WHERE NOT has_table_privilege(p.oid, c.oid, 'SELECT')
   OR c.relname = ANY (%(frozen)s::text[]) AND has_table_privilege(p.oid, c.oid, 'UPDATE, DELETE, TRUNCATE')
ORDER BY 1
"""


def grant(schemas: Iterable[str]) -> None:
    """Give each schema's role its rights, and no more; repeatable. The template has no role. Runs as the owner, in one transaction."""
    names = sorted({*schemas} - {TEMPLATE})
    with connection.cursor() as cursor:
        cursor.execute(
            GRANT.format(
                schemas=_array(names),
                roles=_array([role_of(name) for name in names]),
                frozen=_array(append_only_tables()),
                app=_literal(settings.APP_DATABASE["USER"]),
            )
        )


def append_only_tables() -> list[str]:
    """The tables that are inserted into and read, nothing else."""
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False))


def ungranted(schemas: Iterable[str]) -> list[str]:
    """The schemas whose role is missing, or has not the rights that `grant` gives: work interrupted between a migration and its grants."""
    names = list(schemas)
    with connection.cursor() as cursor:
        cursor.execute(
            UNGRANTED,
            {
                "schemas": names,
                "roles": [role_of(name) for name in names],
                "frozen": append_only_tables(),
                "app": settings.APP_DATABASE["USER"],
            },
        )
        return [name for (name,) in cursor.fetchall()]


def _array(values: list[str]) -> str:
    return "ARRAY[" + ", ".join(_literal(value) for value in values) + "]::text[]"


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
