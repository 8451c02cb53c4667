"""Turns the audience of a version into conditions, from a closed list of filters."""

from collections.abc import Mapping
from typing import Any

# Aliases: a accounts_account, rev accounts_accountrevenue (may be missing), h health_accounthealth (may be missing).
CONDITIONS = {
    "segment": "a.segment = ANY(%({prefix}_segment)s)",
    "region": "a.region = ANY(%({prefix}_region)s)",
    "industry": "a.industry = ANY(%({prefix}_industry)s)",
    "status": "a.status = ANY(%({prefix}_status)s)",
    "bands": "h.band = ANY(%({prefix}_bands)s)",
    "in_segment": (
        "EXISTS (SELECT 1 FROM segments_segmentmembership member WHERE member.account_id = a.id"
        " AND member.left_at IS NULL AND member.segment_id = ANY(%({prefix}_in_segment)s::uuid[]))"
    ),
    "arr_min": "COALESCE(rev.arr, 0) >= %({prefix}_arr_min)s::numeric",
    "arr_max": "COALESCE(rev.arr, 0) <= %({prefix}_arr_max)s::numeric",
}
CUSTOMERS = ("onboarding", "active")

FROM_ACCOUNTS = """
    accounts_account a
    LEFT JOIN accounts_accountrevenue rev ON rev.account_id = a.id
    LEFT JOIN health_accounthealth h ON h.account_id = a.id
"""


def compiled(audience: Mapping[str, Any], *, prefix: str = "audience") -> tuple[str, dict[str, Any]]:
    """The audience as a condition over FROM_ACCOUNTS and its parameters; without a status, customers only. Raises KeyError for a filter that does not exist."""
    filters = {"status": list(CUSTOMERS), **audience}
    conditions = " AND ".join(CONDITIONS[name].format(prefix=prefix) for name in sorted(filters))
    return conditions, {f"{prefix}_{name}": value for name, value in filters.items()}
