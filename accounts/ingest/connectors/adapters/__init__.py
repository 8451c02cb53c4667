"""The kinds of sources: adding one is copying one of these modules and adding a line here."""

from accounts.ingest.connectors.adapters.adapter import Adapter
from accounts.ingest.connectors.adapters.mailbox import MAILBOX
from accounts.ingest.connectors.adapters.rest import REST
from accounts.ingest.connectors.adapters.sql import DATABASE

ADAPTERS: dict[str, Adapter] = {each.key: each for each in (REST, DATABASE, MAILBOX)}
