"""Saying how an account feels: beside the score, with a reason, and fading by itself."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account
from accounts.services import note_changed
from cshub.audit.services import record
from cshub.kernel.refusal import Refused
from cshub.l10n.formats import number
from health.engine.sentiment import LONGEST_DAYS
from health.models import AccountSentiment

if TYPE_CHECKING:
    from datetime import date, datetime

    from cshub.users.models import User

USUAL_DAYS = 90


class BadSentiment(Refused):
    """A word that says nothing, or for ever."""

    code = "bad_sentiment"


@transaction.atomic
def record_sentiment(
    account: Account, *, level: str, reason: str, fades_on: date | None = None, by: User | None, as_of: datetime
) -> AccountSentiment:
    """Keep how somebody feels about the account: good, fair or poor. It counts less each day until `fades_on`, 90 days from now unless given.

    The score follows within a minute where a scorecard reads it, and in no other way. Raises BadSentiment without a reason, for a word
    that is none of the three, a day that is not ahead or more than a year away, or an account that was merged away.
    """
    today = as_of.astimezone(UTC).date()
    fades_on = fades_on or today + timedelta(days=USUAL_DAYS)
    if account.status == Account.Status.MERGED:
        raise BadSentiment(_("This account was merged into another one. Say it there."), field="account")
    if level not in AccountSentiment.Level.values:
        raise BadSentiment(_("Choose one of: %(levels)s.") % {"levels": _levels()}, field="level")
    if not reason.strip():
        raise BadSentiment(_("Say why: it stands beside the score of the account."), field="reason")
    if not today < fades_on <= today + timedelta(days=LONGEST_DAYS):
        raise BadSentiment(
            _("Choose a day from tomorrow on, at most %(days)s days ahead.") % {"days": number(LONGEST_DAYS)},
            field="fades_on",
        )
    said = AccountSentiment.objects.create(
        account=account,
        level=level,
        reason=reason.strip(),
        fades_on=fades_on,
        author=by,
        said_at=as_of,
        recorded_at=as_of,
    )
    after = {"level": level, "reason": said.reason, "fades_on": fades_on}
    record("health.sentiment_recorded", target=account, by=by, at=as_of, after=after)
    note_changed([account.pk], as_of=as_of)
    return said


def _levels() -> str:
    return ", ".join(str(label) for label in AccountSentiment.Level.labels)
