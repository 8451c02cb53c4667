"""Reads what happened at one account and at those merged into it, newest first, from the thirteen places where it stands."""

_INTERACTIONS = """
    SELECT 'interaction' AS kind, i.id, i.occurred_at AS at, i.mode, i.channel AS detail, i.subject AS title, i.body AS text,
        u.name AS person, NULL::numeric AS amount, '' AS currency, i.minutes::numeric AS number
    FROM accounts_interaction i LEFT JOIN users_user u ON u.id = i.user_id
    WHERE i.account_id = ANY(%(accounts)s) AND i.occurred_at <= %(as_of)s AND (%(mode)s = '' OR i.mode = %(mode)s) {chosen}
        AND (%(at)s::timestamptz IS NULL OR (i.occurred_at, i.id) < (%(at)s, %(id)s::uuid))
    ORDER BY i.occurred_at DESC, i.id DESC LIMIT %(most)s
"""
_TOUCHES = _INTERACTIONS.format(chosen="")
_NOTES = _INTERACTIONS.format(chosen="AND i.channel <> 'email'")
_MAILS = _INTERACTIONS.format(chosen="AND i.channel = 'email'")
_TICKETS = """
    SELECT 'ticket', t.id, t.opened_at, 'reactive', CASE WHEN t.resolved_at IS NULL THEN t.status ELSE 'resolved' END,
        coalesce(nullif(t.subject, ''), t.external_id), t.external_id, c.name, t.satisfaction::numeric, '', t.minutes::numeric
    FROM accounts_ticket t LEFT JOIN accounts_contact c ON c.id = t.contact_id
    WHERE t.account_id = ANY(%(accounts)s) AND t.opened_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (t.opened_at, t.id) < (%(at)s, %(id)s::uuid))
    ORDER BY t.opened_at DESC, t.id DESC LIMIT %(most)s
"""
_ORDERS = """
    SELECT 'order', o.id, o.ordered_on::timestamp AT TIME ZONE 'UTC', '', o.status, o.external_id, '', NULL, o.amount, o.currency, NULL
    FROM accounts_order o
    WHERE o.account_id = ANY(%(accounts)s) AND o.ordered_on <= %(as_of)s::date
        AND (%(at)s::timestamptz IS NULL OR (o.ordered_on::timestamp AT TIME ZONE 'UTC', o.id) < (%(at)s, %(id)s::uuid))
    ORDER BY o.ordered_on DESC, o.id DESC LIMIT %(most)s
"""
_ANSWERS = """
    SELECT 'survey', s.id, s.occurred_at, '', s.kind, '', s.verbatim, c.name, NULL, '', s.score
    FROM accounts_surveyresponse s LEFT JOIN accounts_contact c ON c.id = s.contact_id
    WHERE s.account_id = ANY(%(accounts)s) AND s.occurred_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (s.occurred_at, s.id) < (%(at)s, %(id)s::uuid))
    ORDER BY s.occurred_at DESC, s.id DESC LIMIT %(most)s
"""
_RENEWALS = """
    SELECT 'renewal', d.id, d.decided_on::timestamp AT TIME ZONE 'UTC' AS at, '', d.decision, '', '', NULL,
        CASE d.decision WHEN 'renewed' THEN d.arr_renewed ELSE r.arr_due END, r.currency, NULL
    FROM accounts_renewaldecision d JOIN accounts_renewal r ON r.id = d.renewal_id
    WHERE r.account_id = ANY(%(accounts)s) AND d.recorded_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (d.decided_on::timestamp AT TIME ZONE 'UTC', d.id) < (%(at)s, %(id)s::uuid))
    ORDER BY d.decided_on DESC, d.id DESC LIMIT %(most)s
"""
_MOVEMENTS = """
    SELECT 'movement', m.id, m.occurred_on::timestamp AT TIME ZONE 'UTC', '', m.kind, '', '', NULL, m.amount, m.currency, NULL
    FROM accounts_revenuemovement m
    WHERE m.account_id = ANY(%(accounts)s) AND m.recorded_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (m.occurred_on::timestamp AT TIME ZONE 'UTC', m.id) < (%(at)s, %(id)s::uuid))
    ORDER BY m.occurred_on DESC, m.id DESC LIMIT %(most)s
"""
_TRANSITIONS = """
    SELECT 'health', t.id, t.occurred_at, '', t.to_band, t.from_band, '', NULL, t.from_score, '', t.to_score
    FROM health_healthtransition t
    WHERE t.account_id = ANY(%(accounts)s) AND t.occurred_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (t.occurred_at, t.id) < (%(at)s, %(id)s::uuid))
    ORDER BY t.occurred_at DESC, t.id DESC LIMIT %(most)s
"""
_SENTIMENTS = """
    SELECT 'sentiment', w.id, w.said_at, '', w.level, '', w.reason, u.name, NULL, '', NULL
    FROM health_accountsentiment w LEFT JOIN users_user u ON u.id = w.author_id
    WHERE w.account_id = ANY(%(accounts)s) AND w.said_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (w.said_at, w.id) < (%(at)s, %(id)s::uuid))
    ORDER BY w.said_at DESC, w.id DESC LIMIT %(most)s
"""
_STAGES = """
    SELECT 'stage', s.id, s.occurred_at, '', s.to_stage, s.from_stage, s.reason, u.name, NULL, '', NULL
    FROM accounts_stagechange s LEFT JOIN users_user u ON u.id = s.changed_by_id
    WHERE s.account_id = ANY(%(accounts)s) AND s.occurred_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (s.occurred_at, s.id) < (%(at)s, %(id)s::uuid))
    ORDER BY s.occurred_at DESC, s.id DESC LIMIT %(most)s
"""
# The first role of a person is when they were recorded, which is no event of the account.
_ROLES = """
    SELECT 'role', r.id, r.occurred_on::timestamp AT TIME ZONE 'UTC' AS at, '', r.to_role, r.from_role, '', c.name, NULL, '', NULL
    FROM accounts_rolechange r JOIN accounts_contact c ON c.id = r.contact_id
    WHERE c.account_id = ANY(%(accounts)s) AND r.recorded_at <= %(as_of)s AND r.from_role <> ''
        AND (%(at)s::timestamptz IS NULL OR (r.occurred_on::timestamp AT TIME ZONE 'UTC', r.id) < (%(at)s, %(id)s::uuid))
    ORDER BY r.occurred_on DESC, r.id DESC LIMIT %(most)s
"""
_CONSENTS = """
    SELECT 'consent', s.id, s.occurred_at, '', s.state, s.channel, s.source, c.name, NULL, '', NULL
    FROM accounts_consent s JOIN accounts_contact c ON c.id = s.contact_id
    WHERE c.account_id = ANY(%(accounts)s) AND s.occurred_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (s.occurred_at, s.id) < (%(at)s, %(id)s::uuid))
    ORDER BY s.occurred_at DESC, s.id DESC LIMIT %(most)s
"""
_MERGES = """
    SELECT 'merge', m.id, m.recorded_at, '', m.kind, a.name, m.reason, NULL, NULL, '', NULL
    FROM accounts_accountmerge m JOIN accounts_account a ON a.id = m.absorbed_id
    WHERE m.survivor_id = ANY(%(accounts)s) AND m.recorded_at <= %(as_of)s
        AND (%(at)s::timestamptz IS NULL OR (m.recorded_at, m.id) < (%(at)s, %(id)s::uuid))
    ORDER BY m.recorded_at DESC, m.id DESC LIMIT %(most)s
"""
_FILES = """
    SELECT 'file', f.id, f.recorded_at, '', '', f.file_name, '', u.name, NULL, '', NULL
    FROM accounts_attachment f LEFT JOIN users_user u ON u.id = f.uploaded_by_id
    WHERE f.account_id = ANY(%(accounts)s) AND f.recorded_at <= %(as_of)s AND f.removed_at IS NULL
        AND (%(at)s::timestamptz IS NULL OR (f.recorded_at, f.id) < (%(at)s, %(id)s::uuid))
    ORDER BY f.recorded_at DESC, f.id DESC LIMIT %(most)s
"""

