"""Moves an account through its lifecycle and remembers every move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, StageChange
from accounts.services.changed import note_changed
from accounts.services.merging import refuse_merged
from accounts.services.refusals import UnusualStage
from accounts.sql import stages as statements
from cshub.audit import services as audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cshub.users.models import User

_S = Account.Stage
NAMED_IN_AUDIT = 100
# Where an account usually goes from each stage. Any other move between living stages asks for a reason.
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "": (_S.HANDOFF, _S.ONBOARDING, _S.ADOPTION, _S.VALUE, _S.GROWTH, _S.RENEWAL, _S.ADVOCACY),
    _S.HANDOFF: (_S.ONBOARDING,),
    _S.ONBOARDING: (_S.ADOPTION,),
    _S.ADOPTION: (_S.VALUE,),
    _S.VALUE: (_S.GROWTH, _S.RENEWAL),
    _S.GROWTH: (_S.RENEWAL, _S.ADVOCACY),
    _S.RENEWAL: (_S.ADOPTION, _S.VALUE, _S.GROWTH, _S.ADVOCACY, _S.CHURNED),
    _S.ADVOCACY: (_S.GROWTH, _S.RENEWAL),
    _S.CHURNED: (_S.HANDOFF, _S.ONBOARDING),
}
# What never happens: a handoff is where one begins, and who has left begins again from the start.
NEVER: Final[frozenset[tuple[str, str]]] = frozenset(
    {(before.value, _S.HANDOFF.value) for before in _S if before not in (_S.HANDOFF, _S.CHURNED)}
    | {(_S.CHURNED.value, after.value) for after in _S if after not in (_S.HANDOFF, _S.ONBOARDING, _S.CHURNED)}
)


def usual_stages(stage: str) -> tuple[str, ...]:
    """Where an account in this stage usually goes next."""
    return USUAL[stage]


def possible_stages(stage: str) -> list[str]:
    """Every stage that can follow, the usual ones first; the others ask for a reason."""
    usual = list(USUAL[stage])
    return usual + [
        each.value for each in _S if each not in usual and each != stage and (stage, each.value) not in NEVER
    ]


@transaction.atomic
def move_stage(
    account: Account,
    *,
    to_stage: str,
    by: User | None,
    as_of: datetime,
    reason: str = "",
    occurred_at: datetime | None = None,
) -> StageChange:
    """Move the account to another lifecycle stage since `occurred_at` (default: now).

    Raises UnusualStage for a move that cannot be, or that is unusual and gives no reason; ValidationError for a moment in the future
    or before the stage it is in began.
    """
    locked: Account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    refuse_merged(locked)
    _check(locked, to_stage, reason)
    at = _moment(locked, occurred_at or as_of, as_of=as_of)
    change = StageChange.objects.create(
        account=locked, from_stage=locked.stage, to_stage=to_stage, occurred_at=at, reason=reason, changed_by=by, recorded_at=as_of
    )  # fmt: skip
    locked.stage, locked.stage_since, locked.updated_at = to_stage, at, as_of
    locked.save(update_fields=["stage", "stage_since", "updated_at"])
    before, after = {"stage": change.from_stage}, {"stage": to_stage, "reason": reason, "occurred_at": at}
    audit.record("account.stage_moved", target=locked, by=by, at=as_of, before=before, after=after)
    note_changed([locked.pk])
    return change


@transaction.atomic
def move_stages_in(table: str, *, by: User | None, as_of: datetime, reason: str) -> int:
    """Move the accounts of a temporary table (account_id, to_stage, occurred_at), each with a row of its history; returns how many moved.

    Whoever filled it has looked at NEVER, and gives one reason for all. Whoever calls it notes that the facts of these accounts changed.
    """
    count = statements.move(table, {"by": by.pk if by else None, "as_of": as_of, "reason": reason})
    if count:
        after = {"count": count, "accounts": statements.first_ids(table, NAMED_IN_AUDIT), "reason": reason}
        audit.record("account.stages_moved", target=None, by=by, at=as_of, after=after)
    return count


def _check(account: Account, to_stage: str, reason: str) -> None:
    if to_stage not in _S.values:
        raise UnusualStage(
            _("“%(stage)s” is not a stage. Choose one of: %(stages)s.")
            % {"stage": to_stage, "stages": ", ".join(_S.values)},
            field="to_stage",
        )
    words = {"account": account, "stage": _S(to_stage).label, "next": _labels(possible_stages(account.stage))}
    if to_stage == account.stage:
        raise UnusualStage(
            _("%(account)s is in the stage “%(stage)s” already. Choose another: %(next)s.") % words, field="to_stage"
        )
    if (account.stage, to_stage) in NEVER:
        words["before"] = _S(account.stage).label
        raise UnusualStage(
            _("From “%(before)s” an account does not go to “%(stage)s”. Choose one of: %(next)s.") % words,
            field="to_stage",
        )
    if to_stage not in USUAL[account.stage] and not reason.strip():
        words["usual"] = _labels(USUAL[account.stage])
        raise UnusualStage(
            _("“%(stage)s” is unusual here; usual would be: %(usual)s. Say why.") % words, field="reason"
        )


def _moment(account: Account, at: datetime, *, as_of: datetime) -> datetime:
    if at > as_of:
        raise ValidationError({"occurred_at": _("This lies in the future. Write down what has happened.")})
    if account.stage_since is not None and at < account.stage_since:
        raise ValidationError(
            {
                "occurred_at": _("The present stage began at %(since)s. Give a later moment.")
                % {"since": account.stage_since}
            }
        )
    return at


def _labels(stages: tuple[str, ...] | list[str]) -> str:
    return ", ".join(str(_S(each).label) for each in stages)
