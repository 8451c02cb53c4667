"""Finds the accounts a version's trigger fires for: now, and what it would have found in a past quarter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from playbooks.sql.audience import FROM_ACCOUNTS, compiled

# An account with several terms meets a playbook once for those that end within `days_before` of each other: the earliest counts.
# On the due day itself it is too late for a comparison: the arm has to be older than the outcome.
_RENEWALS_DUE = """
    SELECT DISTINCT ON (a.id)
        a.id AS account_id, r.id AS renewal_id, 'renewal:' || r.contract_id || ':' || r.due_on AS window_key,
        COALESCE(rev.arr, 0) AS arr,
        jsonb_build_object(
            'renewal_due_on', r.due_on, 'days_before', %(days_before)s::int, 'days_left', r.due_on - %(as_of)s::date,
            'arr_due', r.arr_due::text, 'currency', r.currency, 'band', h.band
        ) AS facts
    FROM accounts_renewal r
    JOIN {accounts} ON a.id = r.account_id
    WHERE {audience}
        AND r.due_on > %(as_of)s::date AND r.due_on <= %(as_of)s::date + %(days_before)s::int
        AND NOT EXISTS (
            SELECT 1 FROM accounts_renewaldecision d WHERE d.renewal_id = r.id AND d.recorded_at <= %(as_of)s
        )
        AND NOT EXISTS (
            SELECT 1 FROM playbooks_enrollment earlier JOIN accounts_renewal of ON of.id = earlier.renewal_id
            WHERE earlier.playbook_id = %(playbook)s AND earlier.account_id = a.id
                AND abs(of.due_on - r.due_on) < %(days_before)s::int
        )
    ORDER BY a.id, r.due_on, r.id
"""

_FALLS = """
    t.to_band = ANY(%(to_bands)s)
    AND array_position(ARRAY['risk', 'watch', 'good', 'unknown'], t.from_band::text)
        > array_position(ARRAY['risk', 'watch', 'good', 'unknown'], t.to_band::text)
"""

_HEALTH_FALLEN = f"""
    SELECT DISTINCT ON (a.id, window_key)
        a.id AS account_id, next.id AS renewal_id,
        'transition:' || to_char(t.occurred_at AT TIME ZONE 'UTC', 'YYYY"Q"Q') AS window_key,
        COALESCE(rev.arr, 0) AS arr,
        jsonb_build_object(
            'transition', t.id, 'from_band', t.from_band, 'to_band', t.to_band, 'from_score', t.from_score::text,
            'to_score', t.to_score::text, 'reason', t.reason, 'occurred_at', t.occurred_at, 'renewal_due_on', next.due_on
        ) AS facts
    FROM health_healthtransition t
    JOIN {{accounts}} ON a.id = t.account_id
    LEFT JOIN LATERAL (
        SELECT r.id, r.due_on FROM accounts_renewal r
        WHERE r.account_id = a.id AND r.due_on > %(as_of)s::date AND r.due_on <= %(as_of)s::date + %(horizon_days)s::int
            AND NOT EXISTS (
                SELECT 1 FROM accounts_renewaldecision d WHERE d.renewal_id = r.id AND d.recorded_at <= %(as_of)s
            )
        ORDER BY r.due_on, r.id LIMIT 1
    ) next ON true
    WHERE {{audience}} AND t.id = ANY(%(transitions)s) AND {_FALLS}
        AND t.occurred_at > %(as_of)s::timestamptz - interval '{{fresh_days}} days'
        AND COALESCE(h.band = ANY(%(to_bands)s), true)
    ORDER BY a.id, window_key, t.occurred_at, t.id
"""  # noqa: S608

_RENEWALS_OF_A_PERIOD = """
    SELECT a.id AS account_id, a.name, COALESCE(rev.arr, 0) AS arr, COALESCE(rev.currency, r.currency) AS currency,
        r.due_on - %(days_before)s::int AS fired_on, r.due_on::text AS detail
    FROM accounts_renewal r
    JOIN {accounts} ON a.id = r.account_id
    WHERE {audience}
        AND r.due_on - %(days_before)s::int >= %(since)s::date AND r.due_on - %(days_before)s::int < %(until)s::date
