"""The kinds of files: adding one is copying one of these modules and adding a line here."""

from accounts.ingest.kinds import accounts, contracts, usage
from accounts.ingest.kinds.kind import KindOfFile

KINDS: dict[str, KindOfFile] = {each.name: each for each in (accounts.ACCOUNTS, contracts.CONTRACTS, usage.USAGE)}
