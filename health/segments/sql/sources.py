"""Where each field of a rule stands in the database.

A column is an expression over the account (a), its revenue (rev) and its current verdict (h). A lookup is a query of (account_id, value),
read as of a moment: a fact counts if it occurred by %(today)s and was recorded by %(as_of)s. To add a field, write its row here, its row
in health.segments.engine.fields and its label in health.segments.words.
"""
# ruff: noqa: S608  # every part is written in this module

from collections.abc import Mapping
from typing import Final

FROM_ACCOUNTS: Final = (
    "accounts_account a LEFT JOIN accounts_accountrevenue rev ON rev.account_id = a.id"
    " LEFT JOIN health_accounthealth h ON h.account_id = a.id"
)

COLUMNS: Final[Mapping[str, str]] = {
    **{
        name: f"nullif(a.{name}, '')"
        for name in (
            *("name", "external_id", "domain", "status", "stage", "segment"),
            *("industry", "region", "language", "timezone"),
        )
    },
    "days_in_stage": "(%(today)s::date - (a.stage_since AT TIME ZONE 'utc')::date)",
    "customer_since_on": "a.customer_since_on",
    "churned_on": "a.churned_on",
    "owner": "a.owner_id",
    "parent": "a.parent_id",
    "arr": "rev.arr",
    "currency": "nullif(rev.currency, '')",
    "next_renewal_on": "rev.next_renewal_on",
    "score": "h.score",
    "band": "h.band",
    "coverage": "h.coverage",
}

_ORDERS = (
    "accounts_order o WHERE o.status = 'placed' AND o.ordered_on <= %(today)s::date AND o.recorded_at <= %(as_of)s"
)
_PEOPLE = "accounts_contact c WHERE (c.left_on IS NULL OR c.left_on > %(today)s::date) AND c.recorded_at <= %(as_of)s"


def _latest_answer(kind: str) -> str:
    return (
        f"SELECT DISTINCT ON (s.account_id) s.account_id, s.score AS value FROM accounts_surveyresponse s"
        f" WHERE s.kind = '{kind}' AND s.occurred_at <= %(as_of)s AND s.recorded_at <= %(as_of)s"
        f" ORDER BY s.account_id, s.occurred_at DESC, s.id DESC"
    )


def _consent(channel: str) -> str:
    return (
        f"SELECT said.account_id, true AS value FROM (SELECT DISTINCT ON (c.id) c.account_id, k.state FROM accounts_consent k"
        f" JOIN accounts_contact c ON c.id = k.contact_id AND (c.left_on IS NULL OR c.left_on > %(today)s::date)"
        f" WHERE k.channel = '{channel}' AND k.occurred_at <= %(as_of)s AND k.recorded_at <= %(as_of)s"
        f" ORDER BY c.id, k.occurred_at DESC, k.id DESC) said WHERE said.state = 'granted'"
    )


