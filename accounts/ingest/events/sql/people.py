"""Who is who: users as numbers, the accounts that groups name, who belongs where, and which of them become contacts."""
# ruff: noqa: S608  # the pieces put together are constants of our own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cshub.db import sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.ingest.events.reading.judge import User

_USERS = """
    INSERT INTO events_appuser (external_id, is_anonymous, first_seen_at)
    SELECT external_id, is_anonymous, %(as_of)s FROM unnest(%(ids)s::text[], %(anonymous)s::bool[]) AS given (external_id, is_anonymous)
    WHERE NOT EXISTS (SELECT FROM events_appuser known WHERE (known.external_id, known.is_anonymous) = (given.external_id, given.is_anonymous))
    ORDER BY external_id, is_anonymous ON CONFLICT (external_id, is_anonymous) DO NOTHING
"""

_GIVEN = """
    WITH given AS (
        SELECT ref, at, traits FROM jsonb_to_recordset(%(groups)s::jsonb) AS given (ref text, at timestamptz, traits jsonb)
    ), before AS (
        SELECT given.*, present.traits AS present_traits, present.traits_at AS present_at
        FROM given LEFT JOIN events_appgroup present ON present.external_id = given.ref
    ), merged AS (
        SELECT ref, greatest(at, present_at) AS at, present_traits,
               CASE WHEN present_at > at THEN traits || present_traits ELSE coalesce(present_traits, '{}') || traits END AS traits
        FROM before
    )
"""
# Fields of an account that a trait fills; every other trait that is no object becomes a further field.
_FIELDS = """
        nullif(left(btrim(traits ->> 'name'), 300), '') AS name,
        nullif(left(regexp_replace(coalesce(traits ->> 'domain', traits ->> 'website', ''), '^[a-z]+://|/.*$', '', 'g'), 253), '') AS domain,
        nullif(left(traits ->> 'industry', 100), '') AS industry,
        coalesce((SELECT jsonb_object_agg(left(key, 80), value) FROM jsonb_each(traits)
                  WHERE key NOT IN ('name', 'domain', 'website', 'industry') AND jsonb_typeof(value) IN ('string', 'number', 'boolean')), '{}') AS further
"""
_KEEP_GROUPS = """
    INSERT INTO events_appgroup AS present (external_id, traits, traits_at) SELECT ref, traits, at FROM merged ORDER BY ref
    ON CONFLICT (external_id) DO UPDATE SET traits = excluded.traits, traits_at = excluded.traits_at
    WHERE (present.traits, present.traits_at) IS DISTINCT FROM (excluded.traits, excluded.traits_at)
"""
_ADD_ACCOUNTS = f"""
    , fields AS (SELECT ref, {_FIELDS} FROM merged)
    INSERT INTO accounts_account (external_id, name, domain, industry, attributes, recorded_at, updated_at)
    SELECT ref, coalesce(name, ref), coalesce(domain, ''), coalesce(industry, ''), further, %(as_of)s, %(as_of)s FROM fields
    WHERE NOT EXISTS (SELECT FROM accounts_account known WHERE known.external_id = ref)
    ORDER BY ref ON CONFLICT (external_id) DO NOTHING RETURNING external_id
"""
_REVISE_ACCOUNTS = f"""
    , news AS (
        SELECT ref, coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(merged.traits)
                              WHERE merged.present_traits -> key IS DISTINCT FROM value), '{{}}') AS traits
        FROM merged WHERE present_traits IS DISTINCT FROM traits
    ), fields AS (SELECT ref, {_FIELDS} FROM news)
    UPDATE accounts_account account SET name = coalesce(fields.name, account.name), domain = coalesce(fields.domain, account.domain),
        industry = coalesce(fields.industry, account.industry), attributes = account.attributes || further, updated_at = %(as_of)s
    FROM fields WHERE account.external_id = fields.ref AND account.status <> 'merged'
      AND (account.name, account.domain, account.industry, account.attributes) IS DISTINCT FROM
          (coalesce(fields.name, account.name), coalesce(fields.domain, account.domain), coalesce(fields.industry, account.industry), account.attributes || further)
    RETURNING account.external_id
"""
_JOIN = """
    UPDATE events_appuser person SET account_id = coalesce(account.merged_into_id, account.id), account_at = given.at
    FROM unnest(%(ids)s::text[], %(anonymous)s::bool[], %(ats)s::timestamptz[], %(refs)s::text[]) AS given (external_id, is_anonymous, at, ref)
    JOIN accounts_account account ON account.external_id = given.ref
    WHERE (person.external_id, person.is_anonymous) = (given.external_id, given.is_anonymous)
      AND (person.account_at IS NULL OR person.account_at <= given.at)
    RETURNING person.id
"""
_TRAITS = """
    UPDATE events_appuser person
    SET traits = CASE WHEN person.traits_at > given.at THEN given.traits || person.traits ELSE person.traits || given.traits END,
        traits_at = greatest(person.traits_at, given.at)
    FROM jsonb_to_recordset(%(traits)s::jsonb) AS given (id text, anonymous bool, at timestamptz, traits jsonb)
    WHERE (person.external_id, person.is_anonymous) = (given.id, given.anonymous)
      AND person.traits IS DISTINCT FROM CASE WHEN person.traits_at > given.at THEN given.traits || person.traits ELSE person.traits || given.traits END
    RETURNING person.id
"""
_WHO = """
        SELECT id, external_id, account_id, contact_id,
            left(coalesce(nullif(btrim(traits ->> 'name'), ''), nullif(btrim(concat_ws(' ', traits ->> 'firstName', traits ->> 'lastName')), ''),
                          nullif(btrim(traits ->> 'email'), '')), 300) AS name,
            CASE WHEN traits ->> 'email' ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(traits ->> 'email') <= 254 THEN traits ->> 'email' END AS email,
            nullif(left(traits ->> 'phone', 50), '') AS phone, nullif(left(coalesce(traits ->> 'title', traits ->> 'position'), 200), '') AS title
        FROM events_appuser WHERE id = ANY (%(users)s) AND NOT is_anonymous AND account_id IS NOT NULL
"""
_ADD_CONTACTS = f"""
    WITH who AS ({_WHO})
    INSERT INTO accounts_contact (account_id, external_id, name, email, phone, title, recorded_at)
    SELECT account_id, external_id, name, coalesce(email, ''), coalesce(phone, ''), coalesce(title, ''), %(as_of)s
    FROM who WHERE contact_id IS NULL AND name IS NOT NULL ORDER BY external_id ON CONFLICT (external_id) DO NOTHING RETURNING external_id
"""
_LINK_CONTACTS = """
    UPDATE events_appuser person SET contact_id = contact.id FROM accounts_contact contact
    WHERE person.id = ANY (%(users)s) AND NOT person.is_anonymous AND person.contact_id IS NULL AND contact.external_id = person.external_id
"""
_REVISE_CONTACTS = f"""
    WITH who AS ({_WHO})
    UPDATE accounts_contact contact SET name = coalesce(who.name, contact.name), email = coalesce(who.email, contact.email),
        phone = coalesce(who.phone, contact.phone), title = coalesce(who.title, contact.title)
    FROM who WHERE contact.id = who.contact_id AND who.id = ANY (%(renamed)s)
      AND (contact.name, contact.email, contact.phone, contact.title) IS DISTINCT FROM
          (coalesce(who.name, contact.name), coalesce(who.email, contact.email), coalesce(who.phone, contact.phone), coalesce(who.title, contact.title))
    RETURNING contact.external_id
"""


