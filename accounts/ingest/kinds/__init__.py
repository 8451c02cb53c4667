"""The kinds of files: adding one is copying one of these modules and adding a line here."""

from accounts.ingest.kinds.accounts import ACCOUNTS
from accounts.ingest.kinds.contacts import CONTACTS
from accounts.ingest.kinds.contracts import CONTRACTS
from accounts.ingest.kinds.interactions import INTERACTIONS
from accounts.ingest.kinds.invoices import INVOICES
from accounts.ingest.kinds.kind import KindOfFile
from accounts.ingest.kinds.orders import ORDERS
from accounts.ingest.kinds.surveys import SURVEYS
from accounts.ingest.kinds.tickets import TICKETS
from accounts.ingest.kinds.usage import USAGE

KINDS: dict[str, KindOfFile] = {
    each.name: each for each in (ACCOUNTS, CONTACTS, CONTRACTS, ORDERS, INVOICES, USAGE, SURVEYS, TICKETS, INTERACTIONS)
}