LOOKUPS: Final[Mapping[str, str]] = {
    "leaving_probability": "SELECT p.account_id, p.probability AS value FROM predictions_accountprediction p",
    "sentiment": (
        "SELECT w.account_id, w.level AS value FROM (SELECT DISTINCT ON (s.account_id) s.account_id, s.level, s.fades_on"
        " FROM health_accountsentiment s WHERE s.said_at <= %(as_of)s AND s.recorded_at <= %(as_of)s"
        " ORDER BY s.account_id, s.said_at DESC, s.id DESC) w WHERE w.fades_on > %(today)s::date"
    ),
    "clv": "SELECT v.account_id, v.amount AS value FROM value_accountvalue v WHERE v.amount IS NOT NULL",
    "cost_to_serve": "SELECT v.account_id, v.cost AS value FROM value_accountvalue v WHERE v.cost IS NOT NULL",
    "value_tier": "SELECT v.account_id, v.tier AS value FROM value_accountvalue v",
    "order_count": f"SELECT o.account_id, count(*) AS value FROM {_ORDERS} GROUP BY o.account_id",
    "is_repeat_buyer": f"SELECT o.account_id, true AS value FROM {_ORDERS} GROUP BY o.account_id HAVING count(*) >= 2",
    "last_ordered_on": f"SELECT o.account_id, max(o.ordered_on) AS value FROM {_ORDERS} GROUP BY o.account_id",
    "product": (
        "SELECT o.account_id, p.external_id::text AS value FROM accounts_orderline l JOIN accounts_product p ON p.id = l.product_id"
        " JOIN accounts_order o ON o.id = l.order_id"
        " AND o.status = 'placed' AND o.ordered_on <= %(today)s::date AND o.recorded_at <= %(as_of)s"
    ),
    "runs_out_on": "SELECT r.account_id, min(r.runs_out_on) AS value FROM accounts_replenishment r GROUP BY r.account_id",
    "overdue_invoice_count": (
        "SELECT i.account_id, count(*) AS value FROM accounts_invoice i"
        " WHERE i.due_on < %(today)s::date AND i.recorded_at <= %(as_of)s AND i.amount > coalesce((SELECT sum(p.amount)"
        " FROM accounts_payment p WHERE p.invoice_id = i.id AND p.paid_on <= %(today)s::date AND p.recorded_at <= %(as_of)s), 0)"
        " AND i.amount > 0 GROUP BY i.account_id"
    ),
    "open_ticket_count": (
        "SELECT t.account_id, count(*) AS value FROM accounts_ticket t WHERE t.opened_at <= %(as_of)s"
        " AND t.recorded_at <= %(as_of)s AND (t.resolved_at IS NULL OR t.resolved_at > %(as_of)s) GROUP BY t.account_id"
    ),
    "nps": _latest_answer("nps"),
    "csat": _latest_answer("csat"),
    "ces": _latest_answer("ces"),
    "last_survey_on": (
        "SELECT s.account_id, (max(s.occurred_at) AT TIME ZONE 'utc')::date AS value FROM accounts_surveyresponse s"
        " WHERE s.occurred_at <= %(as_of)s AND s.recorded_at <= %(as_of)s GROUP BY s.account_id"
    ),
    "last_contact_on": (
        "SELECT t.account_id, (max(t.occurred_at) AT TIME ZONE 'utc')::date AS value FROM accounts_interaction t"
        " WHERE t.direction <> 'internal' AND t.occurred_at <= %(as_of)s AND t.recorded_at <= %(as_of)s GROUP BY t.account_id"
    ),
    "last_used_on": (
        "SELECT u.account_id, max(u.day) AS value FROM accounts_usagedaily u"
        " WHERE u.value > 0 AND u.day <= %(today)s::date AND u.recorded_at <= %(as_of)s GROUP BY u.account_id"
    ),
    "contact_count": f"SELECT c.account_id, count(*) AS value FROM {_PEOPLE} GROUP BY c.account_id",
    "has_champion": f"SELECT c.account_id, true AS value FROM {_PEOPLE} AND c.role = 'champion'",
    "has_sponsor": f"SELECT c.account_id, true AS value FROM {_PEOPLE} AND c.role = 'sponsor'",
    "consent_email": _consent("email"),
    "consent_phone": _consent("phone"),
}

BELOW: Final = (
    "a.id IN (WITH RECURSIVE below(id) AS (SELECT top.id FROM accounts_account top WHERE top.id = ANY({ids}::uuid[])"
    " UNION SELECT child.id FROM accounts_account child JOIN below ON child.parent_id = below.id) SELECT id FROM below)"
)  # UNION, not UNION ALL: a circle of parents would never end

# what the tenant added stands as JSON; what cannot be read as its kind is unknown
NUMBER: Final = r"^\s*[+-]?[0-9]{{1,15}}(\.[0-9]{{1,15}})?\s*$"
CUSTOM_AS: Final[Mapping[str, str]] = {
    "text": "nullif(a.attributes ->> {key}, '')",
    "choice": "nullif(a.attributes ->> {key}, '')",
    "number": f"CASE WHEN (a.attributes ->> {{key}}) ~ '{NUMBER}' THEN (a.attributes ->> {{key}})::numeric END",
    "date": (
        "CASE WHEN (a.attributes ->> {key}) ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'"
        ' THEN (a.attributes ->> {key}) COLLATE "C" END'
    ),  # days written as 2026-03-31 are ordered like texts, and no text can fail to be one
    "yes_no": (
        "CASE WHEN lower(a.attributes ->> {key}) IN ('true', 'yes', 'y', 't', 'on') THEN true"
        " WHEN lower(a.attributes ->> {key}) IN ('false', 'no', 'n', 'f', 'off') THEN false END"
    ),
}
