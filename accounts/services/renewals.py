"""What falls due, and how it was decided: the decision, the revenue and the contract in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import RenewalDecision
from accounts.services.refusals import AlreadyDecided, UnknownRenewal, UnusableAmount
from accounts.services.revenue import LARGEST_AMOUNT, LineChange, revise_lines
from accounts.services.shares import CENT, split
from accounts.sql import renewals as statements
from accounts.sql import terms
from cshub.audit import services as audit
from cshub.work.wake import wake_pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from cshub.users.models import User

RENEWED, CHURNED = RenewalDecision.Decision.RENEWED.value, RenewalDecision.Decision.CHURNED.value
PROLONGED = "contract prolonged"
BY_ITSELF = "renewed by itself"
TOGETHER = "renewed together"
MOST_TERMS = 600  # terms that one turn catches up with; fifty years of months


@dataclass(frozen=True)
class Decision:
    """How a renewal ended: `renewed` for `arr_renewed` a year, or `churned` for nothing."""

    renewal_id: UUID
    decision: str
    arr_renewed: Decimal
    decided_on: date
    source_ref: str = ""


@transaction.atomic
def refresh_renewals(*, as_of: datetime, accounts: Sequence[UUID] | None = None) -> int:
    """Make the renewal of each active contract's end, follow re-dated terms and changed amounts, and set each account's next renewal.

    Of all accounts, or of those given. Contracts that end together with another one take its end first. Returns how many renewals were made or changed; a second run
    changes none. A decided renewal is never touched, nor the day or amount of one that has fallen due.
    """
    moved = terms.follow_co_terms(as_of=as_of, accounts=accounts)
    renew_prolonged(moved, decided_on=as_of.date(), by=None, as_of=as_of)
    return statements.refresh(as_of=as_of, accounts=accounts)


@transaction.atomic
def renew_automatically(*, as_of: datetime) -> int:
    """Contracts that renew by themselves and whose end has come without notice are renewed: a decision on the day of the end, for what
    their lines are worth, and the next term. Returns how many terms were renewed; terms that ran out meanwhile are caught up with.
    """
    count = 0
    for _term in range(MOST_TERMS):
        found = terms.renewing(as_of=as_of)
        if not found:
            break
        decisions = [Decision(renewal, RENEWED, arr, day, BY_ITSELF) for renewal, arr, day in found]
        count += decide_renewals(decisions, by=None, as_of=as_of)
    return count


@transaction.atomic
def decide_renewals(decisions: Sequence[Decision], *, by: User | None, as_of: datetime) -> int:
    """Write how renewals ended; returns how many were decided now.

    The contract's lines move to `arr_renewed` in proportion (to the cent), the contract is prolonged by its term or ended, and an account
    without money and contracts has churned. With a renewed contract those that end together with it are renewed for what they are
    worth, and end together again. The same decision again changes nothing; another one raises AlreadyDecided.
    Raises UnknownRenewal or UnusableAmount too, and then nothing is decided.
    """
    _check(decisions)
    accounts = statements.lock_accounts([each.renewal_id for each in decisions])
    fresh = _undecided(decisions)
    if not fresh:
        return 0
    fresh += _together(fresh, given=decisions)
    changes = _line_changes(fresh)
    statements.decide(fresh, as_of=as_of)
    terms.follow_co_terms(as_of=as_of, accounts=accounts)
    revise_lines(changes, by=by, as_of=as_of)
    statements.mark_left([each.renewal_id for each in fresh], as_of=as_of)
    statements.refresh(as_of=as_of, accounts=accounts)
    counts = Counter(each.decision for each in fresh)
    after = {
        "renewed": counts[RENEWED],
        "churned": counts[CHURNED],
        "renewals": [str(each.renewal_id) for each in fresh[:100]],
    }
    audit.record("renewals.decided", target=None, by=by, at=as_of, after=after)
    wake_pipeline(due_at=as_of)
    return len(fresh)


@transaction.atomic
def renew_prolonged(contracts: Sequence[str], *, decided_on: date, by: User | None, as_of: datetime) -> int:
    """Where a contract (external ID) now ends after a renewal that had fallen due undecided, that renewal was renewed for what its lines
    are worth: whoever wrote the new end knew. Returns how many were decided; the lines do not move.
    """
    found = statements.prolonged(contracts, decided_on=decided_on) if contracts else []
    decisions = [Decision(renewal, RENEWED, arr, decided_on, PROLONGED) for renewal, arr in found]
    return decide_renewals(decisions, by=by, as_of=as_of) if decisions else 0


def _check(decisions: Sequence[Decision]) -> None:
    for each in decisions:
        if each.decision not in RenewalDecision.Decision.values:
            raise UnusableAmount(
                _("“%(value)s” is not a decision. Say renewed or churned.") % {"value": each.decision}, field="decision"
            )
        amount = each.arr_renewed
        if not amount.is_finite() or amount < 0 or amount >= LARGEST_AMOUNT or amount != amount.quantize(CENT):
            raise UnusableAmount(
                _("%(value)s is not a yearly amount. Give whole cents, 0 or more.") % {"value": f"{amount:.6g}"},
                field="arr_renewed",
            )
        if each.decision == CHURNED and amount != 0:
            raise UnusableAmount(_("A churned renewal renews nothing. Give 0, or say renewed."), field="arr_renewed")
    if len({each.renewal_id for each in decisions}) < len(decisions):
        raise AlreadyDecided(_("One renewal is decided twice here. Keep one decision."), field="renewal")


def _undecided(decisions: Sequence[Decision]) -> list[Decision]:
    fresh = []
    for position, is_known, name, contract, due_on, present, amount in statements.decided(
        [each.renewal_id for each in decisions]
    ):
        given = decisions[position]
        if not is_known:
            raise UnknownRenewal(_("There is no renewal %(id)s.") % {"id": given.renewal_id}, field="renewal")
        if present is None:
            fresh.append(given)
        elif (present, amount) != (given.decision, given.arr_renewed):
            raise AlreadyDecided(
                _(
                    "The renewal of %(contract)s on %(due_on)s was decided already: %(decision)s, %(amount)s. A decision is not changed."
                )
                % {"contract": name or contract, "due_on": due_on, "decision": present, "amount": amount},
                field="decision",
            )
    return fresh


def _together(fresh: Sequence[Decision], *, given: Sequence[Decision]) -> list[Decision]:
    renewed = [(each.renewal_id, each.decided_on) for each in fresh if each.decision == RENEWED]
    beside = terms.co_termed(renewed, given=[each.renewal_id for each in given]) if renewed else []
    return [Decision(renewal, RENEWED, arr, day, TOGETHER) for renewal, arr, day in beside]


def _line_changes(decisions: Sequence[Decision]) -> list[LineChange]:
    behind = defaultdict(list)
    for renewal_id, *line in statements.lines([each.renewal_id for each in decisions]):
        behind[renewal_id].append(line)
    changes = []
    for each in sorted(decisions, key=lambda decision: decision.decided_on):
        lines = behind[each.renewal_id]
        if not lines and each.arr_renewed:
            raise UnusableAmount(
                _("This contract has no line to carry %(value)s. Record a line first.") % {"value": each.arr_renewed},
                field="arr_renewed",
            )
        amounts = split(each.arr_renewed, [arr for _line, _contract, arr, _moved in lines]) if lines else []
        for (line, contract, _arr, moved_on), amount in zip(lines, amounts, strict=True):
            changes.append(LineChange(line, contract, amount, max(each.decided_on, moved_on or each.decided_on)))
    return changes
