"""The verbs of pages across apps: views saved and deleted, lists taken away as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.queries.custom_fields import fields_of
from accounts.querysets import AccountQuerySet
from cshub.audit import services as audit
from cshub.kernel.cells import defused
from cshub.kernel.refusal import Refused
from cshub.users.models import Role, User
from cshub.web.models import SavedView
from cshub.web.queries.account_list import COLUMNS, VALUE_COLUMNS, AccountRow, Worth, account_rows
from cshub.web.queries.cursors import slice_of

AT_ONCE = 1000
HEADINGS = (
    "external_id", "name", "status", "segment", "region", "owner_email", "arr", "currency", "next_renewal_on", "health_score",
    "health_band", "health_reason", "lifetime_value", "lifetime_value_low", "lifetime_value_high", "lifetime_value_months", "lifetime_value_method",
    "cost_to_serve", "value_tier", "value_currency", "valued_at",
)  # fmt: skip
VALUES = len(HEADINGS) - HEADINGS.index("lifetime_value")
FURTHER = "attributes."  # before the keys of the tenant's own fields, as the API calls them


class ViewNameTaken(Refused):
    """One's own list of that name exists."""

    code = "view_name_taken"


class NotYourView(Refused):
    """Somebody else saved it."""

    code = "not_your_view"


@transaction.atomic
def save_view(*, page: str, name: str, query: str, is_shared: bool, by: User, as_of: datetime) -> SavedView:
    """Keep a list with its filters under a name. Raises ViewNameTaken."""
    if SavedView.objects.filter(owner=by, page=page, name=name).exists():
        raise ViewNameTaken(_("You have a view called “%(name)s”. Choose another name.") % {"name": name}, field="name")
    view = SavedView.objects.create(page=page, name=name, query=query, is_shared=is_shared, owner=by, created_at=as_of)
    audit.record("view.saved", target=view, by=by, at=as_of, after={"name": name, "query": query, "shared": is_shared})
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User, as_of: datetime) -> None:
    """Take a view away from everybody who saw it. Raises NotYourView: only who saved it may, and an admin."""
    if view.owner_id != by.pk and by.role != Role.ADMIN:
        raise NotYourView(_("%(owner)s saved this view. Only they or an admin can delete it.") % {"owner": view.owner})
    audit.record("view.deleted", target=view, by=by, at=as_of, before={"name": view.name, "query": view.query})
    view.delete()


@transaction.atomic
def export_accounts(accounts: AccountQuerySet, *, sort: str, by: User, as_of: datetime) -> str:
    """These accounts as CSV text with a heading, the tenant's own fields last, formulas defused. Reads 1,000 at a time; who took how many
    is on the trail."""
    written = StringIO()
    writer = csv.writer(written)
    keys = [field.key for field in fields_of("account")]
    writer.writerow([*HEADINGS, *(defused(FURTHER + key) for key in keys)])
    count = 0
    for row, found in _rows(accounts, sort=sort, as_of=as_of):
        further = [_plain(found["attributes"].get(key)) for key in keys]
        writer.writerow([defused(cell) for cell in (*_cells(row, found), *further)])
        count += 1
    audit.record("accounts.exported", target=None, by=by, at=as_of, after={"accounts": count})
    return written.getvalue()


def _rows(accounts: AccountQuerySet, *, sort: str, as_of: datetime) -> Iterator[tuple[AccountRow, dict[str, Any]]]:
    at, columns = None, (*COLUMNS, *VALUE_COLUMNS, "segment", "region", "owner__email", "attributes")
    while True:
        part = slice_of(accounts, sort=sort, at=at, columns=columns, limit=AT_ONCE)
        yield from zip(account_rows(part.rows, as_of=as_of), part.rows, strict=True)
        at = part.after
        if at is None:
            return


def _cells(row: AccountRow, found: dict[str, Any]) -> list[object]:
    verdict = row.verdict
    return [
        row.external_id, row.name, row.status, found["segment"], found["region"], found["owner__email"], row.arr, row.currency, row.renewal_on,
        verdict.score if verdict else None, verdict.band if verdict else None, verdict.reason if verdict else None,
        *(_value_cells(row.worth) if row.worth else [None] * VALUES),
    ]  # fmt: skip


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _value_cells(worth: Worth) -> list[object]:
    return [
        worth.amount, worth.low, worth.high, worth.months, worth.method, worth.cost, worth.tier, worth.currency,
        worth.computed_at.isoformat() if worth.computed_at else None,
    ]  # fmt: skip
