"""Setting the health of an account by hand, for a while, and taking that back."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.l10n.formats import number
from health.models import HealthOverride
from health.services import score_accounts

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from accounts.models import Account
    from cshub.users.models import User

LONGEST_DAYS = 366


class BadOverride(Refused):
    """An override that says nothing, or for ever."""

    code = "bad_override"


@transaction.atomic
def override_health(
    account: Account,
    *,
    reason: str,
    until_on: date,
    band: str = "",
    score: Decimal | None = None,
    by: User | None,
    as_of: datetime,
) -> HealthOverride:
    """Set the band or the score (0-100) until the end of that day in UTC; what was set before ends. The account is scored anew.

    Raises BadOverride without a reason, with both or neither of the two, or with a day that is past or more than a year away.
    """
    today = as_of.astimezone(UTC).date()
    if not reason.strip():
        raise BadOverride(_("Say why: everybody who sees the health of the account reads it."), field="reason")
    if bool(band) == (score is not None):
        raise BadOverride(_("Choose a band or give a score, one of the two."), field="band")
    if (band and band not in HealthOverride.Level.values) or (score is not None and not 0 <= score <= 100):
        raise BadOverride(_("A score lies between 0 and 100, a band is one of those offered."), field="band")
    if not today <= until_on <= today + timedelta(days=LONGEST_DAYS):
        raise BadOverride(
            _("Choose a day from today on, at most %(days)s days ahead.") % {"days": number(LONGEST_DAYS)},
            field="until_on",
        )
    account.health_overrides.in_force(as_of).update(ended_at=as_of, ended_by=by)
    made = HealthOverride.objects.create(
        account=account, band=band, score=score, reason=reason.strip(), until_on=until_on, author=by, made_at=as_of
    )
    score_accounts(as_of=as_of, account_ids=[account.pk])
    after = {"band": band, "score": score, "reason": made.reason, "until_on": until_on}
    record("health.overridden", target=account, by=by, at=as_of, after=after)
    return made


@transaction.atomic
def end_override(override: HealthOverride, *, by: User | None, as_of: datetime) -> HealthOverride:
    """Take it back before its day; the account is scored by the formula again. Once it has ended nothing happens."""
    override = HealthOverride.objects.select_for_update(of=("self",)).select_related("account").get(pk=override.pk)
    if override.ended_at is None:
        override.ended_at, override.ended_by = as_of, by
        override.save(update_fields=["ended_at", "ended_by"])
        score_accounts(as_of=as_of, account_ids=[override.account_id])
        record(
            "health.override_ended", target=override.account, by=by, at=as_of, before={"until_on": override.until_on}
        )
    return override
