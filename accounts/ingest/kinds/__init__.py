"""The kinds of files: adding one is copying one of these modules and adding a line here."""

from accounts.ingest.kinds.accounts import ACCOUNTS
from accounts.ingest.kinds.contracts import CONTRACTS
from accounts.ingest.kinds.kind import KindOfFile
from accounts.ingest.kinds.usage import USAGE

KINDS: dict[str, KindOfFile] = {each.name: each for each in (ACCOUNTS, CONTRACTS, USAGE)}