"""

_FALLS_OF_A_PERIOD = f"""
    SELECT DISTINCT ON (a.id)
        a.id AS account_id, a.name, COALESCE(rev.arr, 0) AS arr, COALESCE(rev.currency, '') AS currency,
        (t.occurred_at AT TIME ZONE 'UTC')::date AS fired_on, t.to_band AS detail
    FROM health_healthtransition t
    JOIN {{accounts}} ON a.id = t.account_id
    WHERE {{audience}} AND {_FALLS} AND t.occurred_at >= %(since)s AND t.occurred_at < %(until)s
    ORDER BY a.id, t.occurred_at
"""  # noqa: S608

FRESH_DAYS = 30  # a fall that nobody answered for longer is no longer news
_NOW = {"renewal_runway": _RENEWALS_DUE, "health_drop": _HEALTH_FALLEN}
_PAST = {"renewal_runway": _RENEWALS_OF_A_PERIOD, "health_drop": _FALLS_OF_A_PERIOD}

CLAIM_TRANSITIONS = """
    UPDATE health_healthtransition SET answered_at = %(as_of)s
    WHERE answered_at IS NULL AND id IN (
        SELECT id FROM health_healthtransition WHERE answered_at IS NULL AND occurred_at <= %(as_of)s
        ORDER BY occurred_at, id LIMIT %(slice)s FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""

TIERS = """
    SELECT percentile_disc(ARRAY[0.333, 0.667]) WITHIN GROUP (ORDER BY rev.arr), count(*)
    FROM {accounts} WHERE {audience} AND rev.arr > 0
"""

TOTALS = "SELECT currency, count(*), sum(arr) FROM ({hits}) hit GROUP BY currency ORDER BY sum(arr) DESC"
LARGEST = """
    SELECT account_id, name, arr, currency, fired_on, detail FROM ({hits}) hit
    ORDER BY arr DESC, name, account_id, fired_on LIMIT %(shown)s
"""
LOSSES = """
    SELECT count(*) FILTER (WHERE d.decision = 'churned'), count(*)
    FROM accounts_renewaldecision d JOIN accounts_renewal r ON r.id = d.renewal_id
    WHERE d.recorded_at <= %(as_of)s AND r.due_on <= %(as_of)s::date AND r.due_on > %(as_of)s::date - 365
"""

# Accounts of an audience that another running playbook leaves alone until their renewal: work on them blurs its comparison.
_HELD_ELSEWHERE = """
    SELECT count(*) FROM {accounts}
    WHERE {audience} AND EXISTS (
        SELECT 1 FROM playbooks_enrollment e
        JOIN playbooks_playbookversion v ON v.id = e.version_id AND v.state = 'active'
        JOIN accounts_renewal r ON r.id = e.renewal_id AND r.due_on > %(as_of)s::date
        WHERE e.account_id = a.id AND e.arm = 'held_out' AND e.playbook_id <> %(playbook)s
    )
"""


def held_elsewhere(audience: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """How many accounts of the audience another running playbook holds out now. Further parameters: as_of, playbook."""
    condition, parameters = compiled(audience)
    return _HELD_ELSEWHERE.format(accounts=FROM_ACCOUNTS, audience=condition), parameters


def candidates(trigger: str, audience: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The accounts a trigger fires for now: account_id, renewal_id, window_key, arr, facts. Further parameters: as_of, playbook, horizon_days, transitions and the trigger's settings."""
    condition, parameters = compiled(audience)
    return _NOW[trigger].format(accounts=FROM_ACCOUNTS, audience=condition, fresh_days=FRESH_DAYS), parameters


def past(trigger: str, audience: Mapping[str, Any], *, since: datetime, until: datetime) -> tuple[str, dict[str, Any]]:
    """The accounts it would have fired for in [since, until): account_id, name, arr, currency, fired_on, detail. Uses the accounts as they are now."""
    condition, parameters = compiled(audience)
    statement = _PAST[trigger].format(accounts=FROM_ACCOUNTS, audience=condition)
    return statement, {**parameters, "since": since, "until": until}


def tiers(audience: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The thirds of the audience's ARR and how many accounts pay."""
    condition, parameters = compiled(audience)
    return TIERS.format(accounts=FROM_ACCOUNTS, audience=condition), parameters
