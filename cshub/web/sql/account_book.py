"""Reads the records of one account for its page: columns of a model, and beside them what the page shows of other tables."""

from accounts.models import Account, AccountRevenue
from cshub.db.reading import columns

ACCOUNT = f"""
    SELECT {columns(Account, "a")}, {columns(AccountRevenue, "r", "revenue")}, o.id AS owner__id, o.name AS owner__name, o.email AS owner__email,
        p.id AS parent__id, p.external_id AS parent__external_id, p.name AS parent__name
    FROM accounts_account a LEFT JOIN accounts_accountrevenue r ON r.account_id = a.id
    LEFT JOIN users_user o ON o.id = a.owner_id LEFT JOIN accounts_account p ON p.id = a.parent_id
    WHERE a.id = %(account)s
"""  # noqa: S608  # no value from outside

PEOPLE = """
    SELECT id, account_id, name, email, role, title FROM accounts_contact
    WHERE account_id = %(account)s AND left_on IS NULL ORDER BY name, id
"""

STAGES = """
    SELECT id, account_id, to_stage, occurred_at, reason FROM accounts_stagechange
    WHERE account_id = %(account)s ORDER BY occurred_at DESC, id DESC LIMIT %(most)s
"""

OWNERS = """
    SELECT o.id, o.account_id, o.since, o.until, u.name AS user_name
    FROM accounts_ownership o JOIN users_user u ON u.id = o.user_id
    WHERE o.account_id = %(account)s ORDER BY o.since DESC LIMIT %(most)s
"""

MERGES = """
    SELECT m.id, m.survivor_id, m.kind, m.occurred_on, a.name AS absorbed_name, a.merged_into_id AS absorbed_into
    FROM accounts_accountmerge m JOIN accounts_account a ON a.id = m.absorbed_id
    WHERE m.survivor_id = %(account)s ORDER BY m.recorded_at DESC LIMIT %(most)s
"""

FILES = """
    SELECT f.id, f.account_id, f.file_name, f.size, f.recorded_at,
        EXISTS (SELECT FROM impact_evidence e WHERE e.object_type = 'attachment' AND e.object_id = f.id) AS is_cited
    FROM accounts_attachment f
    WHERE f.account_id = %(account)s AND f.removed_at IS NULL ORDER BY f.recorded_at DESC, f.id DESC LIMIT %(most)s
"""

CLAIMS = """
    SELECT c.id, c.account_id, c.number, c.kind, c.state, c.support, c.amount, c.currency,
        (SELECT sum(l.amount) FROM impact_ledgerentry l WHERE l.claim_id = c.id) AS credited
    FROM impact_claim c
    WHERE c.account_id = ANY(%(family)s) ORDER BY c.number DESC LIMIT %(most)s
"""

CONTRACTS = """
    SELECT id, account_id, external_id, name, status, starts_on, ends_on, currency FROM accounts_contract
    WHERE account_id = %(account)s ORDER BY status, starts_on DESC, id
"""

LINES = """
    SELECT l.id, l.contract_id, l.external_id, l.product, l.arr
    FROM accounts_contract c JOIN accounts_contractline l ON l.contract_id = c.id
    WHERE c.account_id = %(account)s ORDER BY l.contract_id, l.external_id
"""

MOVEMENTS = """
    SELECT m.id, m.account_id, m.kind, m.occurred_on, m.amount, m.currency, coalesce(nullif(l.product, ''), l.external_id) AS line_name
    FROM accounts_revenuemovement m LEFT JOIN accounts_contractline l ON l.id = m.line_id
    WHERE m.account_id = %(account)s AND m.recorded_at <= %(as_of)s ORDER BY m.occurred_on DESC, m.id DESC LIMIT %(most)s
"""

# What is due, or soon will be, and was not decided by then.
OPEN_RENEWALS = """
    SELECT r.id, r.account_id, r.due_on, r.arr_due, r.currency, coalesce(nullif(c.name, ''), c.external_id) AS contract_name
    FROM accounts_renewal r JOIN accounts_contract c ON c.id = r.contract_id
    LEFT JOIN accounts_renewaldecision d ON d.renewal_id = r.id
    WHERE r.account_id = %(account)s AND r.due_on <= %(until)s AND (d.id IS NULL OR d.recorded_at > %(as_of)s)
    ORDER BY r.due_on, r.id
"""
