"""What belongs to an account beside its money and its health: stage, tree, owners, merges, further fields and files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Account, AccountMerge, Attachment, Ownership, StageChange
from accounts.queries.custom_fields import FieldValue, values_of
from accounts.queries.families import Tree, account_tree, descendant_ids
from cshub.db.reading import read
from cshub.web.sql import account_book as statements
from health.queries import BandShare, bands_summary

SHOWN = 12


@dataclass(frozen=True)
class AccountBook:
    """`owners` carry `user_name`, `merges` `absorbed_name` and `absorbed_into`, `files` whether each `is_cited`; a cited one cannot be removed. `in_stage`: for how long; None without a stage. `bands`: health over the whole tree, empty for an account that stands alone."""

    in_stage: timedelta | None
    stages: list[StageChange]
    tree: Tree
    bands: tuple[BandShare, ...]
    owners: list[Ownership]
    merges: list[AccountMerge]
    fields: list[FieldValue]
    unnamed: list[tuple[str, str]]
    files: list[Attachment]


def account_book(account: Account, *, as_of: datetime) -> AccountBook:
    """The book of one account. At most ten queries."""
    tree = account_tree(account.pk)
    has_below = len(tree.branches) > 1
    fields, unnamed = values_of("account", account.attributes)
    values = {"account": account.pk, "most": SHOWN}
    return AccountBook(
        in_stage=as_of - account.stage_since if account.stage_since else None,
        stages=read(StageChange, statements.STAGES, values),
        tree=tree,
        bands=bands_summary(Account.objects.present().filter(pk__in=descendant_ids(account.pk))) if has_below else (),
        owners=read(Ownership, statements.OWNERS, values),
        merges=read(AccountMerge, statements.MERGES, values),
        fields=fields,
        unnamed=unnamed,
        files=read(Attachment, statements.FILES, values),
    )