def intern_users(users: Iterable[User], *, as_of: datetime) -> None:
    """Give every user a number who has none."""
    ids, anonymous = _columns(users, 2)
    if ids:
        sql.execute(_USERS, {"ids": ids, "anonymous": anonymous, "as_of": as_of})


def take_groups(groups: dict[str, tuple[datetime, dict[str, Any]]], *, as_of: datetime) -> tuple[list[str], list[str]]:
    """Keep what was said of groups, the later word counting; the external IDs of accounts that are new, and of those that changed."""
    if not groups:
        return [], []
    given = [{"ref": ref, "at": at, "traits": traits} for ref, (at, traits) in groups.items()]
    values = {"groups": orjson.dumps(given).decode(), "as_of": as_of}
    revised = [ref for (ref,) in sql.rows(_GIVEN + _REVISE_ACCOUNTS, values)]
    added = [ref for (ref,) in sql.rows(_GIVEN + _ADD_ACCOUNTS, values)]
    sql.execute(_GIVEN + _KEEP_GROUPS, values)
    return added, revised


def join_accounts(members: dict[User, tuple[datetime, str]]) -> list[int]:
    """Put users at the accounts of their latest group; who moved."""
    ids, anonymous = _columns(members, 2)
    ats, refs = _columns(members.values(), 2)
    given = {"ids": ids, "anonymous": anonymous, "ats": ats, "refs": refs}
    return [user for (user,) in sql.rows(_JOIN, given)] if ids else []


def take_traits(traits: dict[User, tuple[datetime, dict[str, Any]]]) -> list[int]:
    """Keep what users said of themselves, the later word counting; of whom something is new."""
    given = [
        {"id": user, "anonymous": anonymous, "at": at, "traits": told}
        for (user, anonymous), (at, told) in traits.items()
    ]
    return [user for (user,) in sql.rows(_TRAITS, {"traits": orjson.dumps(given).decode()})] if given else []


def take_contacts(users: list[int], renamed: list[int], *, as_of: datetime) -> tuple[list[str], list[str]]:
    """Make contacts of users who have an account and a name or address, and keep them as they call themselves: IDs added, and changed."""
    if not users:
        return [], []
    given = {"users": users, "renamed": renamed, "as_of": as_of}
    revised = [ref for (ref,) in sql.rows(_REVISE_CONTACTS, given)]
    added = [ref for (ref,) in sql.rows(_ADD_CONTACTS, given)]
    sql.execute(_LINK_CONTACTS, given)
    return added, revised


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    found = [list(column) for column in zip(*rows, strict=True)]
    return found or [[] for _ in range(width)]