_ORDER = "ORDER BY at DESC, id DESC LIMIT %(most)s"


def _together(*places: str) -> str:
    return " UNION ALL ".join(f"({each})" for each in places) + f" {_ORDER}"


TOUCHES = _TOUCHES
# What the timeline can be narrowed to; the empty name is everything.
KINDS = {
    "": _together(
        *(_TOUCHES, _TICKETS, _ORDERS, _ANSWERS, _RENEWALS, _MOVEMENTS, _TRANSITIONS),
        *(_SENTIMENTS, _STAGES, _ROLES, _CONSENTS, _MERGES, _FILES),
    ),
    "work": _NOTES,
    "mail": _MAILS,
    "ticket": _TICKETS,
    "order": _ORDERS,
    "survey": _ANSWERS,
    "revenue": _together(_RENEWALS, _MOVEMENTS),
    "health": _TRANSITIONS,
    "sentiment": _SENTIMENTS,
    "stage": _STAGES,
    "people": _together(_ROLES, _CONSENTS),
    "merge": _MERGES,
    "file": _FILES,
}

# What we did by week, the last week being `weeks`, to mark on the line of the score.
WEEKS = """
    SELECT %(weeks)s - floor(extract(epoch FROM %(as_of)s - occurred_at) / 604800)::int AS week, mode,
        count(*), sum(minutes)
    FROM accounts_interaction
    WHERE account_id = ANY(%(accounts)s) AND occurred_at > %(since)s AND occurred_at <= %(as_of)s
    GROUP BY 1, 2 ORDER BY 1, 4
"""
