"""Names of schemas and roles, and how they are quoted."""

import hashlib
import re
from dataclasses import dataclass

from django.conf import settings

from cshub.db.active import PUBLIC

TEMPLATE = "tenant_template"  # migrated by Django, cloned for each tenant, never served
RESERVED = {PUBLIC, TEMPLATE, "information_schema"}
LONGEST = 63  # bytes in a name of PostgreSQL
SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,62}")


class BadSchemaName(ValueError):
    """A schema name that PostgreSQL would need quotes for, or that is taken by the installation itself."""


@dataclass(frozen=True)
class NamedSchema:
    """A schema known by its name alone."""

    schema_name: str


def check_schema_name(name: str) -> None:
    """Refuse a name no tenant can have."""
    if not SCHEMA.fullmatch(name) or name in RESERVED or name.startswith("pg_"):
        raise BadSchemaName(
            f"{name!r} cannot be a tenant's schema. Use lower-case letters, digits and underscores, a letter first, at most 63 characters; not {', '.join(sorted(RESERVED))} or pg_…."
        )


def role_of(schema: str) -> str:
    """The role that may work in a schema. Roles belong to the whole server, so the installation's prefix leads."""
    name = f"{settings.ROLE_PREFIX}_public" if schema == PUBLIC else f"{settings.ROLE_PREFIX}_t_{schema}"
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return name.encode()[: LONGEST - 17].decode(errors="ignore") + "_" + digest


def quoted(name: str) -> str:
    """An identifier as it stands in a statement."""
    if "\x00" in name:
        raise BadSchemaName("A name cannot contain a NUL byte.")
    return '"' + name.replace('"', '""') + '"'
