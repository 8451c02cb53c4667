"""What is not right yet about the simulated company's facts: a help desk that fell silent, and customers written down twice.

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
TWINS = (
    ("d-90001", " Ltd.", True),
    ("d-90002", " Holding", False),
)  # external ID, what the second name ends in, same address

# Up to four tickets an account in the months before the help desk fell silent; the last ones are still open.
_TICKETS = """
    INSERT INTO accounts_ticket (account_id, contact_id, external_id, subject, channel, status, priority, opened_at, first_replied_at,
        resolved_at, reopened_count, minutes, satisfaction, recorded_at, updated_at)
    SELECT account.id, person.id, 'T-' || right(account.external_id, 5) || '-' || number,
        (ARRAY['Export fails', 'Cannot sign in', 'Wrong figures in a report', 'Question about an invoice', 'Integration stopped'])[1 + luck %% 5],
        (ARRAY['email', 'chat', 'phone'])[1 + luck / 7 %% 3], CASE WHEN is_open THEN 'open' ELSE 'resolved' END,
        (ARRAY['low', 'normal', 'normal', 'normal', 'high', 'urgent'])[1 + luck / 11 %% 6], opened.at,
        CASE WHEN NOT is_open OR luck / 13 %% 2 = 0 THEN opened.at + make_interval(mins => 10 + luck / 17 %% 900) END,
        CASE WHEN NOT is_open THEN opened.at + make_interval(hours => 20 + luck / 19 %% 200) END,
        CASE WHEN luck / 23 %% 6 = 0 THEN 1 ELSE 0 END, 10 + luck / 29 %% 90,
        CASE WHEN NOT is_open AND luck / 31 %% 3 = 0 THEN 2 + luck / 37 %% 4 END, opened.at, opened.at
    FROM accounts_account account
    CROSS JOIN generate_series(1, 4) number
    CROSS JOIN LATERAL (SELECT abs(hashtext(account.external_id || 'ticket' || number)) AS luck) chance
    CROSS JOIN LATERAL (SELECT %(silent_since)s - make_interval(hours => 24 * (2 + 30 * (number - 1)) + luck %% 600) AS at) opened
    CROSS JOIN LATERAL (SELECT number = 1 AND luck %% 3 = 0 AS is_open) state
    LEFT JOIN LATERAL (SELECT id FROM accounts_contact WHERE account_id = account.id ORDER BY id LIMIT 1) person ON true
    WHERE account.status IN ('active', 'onboarding') AND luck / 41 %% 10 < 6
    ORDER BY account.external_id, number
"""


def spoil(*, as_of: datetime) -> None:
    """Add what the page of data quality is for."""
    sql.execute(_TICKETS, {"silent_since": as_of - SILENT_FOR})
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
