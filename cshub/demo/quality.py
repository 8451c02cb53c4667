"""What is not right yet about the simulated company's facts: a help desk that fell silent with tickets open, and customers written down twice.

Chance comes from the external IDs alone, and all of it is learned at the very end: what is true about renewals stays as it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.ingest.quality.services import find_duplicates
from accounts.models import Account, Contact
from cshub.db import sql

if TYPE_CHECKING:
    from datetime import datetime

SILENT_FOR = timedelta(days=20)  # longer than tickets may be silent
OPEN_FOR = timedelta(days=21)  # how long before that the oldest ones were opened that nobody closed
TWINS = (
    ("d-90001", " Ltd.", True),
    ("d-90002", " Holding", False),
)  # external ID, what the second name ends in, same address

# The last ones that the help desk told of are open still.
_LEFT_OPEN = """
    UPDATE accounts_ticket SET status = 'open', resolved_at = NULL, satisfaction = NULL,
        first_replied_at = CASE WHEN abs(hashtext(external_id || 'replied')) %% 2 = 0 THEN first_replied_at END
    WHERE opened_at >= %(since)s AND abs(hashtext(external_id)) %% 3 = 0
"""


def spoil(*, as_of: datetime) -> None:
    """Add what the page of data quality is for."""
    sql.execute(_LEFT_OPEN, {"since": as_of - SILENT_FOR - OPEN_FOR})
    _write_twice(as_of=as_of)
    find_duplicates(as_of=as_of)


def _write_twice(*, as_of: datetime) -> None:
    """Prospects that are customers already."""
    known = list(Account.objects.customers().order_by("external_id")[: len(TWINS)])
    twins = [
        Account(
            external_id=external_id,
            name=account.name + ending,
            domain=account.domain,
            status=Account.Status.PROSPECT,
            recorded_at=as_of,
            updated_at=as_of,
        )
        for account, (external_id, ending, _same) in zip(known, TWINS, strict=False)
    ]
    Account.objects.bulk_create(twins)
    addresses = dict(Contact.objects.filter(account__in=known).values_list("account", "email"))
    Contact.objects.bulk_create(
        Contact(account=twin, name="Anna Berg", email=addresses[account.pk], recorded_at=as_of)
        for twin, account, (_id, _ending, same) in zip(twins, known, TWINS, strict=False)
        if same and account.pk in addresses
    )
