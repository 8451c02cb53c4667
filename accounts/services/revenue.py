"""Changes what accounts pay: movements, line ARR and account ARR always together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import RevenueMovement
from accounts.services.changed import OF_CONTRACTS, note_changed
from accounts.services.refusals import (
    LateChange,
    LineOfAnotherContract,
    SecondCurrency,
    UnknownContract,
    UnusableAmount,
)
from accounts.services.shares import CENT
from accounts.sql import revenue as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from typing import Any

    from cshub.users.models import User

LARGEST_AMOUNT = Decimal(10) ** 15
_REFUSALS = {
    "unknown_contract": (
        UnknownContract,
        _("There is no contract %(contract)s. Record the contract first, then the line %(line)s."),
    ),
    "line_of_another_contract": (
        LineOfAnotherContract,
        _(
            "The line %(line)s belongs to another contract than %(contract)s. Give the line of this contract an ID of its own."
        ),
    ),
    "second_currency": (
        SecondCurrency,
        _(
            "%(account)s is kept in %(account_currency)s, and contract %(contract)s is in %(currency)s. Convert the amounts to %(account_currency)s."
        ),
    ),
    "late_change": (
        LateChange,
        _(
            "The line %(line)s last changed on %(moved_on)s; a change on %(occurred_on)s would rewrite the past. Date it %(moved_on)s or later."
        ),
    ),
}


@dataclass(frozen=True)
class LineChange:
    """From `occurred_on` the line is worth `new_arr` a year. A missing line is made; `kind` is derived unless given (price, fx).

    `source_ref` names what told us: the same source is booked once, so a replay changes nothing.
    """

    line_external_id: str
    contract_external_id: str
    new_arr: Decimal
    occurred_on: date
    kind: str | None = None
    source_ref: str | None = None
    product: str = ""


@transaction.atomic
def revise_lines(changes: Sequence[LineChange], *, by: User | None, as_of: datetime) -> int:
    """Book the movements that bring each line to its new ARR; returns how many were needed.

    Several changes of one line are its history, taken in the order of their dates. Kinds follow from the account's total around the day:
    the first money is new, money after nothing is reactivation, the last money gone is churn, the rest is expansion or contraction.
    Sum of movements = line ARR = account ARR holds before and after. Raises UnknownContract, LineOfAnotherContract, SecondCurrency,
    LateChange or UnusableAmount, and then nothing is booked.
    """
    if not changes:
        return 0
    given = statements.arrays([_checked(change) for change in changes], as_of=as_of)
    statements.lock_accounts(given)
    if problem := statements.first_problem(given):
        refusal, sentence = _REFUSALS[problem["code"]]
        raise refusal(sentence % problem)
    count, total = _book(given)
    if count:
        audit.record("revenue.revised", target=None, by=by, at=as_of, after=_summary(changes, count, total))
        contracts = sorted({change.contract_external_id for change in changes})
        note_changed(chosen=OF_CONTRACTS, given={"contracts": contracts}, as_of=as_of)
    return count


@transaction.atomic
def revise_lines_in(table: str, *, by: User | None, as_of: datetime) -> int:
    """The same for the rows of a temporary table: line, contract, new_arr (in cents, not negative), occurred_on, kind, source_ref,
    product, position. Whoever filled it has looked at the amounts; the constraints of the database look again.
    """
    given, source = {"as_of": as_of}, f"{table} given"
    statements.lock_accounts(given, source)
    if problem := statements.first_problem(given, source):
        refusal, sentence = _REFUSALS[problem["code"]]
        raise refusal(sentence % problem)
    count, total = _book(given, source)
    if count:
        contract_count, contracts = statements.contracts_in(source, 100)[0]
        after = {"movements": count, "arr_change": total, "contract_count": contract_count, "contracts": contracts}
        audit.record("revenue.revised", target=None, by=by, at=as_of, after=after)
    return count


@transaction.atomic
def take_back_movements(movements: str, *, by: User | None, as_of: datetime) -> int:
    """Book a correction on the same day against each movement, as when an import is undone; returns how many.

    `movements` is a query of the product's own that gives their ids. Line ARR and account ARR move along, so that the sums hold.
    """
    count, total = statements.take_back(movements, as_of=as_of)
    if count:
        audit.record("revenue.corrected", target=None, by=by, at=as_of, after={"movements": count, "arr_change": total})
    return count


def _book(given: dict[str, Any], source: str = statements.ARRAYS) -> tuple[int, Decimal]:
    try:
        return statements.book(given, source)
    except IntegrityError as error:
        if "movement_sign_fits_its_kind" in str(error):
            raise UnusableAmount(
                _("A given kind does not fit the direction of its change. Leave the kind empty; it is derived."),
                field="kind",
            ) from error
        if "source_ref" in str(error):
            raise UnusableAmount(
                _("Two changes name the same source. Give each its own, or leave it empty."), field="source_ref"
            ) from error
        raise


def _checked(change: LineChange) -> LineChange:
    if not change.new_arr.is_finite() or change.new_arr < 0 or change.new_arr >= LARGEST_AMOUNT:
        raise UnusableAmount(
            _("%(value)s is not a yearly amount for the line %(line)s. Give a number from 0 to 999,999,999,999,999.")
            % {"value": f"{change.new_arr:.4g}", "line": change.line_external_id},
            field="new_arr",
        )
    if change.kind is not None and change.kind not in RevenueMovement.Kind.values:
        raise UnusableAmount(
            _("“%(kind)s” is not a kind of movement. Leave it empty, or choose one of: %(kinds)s.")
            % {"kind": change.kind, "kinds": ", ".join(RevenueMovement.Kind.values)},
            field="kind",
        )
    return replace(change, new_arr=change.new_arr.quantize(CENT, rounding=ROUND_HALF_UP))


def _summary(changes: Sequence[LineChange], count: int, total: Decimal) -> dict[str, Any]:
    contracts = sorted({change.contract_external_id for change in changes})
    return {"movements": count, "arr_change": total, "contract_count": len(contracts), "contracts": contracts[:100]}
