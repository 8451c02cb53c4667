"""What the simulated company knows beside money and usage: groups, stages, owners over time, and what people allow.

Chance comes from the external IDs alone, so that nothing here moves the stream of the simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts import services
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime

    from cshub.users.models import User

# Every eighth account heads a group of the two after it.
_GROUPS = """
    UPDATE accounts_account child SET parent_id = parent.id
    FROM accounts_account parent
    WHERE right(parent.external_id, 5)::int % 8 = 1
      AND right(child.external_id, 5)::int IN (right(parent.external_id, 5)::int + 1, right(parent.external_id, 5)::int + 2)
      AND right(parent.external_id, 5)::int <= 48
"""
_STAGES = """
    WITH placed AS (
        SELECT id, CASE WHEN status = 'churned' THEN 'churned'
                        WHEN customer_since_on > %(as_of)s::date - 60 THEN 'onboarding'
                        WHEN customer_since_on > %(as_of)s::date - 150 THEN 'adoption'
                        ELSE (ARRAY['adoption', 'value', 'growth', 'renewal', 'advocacy'])[1 + abs(hashtext(external_id || 'stage')) %% 5] END AS stage,
               CASE WHEN status = 'churned' THEN churned_on::timestamptz
                    ELSE greatest(customer_since_on::timestamptz, %(as_of)s - make_interval(days => 5 + abs(hashtext(external_id || 'since')) %% 200)) END AS since
        FROM accounts_account
    ), moved AS (
        UPDATE accounts_account account SET stage = placed.stage, stage_since = placed.since
        FROM placed WHERE placed.id = account.id AND placed.since <= %(as_of)s
        RETURNING account.id, account.stage, account.stage_since
    )
    INSERT INTO accounts_stagechange (account_id, from_stage, to_stage, occurred_at, recorded_at)
    SELECT id, '', stage, stage_since, %(as_of)s FROM moved ORDER BY id
"""
_PLACES = """
    UPDATE accounts_contact contact
    SET timezone = 'Europe/Warsaw', language = 'en', title = CASE contact.role
        WHEN 'champion' THEN 'Head of Operations' WHEN 'sponsor' THEN 'Chief Operating Officer' WHEN 'decision_maker' THEN 'Managing Director'
        WHEN 'billing' THEN 'Accountant' ELSE 'Specialist' END
    FROM accounts_account account WHERE account.id = contact.account_id
"""
_LEFT = """
    UPDATE accounts_contact contact SET left_on = %(as_of)s::date - (5 + abs(hashtext(account.external_id || 'left')) %% 80)
    FROM accounts_account account
    WHERE account.id = contact.account_id AND contact.role = 'champion' AND contact.left_on IS NULL AND abs(hashtext(account.external_id || 'stays')) %% 100 < 8
"""
_ROLES = """
    INSERT INTO accounts_rolechange (contact_id, from_role, to_role, occurred_on, recorded_at)
    SELECT id, '', role, least(recorded_at::date, coalesce(left_on, recorded_at::date)), recorded_at FROM accounts_contact
    UNION ALL
    SELECT id, role, '', left_on, %(as_of)s FROM accounts_contact contact
    WHERE left_on IS NOT NULL AND NOT EXISTS (SELECT FROM accounts_rolechange known WHERE known.contact_id = contact.id)
"""
_CONSENTS = """
    INSERT INTO accounts_consent (contact_id, channel, state, source, occurred_at, recorded_at)
    SELECT contact.id, asked.channel, CASE WHEN abs(hashtext(contact.email || asked.channel)) %% 10 < 7 THEN 'granted' ELSE 'withdrawn' END,
           'Order form', contact.recorded_at, contact.recorded_at
    FROM accounts_contact contact CROSS JOIN (VALUES ('email'), ('phone')) asked(channel)
    WHERE abs(hashtext(contact.email || 'asked')) %% 10 < 8
"""
_HOURS = """
    INSERT INTO accounts_contactwindow (contact_id, weekday, starts_at, ends_at, origin)
    SELECT contact.id, day, '09:00', '12:00', 'declared'
    FROM accounts_contact contact CROSS JOIN generate_series(0, 4) day
    WHERE contact.role IN ('champion', 'decision_maker') AND abs(hashtext(contact.email || 'hours')) %% 10 < 4
"""


def fill(*, by: User, as_of: datetime) -> None:
    """Give the simulated accounts their groups, stages, owners over time and a field, and the people there roles, consent and hours."""
    values = {"as_of": as_of}
    sql.execute(_GROUPS)
    for statement in (_STAGES, _PLACES, _LEFT, _ROLES, _CONSENTS, _HOURS):
        sql.execute(statement, values)
    services.reconcile_owners(as_of=as_of)
    services.create_custom_field(subject="account", key="seats", label="Seats", kind="number", by=by, as_of=as_of)
