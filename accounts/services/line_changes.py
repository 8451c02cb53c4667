"""Changes a line in the middle of its term: how many, at which price, of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Contract, ContractLine
from accounts.services.refusals import UnusableChange
from accounts.services.revenue import LARGEST_AMOUNT, LineChange, revise_lines
from accounts.services.terms import escalate_contracts, lock_contract
from accounts.sql import renewals
from cshub.audit import services as audit
from cshub.l10n import formats

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from cshub.users.models import User

KEPT = ("quantity", "product", "arr")


@dataclass(frozen=True)
class MidTermChange:
    """What a line says from `occurred_on` on.

    `quantity` alone keeps the price of a unit; `unit_price` is for a year and makes a movement of kind price; `arr` says the new amount
    itself. `product` renames what the line is for: only the difference of the amounts moves.
    """

    occurred_on: date
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    arr: Decimal | None = None
    product: str | None = None


@transaction.atomic
def change_line(line: ContractLine, change: MidTermChange, *, by: User | None, as_of: datetime) -> ContractLine:
    """Change a line in the middle of its term; the kind of the movement follows from the account's total.

    Nothing is billed here: what a day of the changed line costs follows from the dates and the yearly amount. An escalator that was due
    by then comes first. Raises UnusableChange, LateChange or UnusableAmount, and then nothing is changed.
    """
    contract = lock_contract(line.contract)
    _check(contract, change, as_of=as_of)
    escalate_contracts(as_of=as_of, accounts=[contract.account_id])
    locked: ContractLine = ContractLine.objects.select_for_update().get(pk=line.pk)
    before = audit.snapshot(locked, KEPT)
    revise_lines(_movements(locked, contract, change), by=by, as_of=as_of)
    locked.refresh_from_db()
    if change.quantity is not None:
        locked.quantity = change.quantity
    if change.product is not None:
        locked.product = change.product
    after = audit.snapshot(locked, KEPT)
    if after == before:
        raise UnusableChange(
            _("Nothing differs from what the line says now. Change an amount, a number or the product.")
        )
    locked.updated_at = as_of
    locked.save(update_fields=["quantity", "product", "updated_at"])
    audit.record("contract.line_changed", target=locked, by=by, at=as_of, before=before, after=after)
    renewals.refresh(as_of=as_of, accounts=[contract.account_id])
    return locked


def _check(contract: Contract, change: MidTermChange, *, as_of: datetime) -> None:
    _check_day(contract, change.occurred_on, as_of=as_of)
    for name in ("quantity", "unit_price", "arr"):
        value = getattr(change, name)
        if value is not None and not (value.is_finite() and 0 <= value < LARGEST_AMOUNT):
            raise UnusableChange(_("%(value)s is not usable. Give a number, 0 or more.") % {"value": value}, field=name)
    if change.arr is not None and change.unit_price is not None:
        raise UnusableChange(_("Give the price of a unit or the amount a year, not both."), field="unit_price")


def _check_day(contract: Contract, occurred_on: date, *, as_of: datetime) -> None:
    if occurred_on > as_of.date():
        raise UnusableChange(
            _("%(day)s is still to come. Record the change on that day; until then the line is worth what it is now.")
            % {"day": formats.date(occurred_on)},
            field="occurred_on",
        )
    if occurred_on < contract.starts_on or (contract.ends_on is not None and occurred_on >= contract.ends_on):
        raise UnusableChange(
            _("%(day)s is outside the term of %(contract)s. Give a day from its start to before its end.")
            % {"day": formats.date(occurred_on), "contract": contract},
            field="occurred_on",
        )
    if contract.status != Contract.Status.ACTIVE:
        raise UnusableChange(_("%(contract)s has ended. Record a new contract instead.") % {"contract": contract})


def _movements(line: ContractLine, contract: Contract, change: MidTermChange) -> list[LineChange]:
    """None to two: where number and price of a unit change together, first the number at the old price, then the price."""

    def to(amount: Decimal, kind: str | None = None) -> LineChange:
        return LineChange(line.external_id, contract.external_id, amount, change.occurred_on, kind=kind)

    if change.arr is not None:
        return [to(change.arr)]
    found = []
    if change.quantity is not None and change.quantity != line.quantity:
        if line.quantity:
            found.append(to(line.arr * change.quantity / line.quantity))
        elif change.unit_price is None:
            raise UnusableChange(
                _("The line has no number yet, so its price of a unit is not known. Give the amount a year too."),
                field="arr",
            )
    if change.unit_price is not None:
        units = line.quantity if change.quantity is None else change.quantity
        if not units or not change.unit_price:
            raise UnusableChange(
                _("A price of a unit needs a number of units and more than 0. Give the amount a year instead."),
                field="unit_price",
            )
        found.append(to(units * change.unit_price, "price" if line.quantity else None))
    return found
