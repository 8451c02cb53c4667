"""What belongs to an account beside its money and its health: stage, tree, owners, merges, further fields and files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Account, AccountMerge, Attachment, Ownership, StageChange
from accounts.queries.custom_fields import FieldValue, values_of
from accounts.queries.families import Tree, account_tree, descendant_ids
from health.queries import BandShare, bands_summary
from reports.impact.queries import cited_ids

SHOWN = 12


@dataclass(frozen=True)
class File:
    """A kept file; a cited one cannot be removed."""

    attachment: Attachment
    is_cited: bool


@dataclass(frozen=True)
class AccountBook:
    """`in_stage`: for how long; None without a stage. `bands`: health over the whole tree, empty for an account that stands alone."""

    in_stage: timedelta | None
    stages: list[StageChange]
    tree: Tree
    bands: tuple[BandShare, ...]
    owners: list[Ownership]
    merges: list[AccountMerge]
    fields: list[FieldValue]
    unnamed: list[tuple[str, object]]
    files: list[File]


def account_book(account: Account, *, as_of: datetime) -> AccountBook:
    """The book of one account. At most twelve queries."""
    tree = account_tree(account.pk)
    has_below = len(tree.branches) > 1
    fields, unnamed = values_of("account", account.attributes)
    return AccountBook(
        in_stage=as_of - account.stage_since if account.stage_since else None,
        stages=list(
            StageChange.objects.filter(account=account)
            .select_related("changed_by")
            .order_by("-occurred_at", "-id")[:SHOWN]
        ),
        tree=tree,
        bands=bands_summary(Account.objects.present().filter(pk__in=descendant_ids(account.pk))) if has_below else (),
        owners=list(Ownership.objects.filter(account=account).select_related("user").order_by("-since")[:SHOWN]),
        merges=list(
            AccountMerge.objects.filter(survivor=account)
            .select_related("absorbed", "made_by")
            .order_by("-recorded_at")[:SHOWN]
        ),
        fields=fields,
        unnamed=unnamed,
        files=files_of(account),
    )


def files_of(account: Account) -> list[File]:
    """The account's files, the newest first. Two queries."""
    rows = list(
        Attachment.objects.filter(account=account, removed_at=None)
        .select_related("uploaded_by", "contact")
        .order_by("-recorded_at", "-id")[:SHOWN]
    )
    cited = cited_ids("attachment", [row.pk for row in rows]) if rows else set()
    return [File(row, row.pk in cited) for row in rows]
